import Console
import Learning
import Runs

/// Trainings of the same kind many times over: settings × seeds.
///
///     operant sweep rdm_fixed --seeds 1..10 --set noise=0.5,1 --baseline valueNetwork,linear
///
/// are four settings, and ten trainings of each. `sweep.json` in the sweep's folder holds it.
struct Sweep: Codable, Equatable {
  var settings: [SweepSetting]
  var seeds: [UInt64]

  /// Setting by setting, in each in the order of seeds; their numbers are those of a job array.
  var trainings: [SweepTraining] {
    settings.flatMap { setting in seeds.map { SweepTraining(setting: setting, seed: $0) } }
  }
}

/// What is the same in trainings that differ by their seeds only.
struct SweepSetting: Codable, Hashable {
  var task: String
  /// Flags of `operant train`, with the values they have here.
  var flags: [SweepFlag]

  /// "rdm_fixed noise=0.5 baseline=linear": as tables and figures name it.
  var name: String {
    let words = flags.map { flag in
      guard let value = flag.value else { return flag.name }
      return flag.name == "set" ? value : "\(flag.name)=\(value)"
    }
    return ([task] + words).joined(separator: " ")
  }
}

struct SweepFlag: Codable, Hashable {
  /// Without the dashes.
  var name: String
  /// Nil of a switch.
  var value: String?
}

/// One of a sweep's trainings.
struct SweepTraining: Hashable {
  let setting: SweepSetting
  let seed: UInt64

  /// "rdm_fixed-noise=0.5-baseline=linear-s3": the name of its run.
  var name: String { setting.name.map { $0 == " " ? "-" : String($0) }.joined() + "-s\(seed)" }

  /// How `operant` is called to begin it.
  ///
  /// - Parameter config: the file that says how to train, in the place of a task.
  func arguments(run: String, config: String? = nil) -> [String] {
    var words = config.map { ["train", "--config", $0] } ?? ["train", setting.task]
    words += ["--quiet", "--seed", "\(seed)"]
    let sets = setting.flags.filter { $0.name == "set" }.compactMap(\.value)
    if !sets.isEmpty { words += ["--set", sets.joined(separator: ",")] }
    // A value may begin with a minus.
    words += setting.flags.filter { $0.name != "set" }.map { flag in
      "--" + flag.name + (flag.value.map { "=" + $0 } ?? "")
    }
    return words + ["--run", run]
  }
}

/// Seeds on a command line: `1..10`, `1,5,7`, `1..3,8`.
struct SeedList: ArgumentValue, Equatable {
  let seeds: [UInt64]

  static let form = "seeds such as 1..10 or 1,5,7, ten thousand at most, none twice"

  init?(argument: String) {
    var seeds: [UInt64] = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: ".", omittingEmptySubsequences: false)
      switch ends.count {
      case 1:
        guard let seed = UInt64(part) else { return nil }
        seeds.append(seed)
      case 3 where ends[1].isEmpty:
        guard let first = UInt64(ends[0]), let last = UInt64(ends[2]), first <= last,
          last - first < 10_000
        else { return nil }
        seeds += Array(first...last)
      default: return nil
      }
    }
    guard seeds.count <= 10_000, Set(seeds).count == seeds.count else { return nil }
    self.seeds = seeds
  }

  var argument: String { seeds.map(String.init).joined(separator: ",") }
}

extension Sweep {
  /// Every combination of what each factor can be, the last factor varying fastest.
  ///
  /// - Parameter factors: flags, each with its values.
  init(tasks: [String], factors: [[SweepFlag]], seeds: [UInt64]) {
    var combinations: [[SweepFlag]] = [[]]
    for factor in factors {
      combinations = combinations.flatMap { combination in factor.map { combination + [$0] } }
    }
    settings = tasks.flatMap { task in
      combinations.map { SweepSetting(task: task, flags: $0) }
    }
    self.seeds = seeds
  }

  /// What `--set` sweeps over: `noise=0.5,1,fixation=250` are two values of one parameter, and one of
  /// another.
  ///
  /// - Throws: `ProgramError` for values without a name, and a name that comes twice.
  static func factors(inSet words: [String]) throws -> [[SweepFlag]] {
    var factors: [[SweepFlag]] = []
    var names: [String] = []
    for word in words {
      let halves = word.split(separator: "=", maxSplits: 1).map(String.init)
      if word.contains("="), halves.count == 2 {
        guard !names.contains(halves[0]) else {
          throw ProgramError(
            "--set gives '\(halves[0])' twice; write all its values behind it: "
              + "\(halves[0])=A,B", .usage)
        }
        names.append(halves[0])
        factors.append([SweepFlag(name: "set", value: word)])
      } else if let name = names.last, !word.contains("=") {
        factors[factors.count - 1].append(SweepFlag(name: "set", value: "\(name)=\(word)"))
      } else {
        throw ProgramError("--set takes NAME=VALUE,VALUE,…; got '\(word)'", .usage)
      }
    }
    return factors
  }
}
