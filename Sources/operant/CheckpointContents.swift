import Gym
import Learning
import Runs

/// What a checkpoint holds, as named tensors.
///
///     decision.W_in …  decision.x0        the parameters, under the paper's names
///     decision.connections                1 where a recurrent connection exists, 0 elsewhere
///     decision.adam.first_moment …        laid out like all parameters one after the other
///     value.…                             the same of the value network
///     best.decision.W_in … best.value.…   the networks of the best validation
///     measures                            what updates since the last validation measured
///     recent_rewards                      what the latest updates earned, where a goal looks back
struct CheckpointContents {
  var snapshot: Snapshot
  /// The updates since the last validation.
  var measures: [Reinforce.Measures]

  private static let format = "operant checkpoint 1"

  init(_ snapshot: Snapshot, measures: [Reinforce.Measures]) {
    self.snapshot = snapshot
    self.measures = measures
  }

  // MARK: Writing

  func tensors() -> SafeTensors {
    var tensors: [String: Tensor] = [:]
    Self.add(snapshot.decision, snapshot.decisionOptimiser, as: "decision.", to: &tensors)
    Self.add(snapshot.value, snapshot.valueOptimiser, as: "value.", to: &tensors)
    var metadata = [
      "format": Self.format, "update": String(snapshot.update),
      "decision.adam.updates": String(snapshot.decisionOptimiser.updateCount),
      "value.adam.updates": String(snapshot.valueOptimiser.updateCount),
    ]
    metadata["validated_update"] = snapshot.validatedUpdate.map(String.init)
    if let best = snapshot.best {
      Self.add(best.decision, as: "best.decision.", to: &tensors)
      Self.add(best.value, as: "best.value.", to: &tensors)
      Self.add(best.validation, to: &metadata)
    }
    tensors["measures"] = Tensor(
      shape: [measures.count, 4],
      .float64(
        measures.flatMap {
          [$0.meanReward, Double($0.stepCount), $0.decisionGradientNorm, $0.valueLoss]
        }))
    if !snapshot.recentRewards.isEmpty {
      tensors["recent_rewards"] = Tensor(
        shape: [snapshot.recentRewards.count], .float64(snapshot.recentRewards))
    }
    return SafeTensors(tensors: tensors, metadata: metadata)
  }

  /// The best networks alone, for whoever evaluates them.
  static func best(_ best: Snapshot.Best) -> SafeTensors {
    var tensors: [String: Tensor] = [:]
    add(best.decision, as: "decision.", to: &tensors)
    add(best.value, as: "value.", to: &tensors)
    var metadata = ["format": format]
    add(best.validation, to: &metadata)
    return SafeTensors(tensors: tensors, metadata: metadata)
  }

  private static func add(
    _ network: Network, _ optimiser: Adam, as prefix: String, to tensors: inout [String: Tensor]
  ) {
    add(network.parameters, as: prefix, to: &tensors)
    tensors[prefix + "connections"] = Tensor(
      network.connections.exist.map { $0 ? 1 : 0 } as [Float])
    tensors[prefix + "adam.first_moment"] = Tensor(optimiser.firstMoment)
    tensors[prefix + "adam.second_moment"] = Tensor(optimiser.secondMoment)
  }

  private static func add(
    _ parameters: Parameters, as prefix: String, to tensors: inout [String: Tensor]
  ) {
    for block in parameters.blocks {
      tensors[prefix + block.name] = Tensor(
        Array(parameters.values[block.range]), shape: block.shape)
    }
  }

  private static func add(_ validation: Validation, to metadata: inout [String: String]) {
    metadata["best.update"] = String(validation.update)
    metadata["best.trials"] = String(validation.trials)
    metadata["best.reward"] = validation.meanReward.description
    metadata["best.decided"] = validation.decided?.description
    metadata["best.correct"] = validation.correct?.description
    metadata["best.opted_out"] = validation.optedOut?.description
    metadata["best.steps"] = validation.meanStepCount?.description
  }

  // MARK: Reading

  /// - Parameters:
  ///   - start: the networks the run started from, for their shapes.
  /// - Throws: `CheckpointContentError` if it is another network's.
  init(_ contents: SafeTensors, shapedLike start: Snapshot) throws(CheckpointContentError) {
    let reader = Reader(contents: contents)
    guard contents.metadata["format"] == Self.format else {
      throw .otherFormat(contents.metadata["format"] ?? "none", readable: Self.format)
    }
    snapshot = start
    snapshot.update = try reader.integer("update")
    snapshot.validatedUpdate =
      contents.metadata["validated_update"] == nil ? nil : try reader.integer("validated_update")
    (snapshot.decision, snapshot.decisionOptimiser) = try reader.network(
      "decision.", like: start.decision)
    (snapshot.value, snapshot.valueOptimiser) = try reader.network("value.", like: start.value)
    if contents.metadata["best.update"] != nil {
      snapshot.best = .init(
        decision: try reader.parameters("best.decision.", like: start.decision.parameters),
        value: try reader.parameters("best.value.", like: start.value.parameters),
        validation: try reader.validation())
    }
    measures = try reader.measures()
    snapshot.recentRewards = try reader.recentRewards()
  }

  /// How the networks did that `best` wrote.
  static func validation(in contents: SafeTensors) throws(CheckpointContentError) -> Validation {
    try Reader(contents: contents).validation()
  }

  /// The best networks, as `best` wrote them.
  static func best(
    in contents: SafeTensors, shapedLike start: Snapshot
  ) throws(CheckpointContentError) -> Snapshot.Best {
    let reader = Reader(contents: contents)
    return .init(
      decision: try reader.parameters("decision.", like: start.decision.parameters),
      value: try reader.parameters("value.", like: start.value.parameters),
      validation: try reader.validation())
  }
}

/// Takes a checkpoint apart, and trusts nothing in it.
private struct Reader {
  let contents: SafeTensors

  func integer(_ key: String) throws(CheckpointContentError) -> Int {
    guard let text = contents.metadata[key], let value = Int(text), value >= 0 else {
      throw .missing(key)
    }
    return value
  }

  func number(_ key: String) throws(CheckpointContentError) -> Double {
    guard let text = contents.metadata[key], let value = Double(text) else { throw .missing(key) }
    return value
  }

  func numberIfPresent(_ key: String) throws(CheckpointContentError) -> Double? {
    contents.metadata[key] == nil ? nil : try number(key)
  }

  func floats(_ name: String, shape: [Int]) throws(CheckpointContentError) -> [Float] {
    guard let tensor = contents.tensors[name], case .float32(let values) = tensor.values else {
      throw .missing(name)
    }
    guard tensor.shape == shape else {
      throw .otherShape(name, found: tensor.shape, expected: shape)
    }
    return values
  }

  func parameters(
    _ prefix: String, like example: Parameters
  ) throws(CheckpointContentError) -> Parameters {
    var parameters = example
    for block in example.blocks {
      parameters.values.replaceSubrange(
        block.range, with: try floats(prefix + block.name, shape: block.shape))
    }
    return parameters
  }

  func network(
    _ prefix: String, like example: Network
  ) throws(CheckpointContentError) -> (Network, Adam) {
    let exist = try floats(
      prefix + "connections", shape: [example.connections.exist.count])
    let count = example.parameters.values.count
    var optimiser = Adam(parameterCount: count)
    optimiser.firstMoment = try floats(prefix + "adam.first_moment", shape: [count])
    optimiser.secondMoment = try floats(prefix + "adam.second_moment", shape: [count])
    optimiser.updateCount = try integer(prefix + "adam.updates")
    return (
      Network(
        parameters: try parameters(prefix, like: example.parameters),
        connections: Connections(
          exist: exist.map { $0 != 0 }, inputsExist: example.connections.inputsExist)), optimiser
    )
  }

  func validation() throws(CheckpointContentError) -> Validation {
    Validation(
      update: try integer("best.update"), trials: try integer("best.trials"),
      meanReward: try number("best.reward"), decided: try numberIfPresent("best.decided"),
      correct: try numberIfPresent("best.correct"),
      optedOut: try numberIfPresent("best.opted_out"),
      meanStepCount: try numberIfPresent("best.steps"))
  }

  func recentRewards() throws(CheckpointContentError) -> [Double] {
    guard let tensor = contents.tensors["recent_rewards"] else { return [] }
    guard case .float64(let rewards) = tensor.values else { throw .missing("recent_rewards") }
    return rewards
  }

  func measures() throws(CheckpointContentError) -> [Reinforce.Measures] {
    guard let tensor = contents.tensors["measures"], case .float64(let values) = tensor.values,
      values.count % 4 == 0
    else { throw .missing("measures") }
    return stride(from: 0, to: values.count, by: 4).map {
      Reinforce.Measures(
        meanReward: values[$0], stepCount: Int(values[$0 + 1]),
        decisionGradientNorm: values[$0 + 2], valueLoss: values[$0 + 3])
    }
  }
}

/// A checkpoint that is whole, but not this run's.
enum CheckpointContentError: Error, Equatable, CustomStringConvertible {
  case otherFormat(String, readable: String)
  case missing(String)
  case otherShape(String, found: [Int], expected: [Int])

  var description: String {
    switch self {
    case .otherFormat(let format, let readable):
      "the checkpoint's format is '\(format)'; this run's is '\(readable)'"
    case .missing(let name):
      "the checkpoint has no '\(name)'; it was not written by this program"
    case .otherShape(let name, let found, let expected):
      "the checkpoint's '\(name)' has the shape \(found), this run's \(expected); "
        + "use the config.json it was trained with"
    }
  }
}
