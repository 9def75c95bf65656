import Glibc

/// Where a server listens: `tcp://127.0.0.1:5555`, or `ipc:///run/user/1000/operant` for a path on the
/// same machine.
struct Endpoint {
  let text: String
  private let kind: Kind

  private enum Kind {
    case tcp(host: String)
    case ipc(path: String)
  }

  init(_ text: String) throws(EndpointError) {
    self.text = text
    if text.hasPrefix("tcp://") {
      let address = text.dropFirst(6)
      guard let colon = address.lastIndex(of: ":"), colon > address.startIndex,
        let port = Self.port(address[address.index(after: colon)...])
      else { throw .malformed(text) }
      _ = port
      kind = .tcp(host: String(address[..<colon]))
    } else if text.hasPrefix("ipc://"), text.utf8.count > 6 {
      kind = .ipc(path: String(text.dropFirst(6)))
    } else {
      throw .malformed(text)
    }
  }

  /// A port's number; 0 where the system is to choose.
  private static func port(_ text: Substring) -> UInt16? { text == "*" ? 0 : UInt16(text) }

  /// Whether only processes of this machine can reach it.
  var isLocal: Bool {
    switch kind {
    case .ipc: true
    case .tcp(let host):
      host == "localhost" || host == "[::1]"
        || host.hasPrefix("127.") && host.dropFirst(4).allSatisfy { $0.isNumber || $0 == "." }
    }
  }

  /// Whether its address is one of IPv6.
  var isIPv6: Bool { if case .tcp(let host) = kind { host.hasPrefix("[") } else { false } }

  /// How a process of the same machine reaches a server that is bound to it, be it to all addresses.
  var fromHere: String {
    for (all, loopback) in [
      ("tcp://0.0.0.0:", "tcp://127.0.0.1:"), ("tcp://[::]:", "tcp://[::1]:"),
    ]
    where text.hasPrefix(all) {
      return loopback + text.dropFirst(all.count)
    }
    return text
  }

  /// Takes away the socket that a server of this process leaves at a path; libzmq does not.
  func removeSocket() {
    if case .ipc(let path) = kind, !path.hasPrefix("@") { unlink(path) }
  }

  /// Makes sure that nobody listens at a path and that what is there may be replaced.
  ///
  /// libzmq removes whatever lies at a path it is to bind: a server that is running would go on
  /// unreachable, and a file would be gone.
  func clearForBinding() throws(EndpointError) {
    // A name that begins with @ is no path: the system itself refuses to give it twice.
    guard case .ipc(let path) = kind, !path.hasPrefix("@") else { return }
    var address = sockaddr_un()
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < capacity else {
      throw .pathTooLong(text, byteCount: path.utf8.count, limit: capacity - 1)
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(text, path: path) }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard probe >= 0 else { throw .failed(text, reason: String(cString: strerror(errno))) }
    defer { Glibc.close(probe) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(probe, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    // Refused: the socket of a server that is no more. Anything else: leave it to its owner.
    guard result != 0 && errno == ECONNREFUSED else { throw .inUse(text) }
  }
}

/// Why a server can't listen at an endpoint, or an agent can't reach it.
public enum EndpointError: Error, Equatable, Sendable {
  case malformed(String)
  case inUse(String)
  case remote(String)
  case letsStrangersIn(String)
  case notASocket(String, path: String)
  case pathTooLong(String, byteCount: Int, limit: Int)
  case failed(String, reason: String)
}

extension EndpointError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformed(let text):
      "'\(text)' is not an endpoint; write tcp://127.0.0.1:5555 (tcp://127.0.0.1:* for any free port) "
        + "or ipc:///path/of/a/socket"
    case .inUse(let text):
      "\(text) is in use; stop the server that has it, or choose another endpoint"
    case .remote(let text):
      "\(text) can be reached from other machines, and nobody is asked who they are; "
        + "ask for keys by --keys FOLDER, bind to 127.0.0.1, or pass --allow-strangers"
    case .letsStrangersIn(let text):
      "the server at \(text) let in a key that nobody has authorised, when it tried itself; it does "
        + "not run like that: another libzmq may help, or ipc:// and a tunnel in its place"
    case .notASocket(let text, let path):
      "can't bind \(text): \(path) exists and is not a socket; choose another path"
    case .pathTooLong(let text, let byteCount, let limit):
      "can't bind \(text): its path has \(byteCount) bytes, and a socket's can have \(limit); "
        + "choose a shorter one"
    case .failed(let text, let reason):
      "can't use \(text): \(reason)"
    }
  }
}
