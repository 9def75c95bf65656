import Foundation

/// A training that is over in a second or two: few units, few trials, an end that is set.
///
/// Everything that could come out differently is in it: validations before, at and after updates, best
/// networks, all the files.
struct SmallRun {
  var seed = 97
  var updateLimit = 200
  var validationInterval = 20
  var trialsPerUpdate = 10

  /// As `config.json` has it.
  var json: String {
    """
    {
      "alias": "rdm_fixed", "preset": "song2017", "seed": \(seed), "settings": {},
      "task": "PerceptualDecisionMaking", "timeStep": 10, "version": "0.1.0",
      "training": {
        "correctToReach": 1, "decisionsToReach": 1, "decisionConnectionProbability": 0.1,
        "decisionUnits": 50, "valueUnits": 30, "gradientLimit": 1, "initialValue": -1,
        "learningRate": 0.004, "lookAhead": 16, "recurrentNoise": 0.01, "rewardTimeConstant": 0,
        "trialsPerUpdate": \(trialsPerUpdate), "unitTimeConstant": 100,
        "updateLimit": \(updateLimit), "validationInterval": \(validationInterval),
        "validationTrials": 60, "valueConnectionProbability": 1
      }
    }
    """
  }
}

extension Laboratory {
  /// Writes a small run's configuration; answers how to train it.
  func arguments(for run: SmallRun, in folder: String) throws -> String {
    try write(run.json, to: folder + ".json")
    return "train --config \(folder).json --run \(folder)"
  }

  /// Trains a small run to its end, undisturbed; answers its files.
  func train(
    _ run: SmallRun, in folder: String, with more: String = ""
  ) throws -> [String: Data] {
    let ended = try operant(arguments(for: run, in: folder) + " " + more)
    guard ended.exitCode == 0 else { throw Failure(words: ended.errors) }
    return try contents(of: folder)
  }

  /// How many validations `progress.csv` tells of.
  func validationCount(of run: String) -> Int {
    let text = FileManager.default.contents(atPath: path(run + "/progress.csv")) ?? Data()
    return max(0, text.count { $0 == UInt8(ascii: "\n") } - 1)
  }
}

/// A program failed that should not have.
struct Failure: Error, CustomStringConvertible {
  let words: String
  var description: String { words }
}
