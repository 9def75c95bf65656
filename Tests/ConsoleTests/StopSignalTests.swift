import Foundation
import Testing

@testable import Console

/// Lets this thread be signalled; Swift's own threads leave that to others.
private func unblockSignals() {
  var all = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_UNBLOCK, &all, nil)
}

@Suite("Stop signals")
struct StopSignalTests {
  @Test("the first one is noted down, and says which it was")
  func first() async {
    await #expect(processExitsWith: .exitCode(143)) {
      unblockSignals()
      StopSignal.catchAll()
      #expect(!StopSignal.wasRaised)
      raise(SIGTERM)
      #expect(StopSignal.raised == .terminate)
      raise(SIGTERM)
      #expect(StopSignal.raised == .terminate)
      exit(try #require(StopSignal.raised).exitCode.rawValue)
    }
  }

  @Test("a second Ctrl-C ends the program at once")
  func second() async {
    await #expect(processExitsWith: .exitCode(130)) {
      unblockSignals()
      StopSignal.catchAll()
      raise(SIGINT)
      #expect(StopSignal.raised == .interrupt)
      raise(SIGINT)
      exit(0)
    }
  }

  @Test("Ctrl-C after SIGTERM doesn't wait either")
  func impatient() async {
    await #expect(processExitsWith: .exitCode(130)) {
      unblockSignals()
      StopSignal.catchAll()
      raise(SIGTERM)
      raise(SIGINT)
      exit(0)
    }
  }
}
