import Console
import Foundation
import Synchronization

/// Which servers `--connect` names: endpoints, files that list endpoints, and folders in which servers
/// announce themselves.
///
///     --connect tcp://a:5555,tcp://b:5555      those two
///     --connect @servers.txt                   an endpoint a line; # begins a comment
///     --connect announced                      those of `operant-server --announce announced/NAME`
///
/// A folder is read in the order of names. Files and folders are read when all begins, and again when a
/// server is missed: it may be elsewhere by then.
final class ServerList: Sendable {
  private let sources: [Source]
  /// How many there were when all began.
  private let firstCount: Int
  private let servers: Mutex<[Server]>

  /// What `--connect` was given.
  private enum Source {
    case endpoint(String)
    case file(String)
    case folder(String)

    init(_ name: String) {
      if name.hasPrefix("@") {
        self = .file(String(name.dropFirst()))
      } else {
        self = isFolder(name) ? .folder(name) : .endpoint(name)
      }
    }
  }

  private struct Server {
    /// The source's place among the sources.
    let source: Int
    /// By which it is known wherever it is; nil for a line of a file.
    let name: String?
    var endpoint: String
  }

  /// - Throws: `ProgramError` for a file that can't be read or names no server.
  init(_ names: [String]) throws {
    let sources = names.map { Source($0) }
    let first = try sources.enumerated().flatMap { index, source in try Self.read(source, index) }
    self.sources = sources
    firstCount = first.count
    servers = Mutex(first)
  }

  /// The same servers, wherever they are asked for from: files and folders by absolute paths, be they there
  /// already or not.
  static func absolute(_ names: [String]) -> [String] {
    names.map { name in
      if name.hasPrefix("@") { return "@" + absolutePath(String(name.dropFirst())) }
      return name.contains("://") ? name : absolutePath(name)
    }
  }

  /// The servers there were when all began, where they were last known to be.
  var endpoints: [String] {
    servers.withLock { servers in servers.prefix(firstCount).map(\.endpoint) }
  }

  /// Reads files and folders again.
  ///
  /// - Returns: The servers there were when all began, in their order, and then those that have come
  ///   since. Of a server that is listed no more the endpoint is the last there was.
  func endpointsNow() -> [String] {
    servers.withLock { servers in
      for (index, source) in sources.enumerated() {
        // What can't be read, or names nobody, tells nothing new.
        do { Self.take(try Self.read(source, index), into: &servers) } catch { continue }
      }
      return servers.map(\.endpoint)
    }
  }

  /// Brings `servers` up to what was found at one source.
  private static func take(_ found: [Server], into servers: inout [Server]) {
    // Lines have no names: where some are gone and others are new, these stand for those.
    var vanished = servers.indices.filter { index in
      servers[index].name == nil && servers[index].source == found[0].source
        && !found.contains { $0.endpoint == servers[index].endpoint }
    }[...]
    for server in found {
      if let name = server.name,
        let known = servers.firstIndex(where: { $0.name == name && $0.source == server.source })
      {
        servers[known].endpoint = server.endpoint
      } else if !servers.contains(where: { $0.endpoint == server.endpoint }) {
        if server.name == nil, let place = vanished.popFirst() {
          servers[place].endpoint = server.endpoint
        } else {
          servers.append(server)
        }
      }
    }
  }

  // MARK: Reading

  /// - Returns: At least one.
  private static func read(_ source: Source, _ number: Int) throws -> [Server] {
    switch source {
    case .endpoint(let endpoint): [Server(source: number, name: nil, endpoint: endpoint)]
    case .file(let path):
      try endpoints(inFile: path).map { Server(source: number, name: nil, endpoint: $0) }
    case .folder(let path):
      try endpoints(inFolder: path).map { name, endpoint in
        Server(source: number, name: name, endpoint: endpoint)
      }
    }
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

  private static func endpoints(inFolder path: String) throws -> [(name: String, String)] {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
      throw ProgramError("can't read the folder '\(path)'", .noInput)
    }
    // What begins with a dot is being written.
    let endpoints = names.filter { !$0.hasPrefix(".") }.sorted().flatMap { name in
      // One that is gone by now has just ended.
      let lines = lines(of: FileManager.default.contents(atPath: path + "/" + name) ?? Data())
      return lines.indices.map { (name: "\(name)/\($0)", lines[$0]) }
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

private func isFolder(_ path: String) -> Bool {
  var isFolder: ObjCBool = false
  return !path.contains("://")
    && FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
}

/// The same file, wherever it is asked for from.
func absolutePath(_ path: String) -> String {
  URL(fileURLWithPath: path).standardizedFileURL.path
}
