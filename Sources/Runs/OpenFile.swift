import CPlatform
import Foundation

/// An open file; closed when nobody holds it any more, and never passed on to a child.
final class OpenFile: Sendable {
  enum Mode {
    case read
    /// Written from the start; must not exist yet.
    case create
    /// Written at its end, wherever that is; made if it isn't there.
    case append
    case folder
  }

  let path: String
  private let descriptor: Int32

  init(_ path: String, _ mode: Mode) throws(FileError) {
    let (flags, operation) =
      switch mode {
      case .read: (O_RDONLY, "read")
      case .create: (O_WRONLY | O_CREAT | O_EXCL, "create")
      case .append: (O_WRONLY | O_CREAT | O_APPEND, "write")
      case .folder: (O_RDONLY | O_DIRECTORY, "open folder")
      }
    self.path = path
    descriptor = retrying { open(path, flags | O_CLOEXEC, 0o644) }
    guard descriptor >= 0 else { throw FileError(operation, path, code: errno) }
  }

  deinit { close(descriptor) }

  /// Writes all of `bytes`.
  func write(_ bytes: some ContiguousBytes) throws(FileError) {
    // Typed throws don't pass through Foundation's closure.
    let code = bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest)
        let count = retrying { Glibc.write(descriptor, piece.baseAddress, piece.count) }
        guard count > 0 else { return count < 0 ? errno : EIO }
        rest = rest.dropFirst(count)
      }
      return 0
    }
    guard code == 0 else { throw FileError("write", path, code: code) }
  }

  /// Waits until what was written would survive a power cut.
  func synchronize() throws(FileError) {
    // EINVAL: a file system without a way to do that, as some have none for folders.
    guard retrying({ fsync(descriptor) }) == 0 || errno == EINVAL else {
      throw FileError("write", path, code: errno)
    }
  }

  /// Forgets what comes after the first `size` bytes.
  func cut(to size: Int) throws(FileError) {
    guard retrying({ ftruncate(descriptor, size) }) == 0 else {
      throw FileError("write", path, code: errno)
    }
  }

  /// Whether it is what has that name now.
  func isNamed(_ path: String) -> Bool {
    var own = stat()
    var named = stat()
    return fstat(descriptor, &own) == 0 && stat(path, &named) == 0
      && own.st_dev == named.st_dev && own.st_ino == named.st_ino
  }

  /// Whether this process now is the only one that holds the file's lock. The lock ends with it.
  func lock() throws(FileError) -> Bool {
    switch platform_lock(descriptor) {
    case 0: return true
    case EWOULDBLOCK: return false
    // Some clusters' file systems have no locks. A run there is better than none.
    case ENOSYS, EOPNOTSUPP: return true
    case let code: throw FileError("lock", path, code: code)
    }
  }

  /// Gives up the lock, even if a child that is just being started has the file open as well.
  func unlock() { platform_unlock(descriptor) }

  /// All of a file; nil if there is none.
  static func contentsIfPresent(of path: String) throws(FileError) -> [UInt8]? {
    do throws(FileError) {
      return try contents(of: path)
    } catch {
      guard error.code == ENOENT else { throw error }
      return nil
    }
  }

  /// All of a file.
  static func contents(of path: String) throws(FileError) -> [UInt8] {
    let file = try OpenFile(path, .read)
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = retrying { read(file.descriptor, &block, block.count) }
      guard count >= 0 else { throw FileError("read", path, code: errno) }
      if count == 0 { return bytes }
      bytes += block[..<count]
    }
  }
}

/// Makes a folder and those it is in.
func createFolder(_ path: String) throws(FileError) {
  var made = path.hasPrefix("/") ? "/" : ""
  for part in path.split(separator: "/") {
    made += made.isEmpty || made == "/" ? String(part) : "/" + part
    guard mkdir(made, 0o755) == 0 || errno == EEXIST else {
      throw FileError("create folder", made, code: errno)
    }
  }
  do {
    _ = try OpenFile(path, .folder)
  } catch {
    // A person asked for a folder, and a file is in the way.
    throw FileError("create folder", path, code: error.code)
  }
}

/// The names in a folder, sorted.
func namesInFolder(_ path: String) throws(FileError) -> [String] {
  guard let folder = opendir(path) else { throw FileError("read folder", path, code: errno) }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// Takes a file away; one that isn't there is fine.
func removeFile(_ path: String) throws(FileError) {
  guard unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path, code: errno) }
}

/// Calls once more what a signal broke off.
private func retrying<Count: SignedInteger>(_ call: () -> Count) -> Count {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}
