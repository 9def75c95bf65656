/// A recording of trials as a file of Neurodata Without Borders (NWB 2, HDF5), which the tools of
/// neurophysiology open.
///
///     let file = try NWBFile(creating: "runs/demo/recording.nwb", description: description)
///     for trial in trials { try file.append(trial) }
///     try file.close()
///
/// Trials follow each other without a gap: step t of a trial whose first step is row s of each series
/// is row s + t, at (s + t) Δt. Each is written as it comes, so memory holds no more than one chunk of
/// each series, however long the recording.
///
/// Until `close` the file has another name; one that fails, or that is let go of before, leaves nothing
/// and changes nothing. docs/recording.md tells what is in it.
public final class NWBFile {
  private let description: RecordingDescription
  private let part: PartFile
  private var contents: Contents?

  /// A day that says: no clock was read. Files of equal runs would otherwise differ.
  static let sessionStart = "2000-01-01T00:00:00+00:00"

  /// Begins a recording that will be at `path`, in place of one that may be there.
  public init(creating path: String, description: RecordingDescription) throws(RecordingError) {
    description.check()
    self.description = description
    let part = PartFile(for: path)
    self.part = part
    try part.checkTarget()
    HDF5File.prepareThread()
    do throws(HDF5Error) {
      contents = try Contents(creating: part.path, description)
    } catch {
      part.discard()
      throw RecordingError(error, at: path)
    }
  }

  deinit {
    guard contents != nil else { return }
    part.discard()
  }

  /// Adds a trial after the last.
  ///
  /// Where it throws, the recording is lost.
  public func append(_ trial: RecordedTrial) throws(RecordingError) {
    trial.check(against: description)
    try writing { (contents) throws(HDF5Error) in try contents.append(trial) }
  }

  /// Completes the file and gives it its name.
  public func close() throws(RecordingError) {
    try writing { (contents) throws(HDF5Error) in try contents.finish() }
    contents = nil
    do throws(RecordingError) {
      try part.publish()
    } catch {
      part.discard()
      throw error
    }
  }

  private func writing(_ body: (Contents) throws(HDF5Error) -> Void) throws(RecordingError) {
    guard let contents else {
      preconditionFailure("the recording '\(part.target)' is closed, or has failed")
    }
    HDF5File.prepareThread()
    do throws(HDF5Error) {
      try body(contents)
    } catch {
      part.discard()
      self.contents = nil
      throw RecordingError(error, at: part.target)
    }
  }
}

extension RecordingError {
  init(_ error: HDF5Error, at path: String) {
    self.init(path: path, cause: error.systemCode.map(Cause.system) ?? .hdf5(error.words))
  }
}
