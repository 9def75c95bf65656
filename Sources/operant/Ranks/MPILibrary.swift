import Console
import Foundation

/// `deploy/mpi/operant_mpi.c`, compiled with the MPI of the machine and loaded while the program runs.
///
/// A machine without MPI has no use for it and is not asked for it.
struct MPILibrary {
  /// What a call returns, numbered as in the C file.
  enum Answer: Int32 {
    case done = 0
    case late = 1
    case refused = 2
  }

  private typealias Number = @convention(c) () -> Int32
  private typealias Limited = @convention(c) (Double) -> Int32
  private typealias Send = @convention(c) (UnsafeRawPointer?, Int, Int32, Double) -> Int32
  private typealias Receive = @convention(c) (UnsafeMutableRawPointer?, Int, Int32, Double) -> Int32

  private let startCall: Limited
  private let finishCall: Limited
  private let rankCall: Number
  private let sizeCall: Number
  private let sendCall: Send
  private let receiveCall: Receive

  private static let fileName = "liboperant-mpi.so"
  private static let version: Int32 = 1

  /// Loads the library that `OPERANT_MPI` names, or the one beside the program.
  static func load() throws -> MPILibrary {
    let named = ProcessInfo.processInfo.environment["OPERANT_MPI"]
    let path = named ?? beside
    guard FileManager.default.fileExists(atPath: path) else {
      throw ProgramError(
        "several processes were started to train together, and there is no '\(path)' by which they "
          + "could; \(advice)", .unavailable)
    }
    // MPI's own parts are loaded by it later, and look for its names among everybody's.
    guard let handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL) else {
      throw ProgramError("can't load '\(path)': \(latestError); \(advice)", .unavailable)
    }
    return try MPILibrary(handle, path)
  }

  private init(_ handle: UnsafeMutableRawPointer, _ path: String) throws {
    func call<Call>(_ name: String, as type: Call.Type) throws -> Call {
      guard let symbol = dlsym(handle, "operant_mpi_" + name) else {
        throw ProgramError(
          "'\(path)' has no 'operant_mpi_\(name)'; \(Self.advice)", .unavailable)
      }
      return unsafeBitCast(symbol, to: type)
    }
    let found = try call("version", as: Number.self)()
    guard found == Self.version else {
      throw ProgramError(
        "'\(path)' is of version \(found), this program needs \(Self.version); \(Self.advice)",
        .unavailable)
    }
    startCall = try call("start", as: Limited.self)
    finishCall = try call("finish", as: Limited.self)
    rankCall = try call("rank", as: Number.self)
    sizeCall = try call("size", as: Number.self)
    sendCall = try call("send", as: Send.self)
    receiveCall = try call("receive", as: Receive.self)
  }

  private static var beside: String {
    let program = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
    return program.resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: fileName).path
  }

  private static let advice =
    "run 'make mpi', or 'mpicc -std=c99 -O2 -shared -fPIC -o \(fileName) deploy/mpi/operant_mpi.c' "
    + "with your cluster's own mpicc and put it beside the program or into OPERANT_MPI"

  private static var latestError: String { dlerror().map { String(cString: $0) } ?? "no reason" }

  // MARK: Calls

  func start(within deadline: Double) -> Answer { answer(startCall(deadline)) }
  func finish(within deadline: Double) -> Answer { answer(finishCall(deadline)) }
  var rank: Int { Int(rankCall()) }
  var size: Int { Int(sizeCall()) }

  func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, within deadline: Double) -> Answer {
    answer(sendCall(bytes.baseAddress, bytes.count, Int32(rank), deadline))
  }

  func receive(
    into bytes: UnsafeMutableRawBufferPointer, from rank: Int, within deadline: Double
  ) -> Answer {
    answer(receiveCall(bytes.baseAddress, bytes.count, Int32(rank), deadline))
  }

  private func answer(_ code: Int32) -> Answer { Answer(rawValue: code) ?? .refused }
}
