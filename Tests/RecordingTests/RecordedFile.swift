import CHDF5
import Testing

/// A recording on disk, read with HDF5's own functions.
final class RecordedFile {
  private let file: hid_t

  init(_ path: String) throws {
    file = H5Fopen(path, hdf5_read_only(), hdf5_default())
    try #require(file >= 0, "can't open \(path)")
  }

  deinit { H5Fclose(file) }

  /// Whether there is something at `place`, whose groups all exist.
  func has(_ place: String) -> Bool { H5Lexists(file, place, hdf5_default()) > 0 }

  func floats(_ place: String) throws -> [Float] {
    try numbers(place, hdf5_native_float(), zero: 0)
  }

  func doubles(_ place: String) throws -> [Double] {
    try numbers(place, hdf5_native_double(), zero: 0)
  }

  func integers(_ place: String) throws -> [Int] {
    try numbers(place, hdf5_native_int64(), zero: 0)
  }

  /// As NumPy reads them: the names of an enumeration's values.
  func booleans(_ place: String) throws -> [Bool] {
    let dataset = try open(place)
    defer { H5Dclose(dataset) }
    let type = H5Dget_type(dataset)
    defer { H5Tclose(type) }
    try #require(H5Tget_class(type) == H5T_ENUM)
    var bytes = [Int8](repeating: 0, count: try count(dataset))
    try #require(
      H5Dread(dataset, type, hid_t(H5S_ALL), hid_t(H5S_ALL), hdf5_default(), &bytes) >= 0)
    return try bytes.map { byte in
      var name = [CChar](repeating: 0, count: 16)
      try #require(withUnsafePointer(to: byte) { H5Tenum_nameof(type, $0, &name, name.count) } >= 0)
      return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self) == "TRUE"
    }
  }

  func texts(_ place: String) throws -> [String] {
    let dataset = try open(place)
    defer { H5Dclose(dataset) }
    let type = textType()
    defer { H5Tclose(type) }
    var texts = [UnsafeMutablePointer<CChar>?](repeating: nil, count: try count(dataset))
    try #require(
      H5Dread(dataset, type, hid_t(H5S_ALL), hid_t(H5S_ALL), hdf5_default(), &texts) >= 0)
    return texts.map { text in
      defer { H5free_memory(text) }
      return text.map { String(cString: $0) } ?? ""
    }
  }

  func text(_ place: String) throws -> String { try #require(try texts(place).first) }

  func shape(_ place: String) throws -> [Int] {
    let dataset = try open(place)
    defer { H5Dclose(dataset) }
    let space = H5Dget_space(dataset)
    defer { H5Sclose(space) }
    var extent = [hsize_t](repeating: 0, count: Int(H5Sget_simple_extent_ndims(space)))
    H5Sget_simple_extent_dims(space, &extent, nil)
    return extent.map(Int.init)
  }

  /// Rows of a chunk, and what chunks go through on their way to the disk.
  func storage(_ place: String) throws -> (rowsPerChunk: Int, filters: [Int32]) {
    let dataset = try open(place)
    defer { H5Dclose(dataset) }
    let creation = H5Dget_create_plist(dataset)
    defer { H5Pclose(creation) }
    var chunk: [hsize_t] = [0, 0]
    try #require(H5Pget_chunk(creation, 2, &chunk) >= 0)
    let filters = (0..<UInt32(H5Pget_nfilters(creation))).map {
      H5Pget_filter2(creation, $0, nil, nil, nil, 0, nil, nil)
    }
    return (Int(chunk[0]), filters)
  }

  func attribute(_ name: String, of place: String) throws -> String {
    try #require(try attributes(name, of: place).first)
  }

  func attributes(_ name: String, of place: String) throws -> [String] {
    let attribute = H5Aopen_by_name(file, place, name, hdf5_default(), hdf5_default())
    try #require(attribute >= 0, "\(place) has no \(name)")
    defer { H5Aclose(attribute) }
    let space = H5Aget_space(attribute)
    defer { H5Sclose(space) }
    let type = textType()
    defer { H5Tclose(type) }
    var texts = [UnsafeMutablePointer<CChar>?](
      repeating: nil, count: Int(H5Sget_simple_extent_npoints(space)))
    try #require(H5Aread(attribute, type, &texts) >= 0)
    return texts.map { text in
      defer { H5free_memory(text) }
      return text.map { String(cString: $0) } ?? ""
    }
  }

  func number(_ name: String, of place: String) throws -> Double {
    let attribute = H5Aopen_by_name(file, place, name, hdf5_default(), hdf5_default())
    try #require(attribute >= 0, "\(place) has no \(name)")
    defer { H5Aclose(attribute) }
    var number = 0.0
    try #require(H5Aread(attribute, hdf5_native_double(), &number) >= 0)
    return number
  }

  private func numbers<Number: BitwiseCopyable>(_ place: String, _ type: hid_t, zero: Number) throws
    -> [Number]
  {
    let dataset = try open(place)
    defer { H5Dclose(dataset) }
    var numbers = [Number](repeating: zero, count: try count(dataset))
    try #require(
      H5Dread(dataset, type, hid_t(H5S_ALL), hid_t(H5S_ALL), hdf5_default(), &numbers) >= 0)
    return numbers
  }

  private func open(_ place: String) throws -> hid_t {
    let dataset = H5Dopen2(file, place, hdf5_default())
    try #require(dataset >= 0, "there is no dataset at \(place)")
    return dataset
  }

  private func count(_ dataset: hid_t) throws -> Int {
    let space = H5Dget_space(dataset)
    defer { H5Sclose(space) }
    return Int(H5Sget_simple_extent_npoints(space))
  }

  private func textType() -> hid_t {
    let type = H5Tcopy(hdf5_c_string())
    H5Tset_size(type, hdf5_variable_size())
    H5Tset_cset(type, H5T_CSET_UTF8)
    return type
  }
}
