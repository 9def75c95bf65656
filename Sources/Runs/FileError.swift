import Foundation

/// A file that can't be read or written.
public struct FileError: Error, Equatable, CustomStringConvertible {
  /// What was tried: "read", "write", "create".
  public let operation: String
  public let path: String
  /// The system's number for what went wrong.
  public let code: Int32

  /// What the system said, right after it said it.
  public init(_ operation: String, _ path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  public var description: String {
    "can't \(operation) '\(path)': " + reason
  }

  private var reason: String {
    switch code {
    case ENOENT: "there is no such file or folder"
    case EACCES, EPERM, EROFS: "this user may not; check the folder's permissions"
    case ENOSPC, EDQUOT: "the disk is full; make room and try again"
    case EFBIG: "it would be larger than files may be here"
    case EISDIR: "a folder has that name"
    case ENOTDIR: "a part of that path is not a folder"
    default: String(cString: strerror(code)).lowercased()
    }
  }
}
