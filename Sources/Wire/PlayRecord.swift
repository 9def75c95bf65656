import Gym

/// What has been played on some lanes since their trials began: enough to bring another server to the
/// same point.
///
/// A trial is a pure function of seed, lane, number and actions, so numbers and actions are all there is
/// to keep. Lanes need not be in step with each other: each is begun again at the row where it began, and
/// the actions of lanes that have not begun are ignored.
///
///     row             0    1    2    3   (4)
///     lane 0          begin ───────────▶          begin lane 0; rows 0, 1;
///     lane 1                    begin ─▶          begin lane 1; rows 2, 3
///
/// It never grows beyond twice the longest trial.
struct PlayRecord {
  private(set) var lanes: [Lane]
  /// The actions of each step, as they lie in memory: [row × step × lane], and × width of amounts.
  private var rows: [UInt8] = []
  private let lookAhead: Int
  private let shape: ActionShape
  private let mostRows: Int
  private let restartRule: RestartRule

  /// The trial of one lane.
  struct Lane: Equatable {
    var hasBegun = false
    var isPlaying = false
    var trial: UInt64 = 0
    var condition: Int?
    /// The row of its first action; nil if there is none, or nobody will ask for it any more.
    var firstRow: Int?
  }

  init(
    laneCount: Int, lookAhead: Int, stepLimit: Int, restartRule: RestartRule, actions: ActionShape
  ) {
    lanes = .init(repeating: Lane(), count: laneCount)
    self.lookAhead = lookAhead
    shape = actions
    mostRows = 2 * stepLimit + 2
    self.restartRule = restartRule
  }

  /// Whether there is a trial that can be played again, if only to its end.
  var hasTrials: Bool { lanes.contains { $0.firstRow != nil } }

  private var rowCount: Int { rows.count / rowSize }

  /// In bytes.
  private var rowSize: Int { lookAhead * lanes.count * actionSize }

  /// Bytes of one lane's action.
  private var actionSize: Int {
    switch shape {
    case .choices: 1
    case .amounts(let width, _): width * MemoryLayout<Float>.size
    }
  }

  // MARK: Writing down

  /// Trials have begun.
  mutating func noteBegin(_ orders: [TrialOrder]) {
    if orders.count == lanes.count { rows.removeAll(keepingCapacity: true) }
    for order in orders {
      lanes[order.lane] = Lane(
        hasBegun: true, isPlaying: true, trial: order.trial ?? nextTrial(of: order.lane),
        condition: order.condition, firstRow: rowCount)
    }
  }

  /// The number that the lane's next trial has unless another is asked for.
  func nextTrial(of lane: Int) -> UInt64 { lanes[lane].hasBegun ? lanes[lane].trial &+ 1 : 0 }

  /// A step has been carried out and led to `frame`.
  mutating func noteStep(_ actions: Actions, ledTo frame: Frame) {
    switch actions {
    case .choices(let choices): choices.withUnsafeBytes { noteStep($0, ledTo: frame) }
    case .amounts(let amounts): amounts.withUnsafeBytes { noteStep($0, ledTo: frame) }
    }
  }

  private mutating func noteStep(_ actions: UnsafeRawBufferPointer, ledTo frame: Frame) {
    precondition(actions.count == rowSize)
    // With nobody playing and nobody about to, a step changes nothing.
    guard restartRule != .disabled || lanes.contains(where: \.isPlaying) else { return }
    if rowCount >= mostRows { prune() }
    rows.append(contentsOf: actions)
    if restartRule == .nextStep {
      for lane in lanes.indices where frame.stages[lane] == .first { noteRestart(of: lane) }
    }
    for ended in frame.endedTrials {
      lanes[ended.lane].isPlaying = false
      if restartRule == .sameStep { noteRestart(of: ended.lane) }
    }
  }

  private mutating func noteRestart(of lane: Int) {
    lanes[lane] = Lane(
      hasBegun: true, isPlaying: true, trial: lanes[lane].trial &+ 1, firstRow: rowCount)
  }

  /// Forgets the rows before the first that is still of use.
  private mutating func prune() {
    let first = lanesToReplay().compactMap { lanes[$0].firstRow }.min() ?? rowCount
    rows.removeFirst(first * rowSize)
    for lane in lanes.indices {
      lanes[lane].firstRow = lanes[lane].firstRow.flatMap { $0 < first ? nil : $0 - first }
    }
  }

  // MARK: Taking apart and putting together

  /// What has been played on some of the lanes, which are counted from 0 again.
  func part(of range: Range<Int>) -> PlayRecord {
    var part = self
    part.lanes = Array(lanes[range])
    part.rows.removeAll()
    for start in stride(from: 0, to: rows.count, by: lanes.count * actionSize) {
      part.rows +=
        rows[(start + range.lowerBound * actionSize)..<(start + range.upperBound * actionSize)]
    }
    return part
  }

  /// What has been played on the lanes of all parts, one part after the other.
  ///
  /// Rows are counted from the last: it is the same step for every part on which anybody is playing. What
  /// a part lacks in the beginning is filled up with actions of nobody.
  init(joining parts: [PlayRecord]) {
    precondition(!parts.isEmpty, "nothing to join")
    self = parts[0]
    let rowCount = parts.map(\.rowCount).max()!
    lanes = []
    rows = []
    for part in parts {
      lanes += part.lanes.map { lane in
        var lane = lane
        lane.firstRow = lane.firstRow.map { $0 + rowCount - part.rowCount }
        return lane
      }
    }
    for row in 0..<rowCount {
      for step in 0..<lookAhead {
        for part in parts {
          let size = part.lanes.count * actionSize
          let start = ((row - rowCount + part.rowCount) * lookAhead + step) * size
          rows +=
            start < 0 ? ArraySlice(repeating: 0, count: size) : part.rows[start..<start + size]
        }
      }
    }
  }

  // MARK: Playing again

  /// The lanes whose trials another server has to be taken through: those under way, and those that
  /// the next step will restart. If there are none, the one that ended last: it is then clear to the
  /// server that playing has begun.
  func lanesToReplay() -> [Int] {
    let needed = lanes.indices.filter {
      lanes[$0].isPlaying || restartRule == .nextStep && lanes[$0].hasBegun
    }
    if !needed.isEmpty { return needed }
    let last = lanes.indices.filter { lanes[$0].firstRow != nil }.max { a, b in
      lanes[a].firstRow! < lanes[b].firstRow!
    }
    return last.map { [$0] } ?? []
  }

  /// Repeats everything, in order.
  func replay(begin: ([TrialOrder]) throws -> Void, step: (Actions) throws -> Void) rethrows {
    let needed = lanesToReplay()
    guard let first = needed.compactMap({ lanes[$0].firstRow }).min() else { return }
    for row in first...rowCount {
      let orders = needed.filter { lanes[$0].firstRow == row }.map {
        TrialOrder(lane: $0, trial: lanes[$0].trial, condition: lanes[$0].condition)
      }
      if !orders.isEmpty { try begin(orders) }
      if row < rowCount { try step(actions(of: row)) }
    }
  }

  private func actions(of row: Int) -> Actions {
    let bytes = rows[(row * rowSize)..<((row + 1) * rowSize)]
    return switch shape {
    case .choices: .choices(Array(bytes))
    case .amounts:
      .amounts(
        bytes.withUnsafeBytes { bytes in
          stride(from: 0, to: rowSize, by: MemoryLayout<Float>.size).map {
            bytes.loadUnaligned(fromByteOffset: $0, as: Float.self)
          }
        })
    }
  }
}
