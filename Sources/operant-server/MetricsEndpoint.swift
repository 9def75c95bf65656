import CMicroHTTPD
import Console
import Foundation
import Wire

/// Where Prometheus scrapes: `http://HOST:PORT/metrics`, for as long as this exists.
final class MetricsEndpoint {
  /// With the port the system chose.
  let address: String
  private let daemon: OpaquePointer
  private let counters: ServerCounters

  /// - Parameter place: `127.0.0.1:9464`, `[::1]:9464`, or `9464` for this machine alone; port 0 for any
  ///   that is free.
  /// - Throws: `ProgramError`.
  init(at place: String, _ counters: ServerCounters) throws {
    let (host, port) = try Self.split(place)
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, port, &hints, &found) == 0, let found else {
      throw Self.malformed(place)
    }
    defer { freeaddrinfo(found) }
    let isIPv6 = found.pointee.ai_family == AF_INET6
    let context = Unmanaged.passUnretained(counters).toOpaque()
    guard let daemon = microhttpd_start(found.pointee.ai_addr, isIPv6, answer, context) else {
      throw ProgramError(
        "can't show metrics at \(place): " + String(cString: strerror(errno)).lowercased()
          + "; choose another port", .unavailable)
    }
    self.daemon = daemon
    // The library's thread borrows them.
    self.counters = counters
    address =
      "http://\(isIPv6 ? "[\(host)]" : host):\(microhttpd_port(daemon))/metrics"
  }

  deinit { MHD_stop_daemon(daemon) }

  private static func split(_ place: String) throws -> (host: String, port: String) {
    guard let colon = place.lastIndex(of: ":") else { return ("127.0.0.1", place) }
    let host = place[..<colon]
    guard !host.isEmpty else { throw malformed(place) }
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    return (
      String(isBracketed ? host.dropFirst().dropLast() : host),
      String(place[place.index(after: colon)...])
    )
  }

  private static func malformed(_ place: String) -> ProgramError {
    ProgramError(
      "--metrics takes ADDRESS:PORT, such as 127.0.0.1:9464, or a port of this machine; "
        + "'\(place)' came", .usage)
  }
}

/// Answers one request; called on the library's thread.
private let answer: MHD_AccessHandlerCallback = {
  context, connection, path, method, _, _, _, _ in
  guard let context, let connection, let path, let method else { return .NO }
  func reply(_ code: Int32, _ text: String, _ kind: String) -> MHD_Result {
    let bytes = Array(text.utf8)
    let response = bytes.withUnsafeBytes {
      MHD_create_response_from_buffer(
        bytes.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let response else { return .NO }
    defer { MHD_destroy_response(response) }
    MHD_add_response_header(response, "Content-Type", kind)
    return MHD_queue_response(connection, UInt32(code), response)
  }
  guard ["GET", "HEAD"].contains(String(cString: method)) else {
    return reply(405, "only GET is answered\n", "text/plain; charset=utf-8")
  }
  guard String(cString: path) == "/metrics" else {
    return reply(404, "the metrics are at /metrics\n", "text/plain; charset=utf-8")
  }
  let counters = Unmanaged<ServerCounters>.fromOpaque(context).takeUnretainedValue()
  return reply(200, metricsPage(counters), "text/plain; version=0.0.4; charset=utf-8")
}
