import Glibc

/// A server's folder of keys: `server.key` is its own, and in `authorised/` lies the public key of each
/// agent that may come in.
///
///     keys/server.key             the server's secret: mode 0600, never leaves the machine
///     keys/server.pub             what agents know it by
///     keys/authorised/alice.pub   an agent's public key; the name is for people
///
/// The folder is looked at in every handshake, so that a key that was put there or taken away counts
/// from the next one on. It lets in nobody while `Trust` has doubts about it.
final class AuthorisedKeys {
  /// The server's own.
  let server: KeyPair

  private let folder: String
  private var names: [PublicKey: String] = [:]
  private var files: [File]?
  /// What kept the folder from being trusted or read.
  private var doubt: KeyError?
  /// Whether the folder could be looked at; a stranger is one only if it could.
  private(set) var isListed = true

  /// What tells whether a file is still the one that was read.
  private struct File: Equatable {
    var name: String
    var inode: ino_t
    var size: off_t
    var modified: [Int]
    var mode: mode_t
  }

  /// What was found when the folder had changed.
  struct Change {
    var keyCount: Int
    var errors: [KeyError]
  }

  init(folder: String) throws(KeyError) {
    server = try KeyFile.pair(at: folder + "/server.key")
    self.folder = folder + "/authorised"
    if let error = try list().error { throw error }
  }

  /// Looks whether the folder has changed, and reads it anew if it has.
  ///
  /// - Returns: Nil if it has not.
  func reread() -> Change? {
    var listed: [File] = []
    // Whoever can write there could let in anybody.
    var doubt: KeyError?
    do {
      (listed, doubt) = try list()
      isListed = true
    } catch {
      doubt = error
      isListed = false
    }
    guard listed != files || doubt != self.doubt else { return nil }
    files = listed
    self.doubt = doubt
    var errors = doubt.map { [$0] } ?? []
    names = [:]
    for file in listed {
      do throws(KeyError) {
        let path = folder + "/" + file.name
        guard file.mode & S_IFMT != S_IFLNK else { throw .link(path) }
        // Its owner may: who could let in another key there could as well give away the own one.
        guard file.mode & 0o022 == 0 else { throw .openFile(path, mode: file.mode & 0o777) }
        names[try KeyFile.publicKey(at: path)] = file.name
      } catch {
        errors.append(error)
        // What could not be read for want of something may be readable next time.
        if case .unreadable(_, let code) = error, ![EACCES, ENOENT].contains(code) { files = nil }
      }
    }
    return Change(keyCount: names.count, errors: errors)
  }

  /// The file that lets a key in; nil for a stranger's.
  func name(of key: PublicKey) -> String? { names[key] }

  /// The key files as they are now, and what keeps them from being trusted.
  private func list() throws(KeyError) -> (files: [File], error: KeyError?) {
    guard let stream = opendir(folder) else { throw .unreadable(folder, errno) }
    defer { closedir(stream) }
    let descriptor = dirfd(stream)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(folder, errno) }
    if let doubt = try Trust.doubt(about: folder, status) { return ([], doubt) }
    var files: [File] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasSuffix(".pub"), !name.hasPrefix("."),
        fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
      else { continue }
      files.append(
        File(
          name: name, inode: status.st_ino, size: status.st_size,
          modified: [
            status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
            status.st_ctim.tv_nsec,
          ], mode: status.st_mode))
    }
    return (files.sorted { $0.name < $1.name }, nil)
  }
}

/// Makes what `Server` takes as its folder of keys: the folder, the server's key and an empty
/// `authorised`.
///
/// - Returns: The server's public key.
@discardableResult
public func makeKeyFolder(at path: String) throws(KeyError) -> PublicKey {
  try makeFolder(path)
  let key = try KeyFile.create("server", in: path)
  try makeFolder(path + "/authorised")
  return key
}

/// Makes a folder that only its owner can enter, if there is none.
public func makeFolder(_ path: String) throws(KeyError) {
  guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .unwritable(path, errno) }
}
