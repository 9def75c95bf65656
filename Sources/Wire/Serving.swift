import Glibc
import Gym

extension Server {
  /// Serves `catalogue` at `endpoint`: a program that does nothing else, in a line.
  ///
  ///     Server.serve(Catalogue(.init("GoNoGo", GoNoGo(), …)), at: "tcp://127.0.0.1:5555")
  ///
  /// Prints `listening on ENDPOINT` when agents can connect, and ends with 0 on Ctrl-C or SIGTERM,
  /// between two requests; a second one ends it at once. Ends with 69 and a sentence on standard error
  /// where the endpoint can't be had. Call it before other threads are started. Programs with more to
  /// do make a server, `run` it and `stop` it themselves.
  ///
  /// - Parameters:
  ///   - keyFolder: Where its key and those of the agents lie that may come in; nil if nobody is to be
  ///     asked for a key.
  ///   - allowsStrangers: Whether `endpoint` may be reached from other machines though nobody is asked
  ///     for a key.
  public static func serve(
    _ catalogue: Catalogue, at endpoint: String, limits: Limits = Limits(),
    keyFolder: String? = nil, allowsStrangers: Bool = false
  ) -> Never {
    holdStopSignals()
    do {
      let server = try Server(
        catalogue: catalogue, endpoint: endpoint, limits: limits, keyFolder: keyFolder,
        allowsStrangers: allowsStrangers)
      server.stopOnSignal()
      print("listening on \(server.endpoint)")
      // Whoever started this program may wait for the line at the other end of a pipe.
      fflush(nil)
      try server.run()
      exit(EXIT_SUCCESS)
    } catch {
      let program = CommandLine.arguments[0].split(separator: "/").last ?? "server"
      let sentence = "\(program): \(error)\n"
      _ = sentence.withCString { write(STDERR_FILENO, $0, strlen($0)) }
      exit(EX_UNAVAILABLE)
    }
  }

  /// Ends the server with the next signal that is held, and the program with the one after it.
  private func stopOnSignal() {
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { server in
        let server = Unmanaged<Server>.fromOpaque(server!).takeRetainedValue()
        _ = nextStopSignal()
        server.stop()
        _exit(128 + nextStopSignal())
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(code == 0, "can't start a thread: " + String(cString: strerror(code)))
  }
}

/// Ctrl-C and SIGTERM.
private var stopSignals: sigset_t {
  var signals = sigset_t()
  sigemptyset(&signals)
  sigaddset(&signals, SIGINT)
  sigaddset(&signals, SIGTERM)
  return signals
}

/// Lets them wait for `nextStopSignal`, in this thread and those it starts.
private func holdStopSignals() {
  var signals = stopSignals
  pthread_sigmask(SIG_BLOCK, &signals, nil)
}

/// Waits for one of them.
private func nextStopSignal() -> Int32 {
  var signals = stopSignals
  var signal: Int32 = 0
  sigwait(&signals, &signal)
  return signal
}
