import Learning
import Runs

/// What became of the trials of a training, from the first on.
struct LocalRecord: Equatable {
  /// E of each.
  var errors: [Double] = []
  /// 0 for those that were answered rightly, 1 for the others; nil where actions are amounts.
  var wrong: [Double]?

  var count: Int { errors.count }

  /// What the criterion is about.
  var judged: [Double] { wrong ?? errors }
}

/// What a checkpoint of a training by the local rule holds, as named tensors.
///
///     J                   recurrent weights, [to × from]
///     B                   input weights, [to × input]
///     expectations        what a trial's error is held against
///     current_averages    x̄ of each unit
///     errors              E of each trial so far
///
/// and where actions are choices
///
///     most_earned         what the best trial so far has earned
///     wrong               0 for each trial that was answered rightly, 1 for the others
struct LocalCheckpoint: Equatable {
  var state: HebbianLearner.State
  var record: LocalRecord

  private static let format = "operant local checkpoint 1"

  init(_ state: HebbianLearner.State, _ record: LocalRecord) {
    self.state = state
    self.record = record
  }

  func tensors() -> SafeTensors {
    let network = state.network
    var tensors = [
      "J": Tensor(network.recurrent, shape: [network.units, network.units]),
      "B": Tensor(network.input, shape: [network.units, network.inputs]),
      "expectations": Tensor(state.expectations),
      "current_averages": Tensor(state.currentAverages), "errors": Tensor(record.errors),
    ]
    if let mostEarned = state.mostEarned { tensors["most_earned"] = Tensor([mostEarned]) }
    if let wrong = record.wrong { tensors["wrong"] = Tensor(wrong) }
    return SafeTensors(
      tensors: tensors,
      metadata: ["format": Self.format, "trials": String(state.trialCount)])
  }

  /// - Parameter start: the state the run started from, for its shapes.
  /// - Throws: `CheckpointContentError` if it is another network's.
  init(
    _ contents: SafeTensors, shapedLike start: HebbianLearner.State
  ) throws(CheckpointContentError) {
    let reader = try Reader(contents)
    guard let trials = contents.metadata["trials"].flatMap({ Int($0) }), trials >= 0 else {
      throw .missing("trials")
    }
    let n = start.network.units
    let isOfChoices = start.mostEarned != nil
    state = HebbianLearner.State(
      network: RateNetwork(
        units: n, inputs: start.network.inputs, response: start.network.response,
        recurrent: try reader.floats("J", [n, n]),
        input: try reader.floats("B", [n, start.network.inputs])),
      expectations: try reader.doubles("expectations", [start.expectations.count]),
      currentAverages: try reader.floats("current_averages", [n]), trialCount: trials,
      mostEarned: isOfChoices ? try reader.doubles("most_earned", [1])[0] : nil)
    record = LocalRecord(
      errors: try reader.doubles("errors", [trials]),
      wrong: isOfChoices ? try reader.doubles("wrong", [trials]) : nil)
  }

  /// What became of each trial so far.
  static func record(in contents: SafeTensors) throws(CheckpointContentError) -> LocalRecord {
    let reader = try Reader(contents)
    return LocalRecord(
      errors: try reader.doubles("errors"),
      wrong: contents.tensors["wrong"] == nil ? nil : try reader.doubles("wrong"))
  }

  /// Takes a checkpoint apart, and trusts nothing in it.
  private struct Reader {
    private let contents: SafeTensors

    init(_ contents: SafeTensors) throws(CheckpointContentError) {
      guard contents.metadata["format"] == format else {
        throw .otherFormat(contents.metadata["format"] ?? "none", readable: format)
      }
      self.contents = contents
    }

    private func tensor(
      _ name: String, _ shape: [Int]?
    ) throws(CheckpointContentError) -> Tensor {
      guard let tensor = contents.tensors[name] else { throw .missing(name) }
      if let shape, tensor.shape != shape {
        throw .otherShape(name, found: tensor.shape, expected: shape)
      }
      return tensor
    }

    func floats(_ name: String, _ shape: [Int]) throws(CheckpointContentError) -> [Float] {
      guard case .float32(let values) = try tensor(name, shape).values else { throw .missing(name) }
      return values
    }

    func doubles(
      _ name: String, _ shape: [Int]? = nil
    ) throws(CheckpointContentError) -> [Double] {
      guard case .float64(let values) = try tensor(name, shape).values else { throw .missing(name) }
      return values
    }
  }
}
