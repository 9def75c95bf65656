import Foundation

/// Where a recording is written before it is whole: beside its place, under a name of this process's
/// own. It takes that place at once and complete, or not at all.
struct PartFile {
  /// Where it is to be.
  let target: String
  /// Where it is until then.
  let path: String
  private let folder: String

  init(for target: String) {
    let (folder, name) =
      if let slash = target.lastIndex(of: "/") {
        (String(target[..<slash]), String(target[target.index(after: slash)...]))
      } else {
        (".", target)
      }
    self.target = target
    self.folder = folder.isEmpty ? "/" : folder
    path = "\(folder)/.\(name).\(getpid()).part"
  }

  /// A folder in the way is told before anything is recorded, not after.
  func checkTarget() throws(RecordingError) {
    var status = stat()
    guard stat(target, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else {
      throw failure(EISDIR)
    }
  }

  /// Brings the file to the disk, gives it its name, and brings that to the disk too.
  func publish() throws(RecordingError) {
    try synchronize(path, O_RDONLY)
    guard rename(path, target) == 0 else { throw failure(errno) }
    try synchronize(folder, O_RDONLY | O_DIRECTORY)
  }

  /// Gives the disk back what was written, though HDF5 may have it open still.
  func discard() {
    truncate(path, 0)
    unlink(path)
  }

  private func synchronize(_ path: String, _ flags: Int32) throws(RecordingError) {
    let descriptor = open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(errno) }
    defer { close(descriptor) }
    // EINVAL: a file system without a way to do that, as some have none for folders.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(errno) }
  }

  private func failure(_ code: Int32) -> RecordingError {
    RecordingError(path: target, cause: .system(code))
  }
}
