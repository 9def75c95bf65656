import Foundation

/// A recording that can't be written.
public struct RecordingError: Error, Equatable, CustomStringConvertible {
  /// Where it was to be.
  public let path: String
  public let cause: Cause

  public enum Cause: Equatable, Sendable {
    /// The system's number for what went wrong.
    case system(Int32)
    /// What HDF5 says, where the system had no part in it.
    case hdf5(String)
  }

  public var description: String { "can't write recording '\(path)': \(reason)" }

  private var reason: String {
    switch cause {
    case .system(ENOENT): "there is no such folder; make it first"
    case .system(EACCES), .system(EPERM), .system(EROFS):
      "this user may not; check the folder's permissions"
    case .system(ENOSPC), .system(EDQUOT): "the disk is full; make room and record again"
    case .system(EFBIG): "it would be larger than files may be here; record fewer trials"
    case .system(EISDIR): "a folder has that name"
    case .system(ENOTDIR): "a part of that path is not a folder"
    case .system(let code): String(cString: strerror(code)).lowercased()
    case .hdf5(let words): "HDF5 says: \(words)"
    }
  }
}
