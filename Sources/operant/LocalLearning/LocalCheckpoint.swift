import Learning
import Runs

/// What a checkpoint of a training by the local rule holds, as named tensors.
///
///     J                   recurrent weights, [to × from]
///     B                   input weights, [to × input]
///     expectations        what a trial's error is held against
///     current_averages    x̄ of each unit
///     errors              E of each trial so far
struct LocalCheckpoint: Equatable {
  var state: HebbianLearner.State
  /// Of every trial, from the first.
  var errors: [Double]

  private static let format = "operant local checkpoint 1"

  init(_ state: HebbianLearner.State, errors: [Double]) {
    self.state = state
    self.errors = errors
  }

  func tensors() -> SafeTensors {
    let network = state.network
    return SafeTensors(
      tensors: [
        "J": Tensor(network.recurrent, shape: [network.units, network.units]),
        "B": Tensor(network.input, shape: [network.units, network.inputs]),
        "expectations": Tensor(state.expectations),
        "current_averages": Tensor(state.currentAverages), "errors": Tensor(errors),
      ],
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
    state = HebbianLearner.State(
      network: RateNetwork(
        units: n, inputs: start.network.inputs, response: start.network.response,
        recurrent: try reader.floats("J", [n, n]),
        input: try reader.floats("B", [n, start.network.inputs])),
      expectations: try reader.doubles("expectations", [start.expectations.count]),
      currentAverages: try reader.floats("current_averages", [n]), trialCount: trials)
    errors = try reader.doubles("errors", [trials])
  }

  /// E of each trial so far.
  static func errors(in contents: SafeTensors) throws(CheckpointContentError) -> [Double] {
    try Reader(contents).doubles("errors")
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
