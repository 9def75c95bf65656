import Glibc

/// A socket or any other open thing of the system's, closed when nobody holds it any more.
///
/// TCP over IPv4 on this machine, as bare as the system has it: what stands between programs in a drill
/// knows nothing of messages.
final class Descriptor: Sendable {
  let number: Int32

  private init(_ number: Int32) { self.number = number }

  deinit { close(number) }

  /// Why something could not be done.
  struct Failure: Error, CustomStringConvertible {
    let what: String
    let code: Int32
    var description: String { "can't \(what): " + String(cString: strerror(code)) }
  }

  /// Listens at a free port.
  static func listening() throws -> (Descriptor, port: UInt16) {
    let listener = try tcp()
    try onAddress("127.0.0.1", 0) { Glibc.bind(listener.number, $0, $1) == 0 }
      .orFail("bind a socket")
    try (listen(listener.number, 1024) == 0).orFail("listen")
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isKnown = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(listener.number, $0, &size) == 0
      }
    }
    try isKnown.orFail("learn the port")
    return (listener, UInt16(bigEndian: address.sin_port))
  }

  /// The next one that connects; nil once the listener is shut down.
  func accepted() -> Descriptor? {
    while true {
      let peer = accept(number, nil, nil)
      if peer >= 0 { return Descriptor(peer) }
      // Anything else concerns one who wanted to connect, or is a signal's doing.
      if errno == EINVAL || errno == EBADF { return nil }
    }
  }

  /// Connects to a port, from an address of this machine's own.
  static func connected(to port: UInt16, from source: String = "127.0.0.1") throws -> Descriptor {
    let descriptor = try tcp()
    try onAddress(source, 0) { Glibc.bind(descriptor.number, $0, $1) == 0 }.orFail("bind a socket")
    try onAddress("127.0.0.1", port) { connect(descriptor.number, $0, $1) == 0 }
      .orFail("connect")
    return descriptor
  }

  /// What has come, at most so many bytes; empty at the end, and if the peer has reset the connection.
  func receive(atMost count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    bytes.removeLast(count - max(0, recv(number, &bytes, count, 0)))
    return bytes
  }

  /// Sends all of `bytes`; false if the peer is gone.
  @discardableResult
  func send(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest)
        let count = Glibc.send(number, piece.baseAddress, piece.count, Int32(MSG_NOSIGNAL))
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }

  /// Ends the connection both ways; whoever waits for it waits no longer.
  func shutDown() { shutdown(number, Int32(SHUT_RDWR)) }

  /// Makes closing tell the peer so by a reset, which leaves no port waiting.
  func resetOnClose() {
    var off = linger(l_onoff: 1, l_linger: 0)
    setsockopt(number, SOL_SOCKET, SO_LINGER, &off, socklen_t(MemoryLayout<linger>.size))
  }

  private static func tcp() throws -> Descriptor {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    try (number >= 0).orFail("open a socket")
    var on: Int32 = 1
    setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    return Descriptor(number)
  }
}

private func onAddress<Result>(
  _ host: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) -> Result {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = inet_addr(host)
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}

extension Bool {
  fileprivate func orFail(_ what: String) throws {
    let code = errno
    guard self else { throw Descriptor.Failure(what: what, code: code) }
  }
}
