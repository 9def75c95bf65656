import Glibc

/// Who may change what lies in a folder of keys: its owner and root, and nobody else.
///
/// The same holds for every folder above it, as sshd asks by its `StrictModes`: who may write to one of
/// them can put another folder in the place of the one below. Above the folder itself a sticky bit will
/// do, as `/tmp` has it, because it keeps people from moving what is not theirs.
enum Trust {
  /// What keeps a folder from being trusted with keys; nil if nothing does.
  ///
  /// - Parameters:
  ///   - status: What `stat` says of it.
  ///   - user: Who is to trust it.
  /// - Throws: `KeyError.unreadable` if it can't be looked into.
  static func doubt(
    about folder: String, _ status: stat, by user: uid_t = geteuid()
  ) throws(KeyError) -> KeyError? {
    guard isOwn(status, to: user) else { return .foreign(folder, owner: status.st_uid) }
    guard status.st_mode & 0o022 == 0 else {
      return .openFolder(folder, mode: status.st_mode & 0o777)
    }
    guard let start = realpath(folder, nil) else { throw .unreadable(folder, errno) }
    var below = String(cString: start)
    free(start)
    while below != "/" {
      let parent = self.parent(of: below)
      var status = stat()
      guard stat(parent, &status) == 0 else { throw .unreadable(parent, errno) }
      guard isOwn(status, to: user) else { return .foreign(parent, owner: status.st_uid) }
      guard status.st_mode & 0o022 == 0 || status.st_mode & S_ISVTX != 0 else {
        return .openParent(parent, of: below, mode: status.st_mode & 0o777)
      }
      below = parent
    }
    return nil
  }

  /// The folder in which something of an absolute path lies.
  private static func parent(of path: String) -> String {
    let parent = path[..<path.lastIndex(of: "/")!]
    return parent.isEmpty ? "/" : String(parent)
  }

  private static func isOwn(_ status: stat, to user: uid_t) -> Bool {
    [0, user, stranded].contains(status.st_uid)
  }

  // MARK: Name spaces of users

  /// The number under which a name space of users shows all who have none in it; nil where all have one, or
  /// root has.
  ///
  /// Containers without root, as clusters have them, show even root so. Its folders have to be trusted
  /// there, and nobody can tell them from other people's.
  private static let stranded: uid_t? = strandedUser(
    in: text(of: "/proc/self/uid_map"), numbered: text(of: "/proc/sys/kernel/overflowuid"))

  /// - Parameters:
  ///   - map: Lines of three numbers: the first user inside, the same one outside, how many follow.
  ///   - number: What stands for the others; 65534 if it can't be read.
  static func strandedUser(in map: String, numbered number: String) -> uid_t? {
    let number = uid_t(number.filter(\.isNumber)) ?? 65534
    let isTold = map.split(separator: "\n").contains { line in
      let numbers = line.split(separator: " ").compactMap { UInt64($0) }
      guard numbers.count == 3 else { return false }
      let (inside, outside, count) = (numbers[0], numbers[1], numbers[2])
      return inside <= number && UInt64(number) - inside < count || outside == 0 && count > 0
    }
    return isTold || map.isEmpty ? nil : number
  }

  /// The beginning of a file of the system's; empty if there is none.
  private static func text(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
  }
}
