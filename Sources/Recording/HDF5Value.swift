import CHDF5
import Foundation

/// What attributes and arrays can be made of.
protocol HDF5Value {
  /// The type as which it is stored.
  static func makeType() throws(HDF5Error) -> HDF5Handle

  /// Calls `write` with `values` laid out as that type.
  static func withStored(_ values: [Self], _ write: (UnsafeRawPointer) -> herr_t) -> herr_t
}

/// Numbers that are stored as they are.
protocol HDF5Number: HDF5Value {
  static var nativeType: hid_t { get }
}

extension HDF5Number {
  static func makeType() throws(HDF5Error) -> HDF5Handle {
    try HDF5Handle(H5Tcopy(nativeType), releasedBy: H5Tclose)
  }

  static func withStored(_ values: [Self], _ write: (UnsafeRawPointer) -> herr_t) -> herr_t {
    values.withUnsafeBytes { bytes in
      // An array of nothing has no address, and HDF5 wants one.
      bytes.baseAddress.map(write) ?? withUnsafeBytes(of: 0) { write($0.baseAddress!) }
    }
  }
}

extension Float: HDF5Number { static var nativeType: hid_t { hdf5_native_float() } }
extension Double: HDF5Number { static var nativeType: hid_t { hdf5_native_double() } }
extension Int32: HDF5Number { static var nativeType: hid_t { hdf5_native_int32() } }
extension Int: HDF5Number { static var nativeType: hid_t { hdf5_native_int64() } }

/// As h5py has them: an enumeration of a byte.
extension Bool: HDF5Value {
  static func makeType() throws(HDF5Error) -> HDF5Handle {
    let type = try HDF5Handle(H5Tenum_create(hdf5_native_int8()), releasedBy: H5Tclose)
    for (name, value) in [("FALSE", Int8(0)), ("TRUE", Int8(1))] {
      try checked(withUnsafePointer(to: value) { H5Tenum_insert(type.id, name, $0) })
    }
    return type
  }

  static func withStored(_ values: [Bool], _ write: (UnsafeRawPointer) -> herr_t) -> herr_t {
    values.withUnsafeBytes { bytes in
      bytes.baseAddress.map(write) ?? withUnsafeBytes(of: 0) { write($0.baseAddress!) }
    }
  }
}

/// UTF-8 of any length.
extension String: HDF5Value {
  static func makeType() throws(HDF5Error) -> HDF5Handle {
    let type = try HDF5Handle(H5Tcopy(hdf5_c_string()), releasedBy: H5Tclose)
    try checked(H5Tset_size(type.id, hdf5_variable_size()))
    try checked(H5Tset_cset(type.id, H5T_CSET_UTF8))
    return type
  }

  static func withStored(_ values: [String], _ write: (UnsafeRawPointer) -> herr_t) -> herr_t {
    let texts = values.map { strdup($0) }
    defer { for text in texts { free(text) } }
    return texts.withUnsafeBytes { bytes in
      bytes.baseAddress.map(write) ?? withUnsafeBytes(of: 0) { write($0.baseAddress!) }
    }
  }
}
