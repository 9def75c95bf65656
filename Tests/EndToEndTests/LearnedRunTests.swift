import Foundation
import Testing

extension Tag {
  /// Takes more than a few seconds.
  @Tag static var slow: Self
}

@Suite("A run that learns")
struct LearnedRunTests {
  /// What an ideal observer of the same noisy motion reaches over all conditions, by simulation.
  private let idealAccuracy = 0.8095

  @Test(
    "a network learns to judge motion, and answers fresh trials as a subject would", .tags(.slow))
  func learns() throws {
    try Laboratory.open { laboratory in
      let trained = try laboratory.operant("train rdm_fixed --seed 97")
      #expect(trained.exitCode == 0)
      #expect(trained.output.hasPrefix("learned after "))
      #expect(
        trained.output.hasSuffix(
          " trials; the run is in runs/rdm_fixed-s97\nnext: operant evaluate runs/rdm_fixed-s97\n"))
      #expect(trained.errors.hasSuffix("  criterion met\n"))
      let last = try #require(laboratory.table("runs/rdm_fixed-s97/progress.csv").last)
      let trialsToCriterion = try #require(last["trials"].flatMap { Int($0) })
      // Song, Yang & Wang 2017 report about 7000; this is so far off that something would be wrong.
      #expect(trialsToCriterion <= 20_000)
      #expect(try number("decided", last) >= 0.99)
      #expect(try number("correct", last) >= 0.80)

      let evaluated = try laboratory.operant("evaluate runs/rdm_fixed-s97")
      #expect(evaluated.exitCode == 0)
      #expect(
        evaluated.output.hasSuffix(
          "\nwrote runs/rdm_fixed-s97/trials.csv\nnext: python -m operant.figures runs/rdm_fixed-s97\n"
        ))
      try expectGoodSubject(laboratory.table("runs/rdm_fixed-s97/trials.csv"))
    }
  }

  /// Song, Yang & Wang 2017, figure 1, supplement 2.
  @Test(
    "a network that may answer when it is ready answers the sooner the stronger the motion",
    .tags(.slow))
  func reactionTimes() throws {
    try Laboratory.open { laboratory in
      #expect(try laboratory.operant("train rdm_rt --seed 2 --quiet").exitCode == 0)
      #expect(
        try laboratory.operant("evaluate runs/rdm_rt-s2 --trials-per-condition 200").exitCode == 0)
      let correct = try laboratory.table("runs/rdm_rt-s2/trials.csv").filter {
        $0["correct"] == "1"
      }
      let times = try ["3.2", "12.8", "25.6", "51.2"].map { coherence in
        let some = try correct.filter { $0["coherence"] == coherence }.map {
          try number("reaction_time", $0)
        }
        return some.reduce(0, +) / Double(some.count)
      }
      #expect(zip(times, times.dropFirst()).allSatisfy { $0 > $1 }, "\(times)")
      #expect(times.allSatisfy { (0.2...1).contains($0) }, "\(times)")
    }
  }

  private func expectGoodSubject(_ trials: [[String: String]]) throws {
    #expect(trials.count == 10_000)
    let byCondition = Dictionary(grouping: trials) { $0["condition"] }
    #expect(byCondition.count == 10)
    #expect(byCondition.values.allSatisfy { $0.count == 1000 })

    let decided = trials.filter { $0["decided"] == "1" }
    #expect(decided.count >= 9900)
    let accuracy = share(of: decided) { $0["correct"] == "1" }
    let standardError = (accuracy * (1 - accuracy) / Double(decided.count)).squareRoot()
    // The networks of the paper reach 0.792; those that just met the criterion lie a little below.
    #expect(accuracy >= 0.74)
    #expect(accuracy <= idealAccuracy + 3 * standardError)

    let byCoherence = Dictionary(grouping: decided) { $0["coherence"] ?? "" }
    let accuracies = try ["0.0", "6.4", "12.8", "25.6", "51.2"].map {
      share(of: try #require(byCoherence[$0])) { $0["correct"] == "1" }
    }
    #expect(abs(accuracies[0] - 0.5) < 0.05)
    #expect(zip(accuracies, accuracies.dropFirst()).allSatisfy { $0 < $1 }, "\(accuracies)")
    #expect(accuracies[4] > 0.95)

    // Evidence is gathered over time: what is seen longer is judged better.
    let weak = decided.filter { $0["coherence"] == "12.8" }
    let short = try weak.filter { try number("stimulus_duration", $0) < 0.2 }
    let long = try weak.filter { try number("stimulus_duration", $0) > 0.5 }
    #expect(
      share(of: short) { $0["correct"] == "1" } + 0.05 < share(of: long) { $0["correct"] == "1" })
  }

  @Test(
    "trials.csv has a row for each trial: condition, what was seen, chosen and earned, in seconds")
  func columns() throws {
    try Laboratory.open { laboratory in
      _ = try laboratory.train(SmallRun(updateLimit: 40), in: "run")
      let ended = try laboratory.operant("evaluate run --trials-per-condition 3 --quiet")
      #expect(ended.exitCode == 0)
      #expect(ended.errors == "")
      let header = try laboratory.text("run/trials.csv").prefix { $0 != "\n" }
      #expect(
        header == "id,lane,trial,condition,direction,coherence,stimulus_start,stimulus_duration,"
          + "reaction_time,choice,ending,decided,correct,duration,step_count,reward")
      let trials = try laboratory.table("run/trials.csv")
      #expect(trials.compactMap { $0["id"] } == (0..<30).map(String.init))
      for trial in trials {
        let duration = try number("duration", trial)
        #expect(try abs(duration - 0.01 * number("step_count", trial)) < 1e-9)
        #expect(try number("stimulus_start", trial) == 0.75)
        #expect(try (0.08..<1.5).contains(number("stimulus_duration", trial)))
        let isDecided = trial["decided"] == "1"
        #expect(isDecided == (trial["ending"] == "correct" || trial["ending"] == "error"))
        let reward = ["correct": "1.0", "error": "0.0", "abort": "-1.0", "miss": "-1.0"]
        #expect(try trial["reward"] == reward[#require(trial["ending"])])
        #expect((trial["correct"] == "") == !isDecided)
        if isDecided {
          let isRight = (trial["choice"] == "right") == (trial["direction"] == "1.0")
          #expect(isRight == (trial["correct"] == "1"))
        }
      }
    }
  }

  @Test("the printed table counts the sure target among answers, condition by condition")
  func sureTarget() throws {
    try Laboratory.open { laboratory in
      // After so few trials a network tries everything: each side, the sure target, and aborting.
      let training = "train postdecisionwager --seed 102 --update-limit 60 --run run --quiet"
      #expect(try laboratory.operant(training).exitCode == 0)
      let ended = try laboratory.operant("evaluate run --trials-per-condition 20 --quiet")
      #expect(ended.exitCode == 0)
      let lines = ended.output.split(separator: "\n").map {
        $0.split(separator: " ").filter { $0 != "%" }.map(String.init)
      }
      #expect(
        lines[0]
          == ["wager", "direction", "coherence", "trials", "answered", "correct"]
          + ["left", "right", "sure"])
      let trials = try laboratory.table("run/trials.csv")
      // Of a sure reward an ending is told that is neither right nor wrong.
      let isAnswer = { (trial: [String: String]) in
        ["correct", "error", "completed"].contains(trial["ending"])
      }
      #expect(trials.contains { $0["choice"] == "sure" && $0["ending"] == "completed" })
      #expect(!trials.allSatisfy(isAnswer))
      for (condition, line) in lines[1...24].enumerated() {
        let all = trials.filter { $0["condition"] == "\(condition)" }
        let answers = all.filter(isAnswer)
        #expect(line[3] == "20" && all.count == 20)
        #expect(try abs(value(line[4]) - 100 * Double(answers.count) / 20) < 0.051)
        for (column, choice) in [(6, "left"), (7, "right"), (8, "sure")] {
          let chosen = 100 * share(of: answers) { $0["choice"] == choice }
          #expect(try abs(value(line[column]) - chosen) < 0.051, "\(line)")
        }
      }
    }
  }

  private func value(_ text: String) throws -> Double { try #require(Double(text), "\(text)") }

  @Test("a signal ends an evaluation, and what was there before stays")
  func interrupted() throws {
    try Laboratory.open { laboratory in
      _ = try laboratory.train(SmallRun(updateLimit: 40), in: "run")
      #expect(try laboratory.operant("evaluate run --trials-per-condition 1").exitCode == 0)
      let before = try laboratory.contents(of: "run")
      let evaluation = try laboratory.startOperant("evaluate run --trials-per-condition 100000")
      try evaluation.expect("a first round") { evaluation.errors.contains("trials/s") }
      evaluation.signal(SIGINT)
      let ended = try evaluation.end()
      #expect(ended.exitCode == 130)
      #expect(ended.output == "stopped; nothing was written\n")
      expectEqual(before, try laboratory.contents(of: "run"))
    }
  }

  private func number(_ column: String, _ row: [String: String]) throws -> Double {
    try #require(row[column].flatMap { Double($0) }, "\(column) is \(row[column] ?? "missing")")
  }

  private func share(
    of trials: [[String: String]], _ isSo: ([String: String]) -> Bool
  ) -> Double {
    Double(trials.count(where: isSo)) / Double(trials.count)
  }
}
