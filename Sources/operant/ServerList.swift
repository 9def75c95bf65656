import Console
import Foundation

/// Which servers `--connect` names: endpoints, files that list endpoints, and folders in which servers
/// announce themselves.
///
///     --connect tcp://a:5555,tcp://b:5555      those two
///     --connect @servers.txt                   an endpoint a line; # begins a comment
///     --connect announced                      those of `operant-server --announce announced/NAME`
///
/// A folder is read in the order of names, once.
enum ServerList {
  /// - Throws: `ProgramError` for a file that can't be read or names no server.
  static func endpoints(named names: [String]) throws -> [String] {
    try names.flatMap { name in
      if name.hasPrefix("@") { return try endpoints(inFile: String(name.dropFirst())) }
      return isFolder(name) ? try endpoints(inFolder: name) : [name]
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return !path.contains("://")
      && FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  private static func endpoints(inFile path: String) throws -> [String] {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw ProgramError(
        "can't read the list of servers '\(path)'; write an endpoint a line there", .noInput)
    }
    let endpoints = lines(of: bytes)
    guard !endpoints.isEmpty else {
      throw ProgramError(
        "'\(path)' names no server; write an endpoint a line there, such as tcp://127.0.0.1:5555",
        .data)
    }
    return endpoints
  }

  private static func endpoints(inFolder path: String) throws -> [String] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw ProgramError("can't read the folder '\(path)'", .noInput)
    }
    // What begins with a dot is being written.
    let endpoints = names.filter { !$0.hasPrefix(".") }.sorted().flatMap { name in
      // One that is gone by now has just ended.
      lines(of: FileManager.default.contents(atPath: path + "/" + name) ?? Data())
    }
    guard !endpoints.isEmpty else {
      throw ProgramError(
        "no server announces itself in '\(path)'; start some: operant-server --announce \(path)/NAME",
        .unavailable)
    }
    return endpoints
  }

  private static func lines(of bytes: Data) -> [String] {
    String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).flatMap { line in
      line.prefix { $0 != "#" }.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }
  }
}
