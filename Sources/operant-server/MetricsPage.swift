import Gym
import Wire

/// A server's counters as Prometheus reads them, in its text format 0.0.4.
func metricsPage(_ counters: ServerCounters) -> String {
  var page = ""
  func add(_ name: String, _ kind: String, _ help: String, _ samples: [(String, String)]) {
    page += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    for (label, value) in samples { page += "\(name)\(label) \(value)\n" }
  }
  add("operant_sessions", "gauge", "Sessions that are open.", [("", "\(counters.sessions.value)")])
  add(
    "operant_steps_total", "counter", "Actions judged, over all lanes of all sessions.",
    [("", "\(counters.laneSteps.value)")])
  add("operant_trials_total", "counter", "Trials that ended.", [("", "\(counters.trials.value)")])
  add(
    "operant_requests_total", "counter", "Requests answered.",
    [("", "\(counters.requests.value)")])
  add(
    "operant_refusals_total", "counter", "Requests refused.",
    Refusal.Code.allCases.map { code in
      ("{code=\"\(label(code))\"}", "\(counters.refusals(code))")
    })
  add(
    "operant_rejected_peers_total", "counter", "Peers that were not let in.",
    [("", "\(counters.rejectedPeers.value)")])
  add(
    "operant_uptime_seconds", "gauge", "Seconds since the server started.",
    [("", "\(counters.uptime)")])

  let name = "operant_request_seconds"
  let times = counters.requestTimes
  page += "# HELP \(name) From a request's arrival to its reply's departure.\n"
  page += "# TYPE \(name) histogram\n"
  var count: UInt64 = 0
  for (place, inClass) in times.classes.enumerated() {
    count += inClass
    let bound =
      place < RequestTimes.bounds.count ? "\(Double(RequestTimes.bounds[place]) / 1e6)" : "+Inf"
    page += "\(name)_bucket{le=\"\(bound)\"} \(count)\n"
  }
  page += "\(name)_sum \(times.sum)\n\(name)_count \(count)\n"
  return page
}

/// A code as the schema has it, in small letters: `unknown_task`.
private func label(_ code: Refusal.Code) -> String {
  var words = ""
  for letter in "\(code)" {
    words += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
  }
  return words
}
