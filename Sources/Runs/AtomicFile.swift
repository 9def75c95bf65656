import Foundation

/// Writes files so that whoever looks, and whenever the power fails, finds the old file or the new
/// one, whole.
///
/// The new one is written beside the old, brought to the disk, and given its name; then the folder is
/// brought to the disk too, since names are kept there.
public enum AtomicFile {
  /// A file that was written, which is told from one that has taken its name since.
  public struct Written: Sendable {
    fileprivate let path: String
    /// Open, so that its number is given to no other.
    fileprivate let file: OpenFile

    /// Takes the file away, unless another has its name by now.
    public func remove() {
      if file.isNamed(path) { unlink(path) }
    }
  }

  /// Replaces the file at `path`.
  @discardableResult
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) -> Written {
    let (folder, name) = split(path)
    let part = "\(folder)/.\(name).\(getpid())\(suffix)"
    // A process of this number may have left one behind.
    try removeFile(part)
    do throws(FileError) {
      let file = try OpenFile(part, .create)
      try file.write(bytes)
      try file.synchronize()
      guard rename(part, path) == 0 else { throw FileError("write", path, code: errno) }
      try OpenFile(folder, .folder).synchronize()
      return Written(path: path, file: file)
    } catch {
      unlink(part)
      // A person knows the file, not its part.
      throw FileError(error.operation, path, code: error.code)
    }
  }

  /// Replaces the file at `path` by a text.
  @discardableResult
  public static func write(_ text: String, to path: String) throws(FileError) -> Written {
    try write(Array(text.utf8), to: path)
  }

  /// Takes away what interrupted writes left in a folder.
  public static func sweep(_ folder: String) throws(FileError) {
    for name in try namesInFolder(folder) where isLeftover(name) {
      try removeFile(folder + "/" + name)
    }
  }

  /// Whether a file of that name is what an interrupted write left.
  static func isLeftover(_ name: String) -> Bool {
    name.hasPrefix(".") && name.hasSuffix(suffix)
  }

  private static let suffix = ".part"

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, String(path[path.index(after: slash)...]))
  }
}
