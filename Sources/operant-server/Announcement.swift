import Console
import Foundation
import Runs

/// A file that says where a server listens, for as long as it does.
///
/// It appears whole, under its name, so that whoever looks finds an endpoint or nothing.
struct Announcement {
  private let file: AtomicFile.Written

  /// Writes the file, in the place of one that a former server left.
  ///
  /// - Parameter endpoint: as it was bound; a wildcard becomes this machine's name.
  init(of endpoint: String, at path: String) throws {
    do { file = try AtomicFile.write(Self.reachable(endpoint) + "\n", to: path) } catch {
      throw ProgramError("can't announce the server: \(error)", .cannotCreate)
    }
  }

  /// Takes the file away, unless another server has announced itself there since.
  func remove() { file.remove() }

  /// What another machine calls it.
  private static func reachable(_ endpoint: String) -> String {
    for wildcard in ["tcp://0.0.0.0:", "tcp://*:", "tcp://[::]:"] where endpoint.hasPrefix(wildcard)
    {
      return "tcp://\(ProcessInfo.processInfo.hostName):\(endpoint.dropFirst(wildcard.count))"
    }
    return endpoint
  }
}
