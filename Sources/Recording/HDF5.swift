import CHDF5

/// What HDF5 has against a call: the system's error number where the system was asked, and its own
/// words.
struct HDF5Error: Error {
  var systemCode: Int32?
  var words: String

  /// What was noted down in this thread about the call that has just failed.
  static func last() -> HDF5Error {
    var error = HDF5Error(systemCode: nil, words: "nothing")
    withUnsafeMutablePointer(to: &error) { error in
      // From the call that was made to the depth where it failed: the last words are the cause.
      _ = H5Ewalk2(hdf5_error_stack(), H5E_WALK_DOWNWARD, noteDown, error)
    }
    return error
  }
}

/// Puts an entry of HDF5's into the `HDF5Error` behind `error`.
private func noteDown(
  _: UInt32, entry: UnsafePointer<H5E_error2_t>?, error: UnsafeMutableRawPointer?
) -> herr_t {
  guard let error = error?.assumingMemoryBound(to: HDF5Error.self), let words = entry?.pointee.desc
  else { return 0 }
  error.pointee.words = String(cString: words)
  error.pointee.systemCode = systemCode(in: error.pointee.words) ?? error.pointee.systemCode
  return 0
}

/// The number in "errno = 28", which is how HDF5 passes on what the system said.
private func systemCode(in words: String) -> Int32? {
  guard let start = words.firstRange(of: "errno = ")?.upperBound else { return nil }
  return Int32(words[start...].prefix { $0.isNumber })
}

/// The result of a call to HDF5, which is negative where it failed.
@discardableResult
func checked<Result: SignedInteger>(_ result: Result) throws(HDF5Error) -> Result {
  guard result >= 0 else { throw .last() }
  return result
}

/// A type, shape or list of properties: what HDF5 has in memory only. Released when its owner lets go.
struct HDF5Handle: ~Copyable {
  let id: hid_t
  private let release: (hid_t) -> herr_t

  init(_ id: hid_t, releasedBy release: @escaping (hid_t) -> herr_t) throws(HDF5Error) {
    self.id = try checked(id)
    self.release = release
  }

  deinit { _ = release(id) }
}

/// A file being written from nothing.
///
/// Its groups and datasets stay open until `close` closes all of them together. After a call that
/// failed nothing of the file may be closed: HDF5 1.10 then tries to write once more, and where that
/// fails too, as on a full disk, it reads from address 0. Such a file is left open instead, as is one
/// that nobody closed, until the process ends.
final class HDF5File {
  private let id: hid_t
  /// The group that all others are in.
  let root: HDF5Group

  init(creating path: String) throws(HDF5Error) {
    let access = try HDF5Handle(H5Pcreate(hdf5_class_file_access()), releasedBy: H5Pclose)
    // The file has a name that nobody else writes to, and some clusters' file systems have no locks.
    try checked(H5Pset_file_locking(access.id, false, true))
    try checked(H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG))
    // Chunks come whole (GrowingDataset) and go to the disk at once, where what is wrong shows at once.
    try checked(H5Pset_cache(access.id, 0, 1, 0, 0))
    id = try checked(H5Fcreate(path, hdf5_truncate(), hdf5_default(), access.id))
    root = HDF5Group(id: try checked(H5Gopen2(id, "/", hdf5_default())), place: "/")
  }

  /// Has to come before anything else in each thread: HDF5 would print what went wrong, and would close
  /// files that were left open when the process ends.
  static func prepareThread() {
    _ = neverAtExit
    H5Eset_auto2(hdf5_error_stack(), nil, nil)
  }

  private static let neverAtExit = H5dont_atexit()

  func close() throws(HDF5Error) {
    try checked(H5Fflush(id, H5F_SCOPE_GLOBAL))
    try checked(H5Fclose(id))
  }
}

/// A group, or a dataset: what attributes can be given to.
protocol HDF5Object {
  var id: hid_t { get }
  /// Where it is in the file, from "/" on.
  var place: String { get }
}

extension HDF5Object {
  func setAttribute(_ name: String, _ value: some HDF5Value) throws(HDF5Error) {
    try setAttribute(name, [value], space: HDF5Handle(H5Screate(H5S_SCALAR), releasedBy: H5Sclose))
  }

  func setAttribute(_ name: String, _ values: [some HDF5Value]) throws(HDF5Error) {
    try setAttribute(name, values, space: makeSpace([values.count]))
  }

  private func setAttribute<Value: HDF5Value>(
    _ name: String, _ values: [Value], space: consuming HDF5Handle
  ) throws(HDF5Error) {
    let type = try Value.makeType()
    let attribute = try checked(
      H5Acreate2(id, name, type.id, space.id, hdf5_default(), hdf5_default()))
    try checked(Value.withStored(values) { H5Awrite(attribute, type.id, $0) })
    try checked(H5Aclose(attribute))
  }
}

/// A folder within a file.
struct HDF5Group: HDF5Object {
  let id: hid_t
  let place: String

  private func place(of name: String) -> String { place == "/" ? "/" + name : place + "/" + name }

  func makeGroup(_ name: String) throws(HDF5Error) -> HDF5Group {
    let creation = try HDF5Handle(H5Pcreate(hdf5_class_group_creation()), releasedBy: H5Pclose)
    try checked(H5Pset_obj_track_times(creation.id, false))
    return HDF5Group(
      id: try checked(H5Gcreate2(id, name, hdf5_default(), creation.id, hdf5_default())),
      place: place(of: name))
  }

  /// A dataset of one value.
  @discardableResult
  func write(_ name: String, _ value: some HDF5Value) throws(HDF5Error) -> HDF5Dataset {
    try write(name, [value], space: HDF5Handle(H5Screate(H5S_SCALAR), releasedBy: H5Sclose))
  }

  /// A dataset of `values` in the given shape, or of as many as there are.
  @discardableResult
  func write(_ name: String, _ values: [some HDF5Value], shape: [Int]? = nil) throws(HDF5Error)
    -> HDF5Dataset
  {
    try write(name, values, space: makeSpace(shape ?? [values.count]))
  }

  private func write<Value: HDF5Value>(
    _ name: String, _ values: [Value], space: consuming HDF5Handle
  ) throws(HDF5Error) -> HDF5Dataset {
    let type = try Value.makeType()
    let creation = try makeDatasetCreation()
    let dataset = try makeDataset(name, type, space, creation)
    try checked(
      Value.withStored(values) {
        H5Dwrite(dataset.id, type.id, hid_t(H5S_ALL), hid_t(H5S_ALL), hdf5_default(), $0)
      })
    return dataset
  }

  /// A dataset without rows, that can be given any number of them.
  fileprivate func makeGrowing(
    _ name: String, _ type: borrowing HDF5Handle, rowShape: [Int], rowsPerChunk: Int
  ) throws(HDF5Error) -> HDF5Dataset {
    let creation = try makeDatasetCreation()
    let chunk = ([rowsPerChunk] + rowShape).map { hsize_t($0) }
    try checked(H5Pset_chunk(creation.id, Int32(chunk.count), chunk))
    // Bytes of the same place in a number stand together, which packs better. Rates are noisy: more
    // effort than the least takes longer and saves no more.
    try checked(H5Pset_shuffle(creation.id))
    try checked(H5Pset_deflate(creation.id, 1))
    let space = try makeSpace([0] + rowShape, growing: true)
    return try makeDataset(name, type, space, creation)
  }

  private func makeDatasetCreation() throws(HDF5Error) -> HDF5Handle {
    let creation = try HDF5Handle(H5Pcreate(hdf5_class_dataset_creation()), releasedBy: H5Pclose)
    // Equal recordings are equal whenever they were made.
    try checked(H5Pset_obj_track_times(creation.id, false))
    return creation
  }

  private func makeDataset(
    _ name: String, _ type: borrowing HDF5Handle, _ space: borrowing HDF5Handle,
    _ creation: borrowing HDF5Handle
  ) throws(HDF5Error) -> HDF5Dataset {
    HDF5Dataset(
      id: try checked(
        H5Dcreate2(id, name, type.id, space.id, hdf5_default(), creation.id, hdf5_default())),
      place: place(of: name))
  }
}

/// An array within a file.
struct HDF5Dataset: HDF5Object {
  let id: hid_t
  let place: String
}

/// An array that grows by rows, and holds back those that don't fill a chunk yet: a chunk is packed
/// once, and memory holds one of them at most.
final class GrowingDataset<Value: HDF5Value> {
  let dataset: HDF5Dataset
  private let type: HDF5Handle
  private let rowShape: [Int]
  private let rowsPerChunk: Int
  private var writtenCount = 0
  private var waiting: [Value] = []

  /// Numbers in a chunk, about: 128 KB of floats.
  private static var valuesPerChunk: Int { 32768 }

  /// - Parameter rowShape: [] for rows of one value, [width] for rows of several.
  init(in group: HDF5Group, _ name: String, rowShape: [Int] = []) throws(HDF5Error) {
    self.rowShape = rowShape
    rowsPerChunk = max(1, Self.valuesPerChunk / rowShape.reduce(1, *))
    type = try Value.makeType()
    dataset = try group.makeGrowing(name, type, rowShape: rowShape, rowsPerChunk: rowsPerChunk)
  }

  private var width: Int { rowShape.reduce(1, *) }

  /// Adds whole rows.
  func append(_ values: [Value]) throws(HDF5Error) {
    waiting += values
    let chunk = rowsPerChunk * width
    let full = waiting.count / chunk * chunk
    guard full > 0 else { return }
    try write(Array(waiting[..<full]))
    waiting.removeFirst(full)
  }

  func append(_ value: Value) throws(HDF5Error) { try append([value]) }

  /// Writes what was held back.
  func finish() throws(HDF5Error) {
    guard !waiting.isEmpty else { return }
    try write(waiting)
    waiting = []
  }

  private func write(_ values: [Value]) throws(HDF5Error) {
    let count = values.count / width
    let start = ([writtenCount] + rowShape.map { _ in 0 }).map { hsize_t($0) }
    let extent = ([writtenCount + count] + rowShape).map { hsize_t($0) }
    try checked(H5Dset_extent(dataset.id, extent))
    let rows = try makeSpace([count] + rowShape)
    let inFile = try HDF5Handle(H5Dget_space(dataset.id), releasedBy: H5Sclose)
    try checked(
      H5Sselect_hyperslab(
        inFile.id, H5S_SELECT_SET, start, nil, ([count] + rowShape).map { hsize_t($0) }, nil))
    try checked(
      Value.withStored(values) {
        H5Dwrite(dataset.id, type.id, rows.id, inFile.id, hdf5_default(), $0)
      })
    writtenCount += count
  }
}

/// A shape; one that grows may have any number of rows later.
private func makeSpace(_ shape: [Int], growing: Bool = false) throws(HDF5Error) -> HDF5Handle {
  let extent = shape.map { hsize_t($0) }
  let most = growing ? [hdf5_unlimited()] + extent.dropFirst() : extent
  return try HDF5Handle(H5Screate_simple(Int32(shape.count), extent, most), releasedBy: H5Sclose)
}
