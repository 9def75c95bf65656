import CKernels
import Gym

/// A few lanes of a rollout, and the decision network's state on them.
///
/// What a few dozen lanes need for a step stays in the processor's cache, and tiles are played side by
/// side. A product over other rows rounds differently, so which lanes share a tile is fixed.
final class Tile {
  /// The most lanes of a tile.
  static let size = 32

  let lanes: Range<Int>
  let units: GatedUnits
  let history: History
  /// π, [row × action], of every row of `history`.
  let policies: FloatBuffer
  private let noise: Float
  private let seed: UInt64
  private let laneCount: Int
  let firstLane: UInt64
  private var trials: [UInt64] = []
  /// Lane and trial of each row of the latest step, as random numbers are asked for.
  private var rowLanes: [UInt64] = []
  private var rowTrials: [UInt64] = []
  /// The step that comes next; the first acts on x₀ alone.
  private var step = 0
  private(set) var isPlaying = false
  /// Which rows of the latest step go on, if not all do.
  private var survivors: [Int]?

  /// - Parameter laneCount: how many lanes the environment has in all.
  init(
    _ lanes: Range<Int>, of laneCount: Int, firstLane: UInt64, units: GatedUnits, noise: Float,
    seed: UInt64, stepCount: Int, isRemembered: Bool
  ) {
    self.lanes = lanes
    self.units = units
    self.noise = noise
    self.seed = seed
    self.laneCount = laneCount
    self.firstLane = firstLane
    history = History(
      units.shape, laneCount: lanes.count, stepCount: stepCount, isKept: isRemembered)
    policies = FloatBuffer(count: lanes.count * stepCount * units.shape.outputs)
  }

  /// Starts a trial on each lane. `trials` has the numbers of all lanes' trials.
  func begin(_ trials: [UInt64], with parameters: UnsafeMutablePointer<Float>) {
    self.trials = trials
    step = 0
    isPlaying = true
    survivors = nil
    history.begin(lanes: Array(lanes))
    nameRows()
    units.begin(history, with: parameters)
  }

  /// Answers every step that `frame` shows.
  ///
  /// - Parameter choices: [step × lane], for all lanes of the environment; this tile's are written.
  func act(
    on frame: Frame, stepCount: Int, with parameters: UnsafeMutablePointer<Float>,
    into choices: UnsafeMutablePointer<UInt8>
  ) {
    guard isPlaying else { return }
    for entry in 0..<stepCount {
      if step > 0 {
        history.extend(goingOn: survivors)
        if survivors != nil { nameRows() }
        survivors = nil
        hear(frame, entry, with: parameters)
      }
      choose(with: parameters, into: choices + entry * laneCount)
      step += 1
    }
  }

  /// Takes the lanes whose trials have ended out of the game.
  ///
  /// - Parameter stepCounts: by lane, how many actions an ended trial took; 0 where one goes on.
  func drop(lanesThatEndedIn stepCounts: [Int]) {
    guard isPlaying else { return }
    let goingOn = latest.lanes.indices.filter { stepCounts[latest.lanes[$0]] == 0 }
    survivors = goingOn.count == latest.lanes.count ? nil : goingOn
    isPlaying = !goingOn.isEmpty
  }

  private var latest: History.Step { history.steps[history.steps.count - 1] }

  private func nameRows() {
    rowLanes = latest.lanes.map { firstLane &+ UInt64($0) }
    rowTrials = latest.lanes.map { trials[$0] }
  }

  /// Takes the state to the step that entry `entry` of the frame shows.
  private func hear(_ frame: Frame, _ entry: Int, with parameters: UnsafeMutablePointer<Float>) {
    let (lanes, rows) = (latest.lanes, latest.rows)
    let (k, n) = (units.shape.inputs, units.shape.units)
    frame.observations.withUnsafeBufferPointer { observations in
      for (row, lane) in zip(rows, lanes) {
        let input = history.inputs.start + row * (k + 1)
        input.update(
          from: observations.baseAddress! + (entry * laneCount + lane) * k, count: k)
        input[k] = 1
      }
    }
    units.hearInputs(history, rows: rows, with: parameters)
    operant_add_normals(
      rows.count, n, 3 * n, history.drive.start + rows.lowerBound * 3 * n, noise, seed,
      Stream.recurrentNoise.key, rowLanes, rowTrials, UInt64(step))
    units.advance(history, to: history.steps.count - 1, with: parameters)
  }

  /// Draws every lane's action from its policy.
  private func choose(
    with parameters: UnsafeMutablePointer<Float>, into choices: UnsafeMutablePointer<UInt8>
  ) {
    let (lanes, rows) = (latest.lanes, latest.rows)
    let count = units.shape.outputs
    let policies = self.policies.start + rows.lowerBound * count
    units.readOut(history, rows: rows, with: parameters, into: policies)
    operant_softmax(rows.count, count, policies)
    for (row, lane) in lanes.enumerated() {
      var random = Random(
        seed: seed, stream: .policy, lane: rowLanes[row], trial: rowTrials[row],
        step: UInt64(step))
      let policy = UnsafeBufferPointer(start: policies + row * count, count: count)
      choices[lane] = UInt8(draw(from: policy, at: random.uniform()))
    }
  }

  /// The index in whose share of the policy `point`, in 0..<1, lies.
  private func draw(from policy: UnsafeBufferPointer<Float>, at point: Float) -> Int {
    var sum: Float = 0
    for index in 0..<(policy.count - 1) {
      sum += policy[index]
      if point < sum { return index }
    }
    return policy.count - 1
  }
}
