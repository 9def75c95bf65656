import Foundation

/// What it takes to go on with a run: the newest few states of training, and the best network.
///
///     checkpoints/
///       update-000350.safetensors
///       update-000400.safetensors
///       update-000450.safetensors
///       best.safetensors
public struct Checkpoints: Sendable {
  /// Where they are; it exists.
  public let folder: String
  /// How many of the newest are kept.
  public let keptCount: Int

  /// The checkpoints of a folder that exists.
  public init(folder: String, keeping keptCount: Int = 3) {
    precondition(keptCount >= 1, "a run without checkpoints can't be resumed")
    self.folder = folder
    self.keptCount = keptCount
  }

  /// A checkpoint that is whole.
  public struct Restored: Sendable {
    /// The update it was written after.
    public let update: Int
    public let path: String
    /// What was saved.
    public let contents: SafeTensors
    /// Newer ones that can't be used, the newest first.
    public let refused: [Refused]

    /// What a person should know of the refused ones: a sentence each.
    public var warnings: [String] { refused.map { "\($0); using \(lastPart(of: path))" } }
  }

  /// A checkpoint that can't be used.
  public struct Refused: Sendable, Equatable, CustomStringConvertible {
    public let path: String
    /// What is wrong with it: "its checksum differs".
    public let reason: String

    public var description: String { "checkpoint '\(path)' is damaged: \(reason)" }
  }

  /// `update-000450.safetensors`.
  public static func fileName(update: Int) -> String {
    precondition(update >= 0)
    let digits = String(update)
    return "update-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + suffix
  }

  /// `best.safetensors`, in its folder.
  public var bestPath: String { "\(folder)/best\(Self.suffix)" }

  /// Writes the state after `update`, and lets the oldest go.
  ///
  /// Checkpoints of later updates go too: whoever resumed before them doesn't come from there.
  public func save(_ contents: SafeTensors, update: Int) throws(FileError) {
    try AtomicFile.write(contents.encoded(), to: "\(folder)/\(Self.fileName(update: update))")
    let all = try updates()
    let kept = all.filter { $0 <= update }.suffix(keptCount)
    for old in all where !kept.contains(old) {
      try removeFile("\(folder)/\(Self.fileName(update: old))")
    }
  }

  /// Writes the best network so far.
  public func saveBest(_ contents: SafeTensors) throws(FileError) {
    try AtomicFile.write(contents.encoded(), to: bestPath)
  }

  /// The newest checkpoint that is whole; nil if none was ever written.
  ///
  /// - Throws: `CheckpointError.allDamaged` if there are some, and none is whole.
  public func latest() throws -> Restored? {
    var refused: [Refused] = []
    for update in try updates().reversed() {
      let path = "\(folder)/\(Self.fileName(update: update))"
      do {
        let contents = try Self.load(path)
        return Restored(update: update, path: path, contents: contents, refused: refused)
      } catch {
        refused.append(error)
      }
    }
    guard refused.isEmpty else { throw CheckpointError.allDamaged(refused) }
    return nil
  }

  /// The best network; nil if none was ever written.
  ///
  /// - Throws: `CheckpointError.bestDamaged`.
  public func best() throws -> SafeTensors? {
    guard access(bestPath, F_OK) == 0 else { return nil }
    do {
      return try Self.load(bestPath)
    } catch {
      throw CheckpointError.bestDamaged(error)
    }
  }

  /// The updates there are checkpoints of, in order.
  public func updates() throws(FileError) -> [Int] {
    try namesInFolder(folder).compactMap { name in
      guard name.hasPrefix("update-"), name.hasSuffix(Self.suffix),
        let update = Int(name.dropFirst(7).dropLast(Self.suffix.count)),
        // Only names we would give: "update-+5" is somebody else's.
        update >= 0, name == Self.fileName(update: update)
      else { return nil }
      return update
    }.sorted()
  }

  private static let suffix = ".safetensors"

  private static func load(_ path: String) throws(Refused) -> SafeTensors {
    let bytes: [UInt8]
    do {
      bytes = try OpenFile.contents(of: path)
    } catch {
      throw Refused(path: path, reason: "\(error)")
    }
    do {
      return try SafeTensors(decoding: bytes, checksum: .required)
    } catch {
      throw Refused(path: path, reason: "\(error)")
    }
  }
}

extension Checkpoints.Refused: Error {}

/// No checkpoint of a run can be used.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  case allDamaged([Checkpoints.Refused])
  case bestDamaged(Checkpoints.Refused)

  public var description: String {
    switch self {
    case .allDamaged(let refused):
      refused.map { "\($0)" }.joined(separator: "; ") + "; none is left to go on from, start afresh"
    case .bestDamaged(let refused):
      "\(refused); resume the run, and it is written anew"
    }
  }
}

/// The name of the file, without its folders.
private func lastPart(of path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}
