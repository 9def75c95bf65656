import Foundation
import Testing

@testable import Runs

@Suite("Safetensors")
struct SafeTensorsTests {
  let contents = SafeTensors(
    tensors: [
      "decision/Wrec": Tensor([1, -2.5, 3, .infinity, 0, .leastNonzeroMagnitude], shape: [2, 3]),
      "decision/b": Tensor([0.5 as Float]),
      "reward": Tensor(shape: [], .float64([0.1])),
      "counters": Tensor([Int64.min, -1, Int64.max]),
      "seed": Tensor([UInt64.max]),
      "empty \"é\" \\ \u{1}": Tensor([Float](), shape: [0, 4]),
    ],
    metadata: ["task": "rdm_fixed", "note": "a \"quoted\"\nline"])

  @Test("reads what it wrote")
  func roundTrip() throws {
    #expect(try SafeTensors(decoding: contents.encoded(), checksum: .required) == contents)
    let nothing = SafeTensors(tensors: [:])
    #expect(try SafeTensors(decoding: nothing.encoded(), checksum: .required) == nothing)
  }

  @Test("a tensor without numbers may stand anywhere", arguments: ["a", "m", "z"])
  func emptyTensors(name: String) throws {
    let file = SafeTensors(
      tensors: ["b": Tensor([1 as Float]), "n": Tensor([2.0]), name: Tensor([Float]())])
    #expect(try SafeTensors(decoding: file.encoded()) == file)
  }

  @Test("keeps every bit of a number, NaN's too")
  func bits() throws {
    let odd: [Float] = [.nan, -0.0, Float(bitPattern: 0x7fc1_2345), .greatestFiniteMagnitude]
    let file = SafeTensors(tensors: ["x": Tensor(odd)])
    let read = try SafeTensors(decoding: file.encoded())
    guard case .float32(let values) = read.tensors["x"]?.values else {
      Issue.record("x is not single precision")
      return
    }
    #expect(values.map(\.bitPattern) == odd.map(\.bitPattern))
  }

  @Test("equal contents are equal bytes, in whatever order they were put in")
  func deterministic() {
    var reordered = SafeTensors(tensors: [:])
    for (name, tensor) in contents.tensors.sorted(by: { $0.key > $1.key }) {
      reordered.tensors[name] = tensor
    }
    reordered.metadata = contents.metadata
    #expect(reordered.encoded() == contents.encoded())
  }

  @Test("the bytes are these, so that files of today can be read for ever")
  func frozenBytes() {
    let file = SafeTensors(
      tensors: ["w": Tensor([1 as Float]), "n": Tensor([UInt64(2)])], metadata: ["k": "v"])
    let bytes = file.encoded()
    let header = String(decoding: bytes[8..<bytes.count - 12], as: UTF8.self)
    let checksum = header.split(separator: "\"")[5]
    #expect(bytes[0] == UInt8(header.utf8.count) && bytes[1..<8] == [0, 0, 0, 0, 0, 0, 0])
    #expect(header.utf8.count % 8 == 0)
    #expect(
      header.trimmingCharacters(in: .whitespaces)
        == #"{"__metadata__":{"checksum":"\#(checksum)","k":"v"},"#
        + #""n":{"dtype":"U64","shape":[1],"data_offsets":[0,8]},"#
        + #""w":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#)
    #expect(bytes.suffix(12) == [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f])
  }

  @Test("not one flipped bit goes unnoticed, wherever it is")
  func everyBit() {
    let bytes = SafeTensors(
      tensors: ["w": Tensor([1, 2] as [Float])], metadata: ["update": "450"]
    ).encoded()
    for place in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[place] ^= 1 << bit
        #expect(throws: SafeTensorsError.self, "byte \(place), bit \(bit)") {
          try SafeTensors(decoding: damaged, checksum: .required)
        }
      }
    }
  }

  @Test("a file cut off anywhere is refused")
  func truncation() {
    let bytes = contents.encoded()
    for count in bytes.indices {
      #expect(throws: SafeTensorsError.self, "\(count) bytes") {
        try SafeTensors(decoding: Array(bytes[..<count]), checksum: .required)
      }
    }
  }

  @Test("garbage of any length is refused, without a trap")
  func garbage() {
    var numbers = SeededNumbers(seed: 97)
    for count in 0..<300 {
      var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) }
      #expect(throws: SafeTensorsError.self) { try SafeTensors(decoding: bytes) }
      // With a header length that could be right, the parser is reached.
      if count > 8 {
        bytes.replaceSubrange(
          0..<8, with: [UInt8(truncatingIfNeeded: count - 8), 0, 0, 0, 0, 0, 0, 0])
        bytes[8] = UInt8(ascii: "{")
        #expect(throws: SafeTensorsError.self) { try SafeTensors(decoding: bytes) }
      }
    }
  }

  @Test("a header length that can't be is refused before anything is believed")
  func headerLength() {
    let tooLong = [UInt8](repeating: 0xff, count: 8) + [UInt8](repeating: 0, count: 100)
    #expect(throws: SafeTensorsError.headerTooLong(.max)) { try SafeTensors(decoding: tooLong) }
    #expect(throws: SafeTensorsError.truncated(expected: 108, got: 10)) {
      try SafeTensors(decoding: [100, 0, 0, 0, 0, 0, 0, 0, 1, 2])
    }
    #expect(throws: SafeTensorsError.truncated(expected: 8, got: 0)) {
      try SafeTensors(decoding: [])
    }
  }

  @Test("reads a file that safetensors 0.8.0 wrote for NumPy")
  func referenceFile() throws {
    // safetensors.numpy.save({"w": float32 [[1, -2], [0.5, 3]], "n": uint64 [7]},
    //                        metadata={"format": "np", "note": "é\n"})
    let base64 =
      "oAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJub3RlIjoiw6lcbiIsImZvcm1hdCI6Im5wIn0sIm4iOnsi"
      + "ZHR5cGUiOiJVNjQiLCJzaGFwZSI6WzFdLCJkYXRhX29mZnNldHMiOlswLDhdfSwidyI6eyJkdHlwZSI6"
      + "IkYzMiIsInNoYXBlIjpbMiwyXSwiZGF0YV9vZmZzZXRzIjpbOCwyNF19fSAgICAgBwAAAAAAAAAAAIA/"
      + "AAAAwAAAAD8AAEBA"
    let read = try SafeTensors(decoding: [UInt8](#require(Data(base64Encoded: base64))))
    #expect(
      read.tensors == [
        "w": Tensor([1, -2, 0.5, 3], shape: [2, 2]), "n": Tensor([7] as [UInt64]),
      ])
    #expect(read.metadata == ["format": "np", "note": "é\n"])
  }

  /// A file as another program may write it, with `dataCount` bytes of data.
  private func file(_ header: String, dataCount: Int) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    return length + Array(header.utf8) + [UInt8](repeating: 0, count: dataCount)
  }

  @Test("reads what others write: spaces, escapes, no checksum")
  func foreignFile() throws {
    let header = #"""
      { "a\/\u00e9\ud83d\ude00" : { "shape" : [ 1 , 2 ] , "data_offsets" : [ 0 , 8 ] ,
        "dtype" : "F32" }, "__metadata__" : { "format" : "pt" } }
      """#
    let read = try SafeTensors(decoding: file(header, dataCount: 8))
    #expect(read.tensors == ["a/é😀": Tensor([0, 0], shape: [1, 2])])
    #expect(read.metadata == ["format": "pt"])
    #expect(throws: SafeTensorsError.noChecksum) {
      try SafeTensors(decoding: file(header, dataCount: 8), checksum: .required)
    }
  }

  @Test(
    "says what is wrong with a header",
    arguments: [
      (
        #"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#,
        "tensor 'a' holds F16 numbers; F32, F64, I64 and U64 can be read"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
        "tensor 'a' of shape [2] can't have 4 bytes"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#,
        "tensor 'a' of shape [4611686018427387904, 4] can't have 4 bytes"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        "tensor 'a' should lie in bytes 0 to 8 of 4, with no hole before it"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[],"data_offsets":[4,0]}}"#,
        "tensor 'a' should lie in bytes 4 to 0 of 4, with no hole before it"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#,
        "4 bytes belong to no tensor"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
          + #""b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        "should lie in bytes 0 to 4 of 4, with no hole before it"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
          + #""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
        "a second 'a'"
      ),
      (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "no whole number"),
      (#"{"a":{"dtype":"F32","shape":[1]}}"#, "without dtype, shape and two data_offsets"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, "'x', unknown"),
      (#"{"a":"#, "no '{'"),
      (#"[]"#, "no '{'"),
      (#"{} x"#, "something after the end"),
      (#"{"\ud83d":{}}"#, "no UTF-16"),
    ])
  func badHeader(header: String, sentence: String) throws {
    let error = #expect(throws: SafeTensorsError.self) {
      try SafeTensors(decoding: file(header, dataCount: 4))
    }
    #expect("\(try #require(error))".contains(sentence))
  }
}
