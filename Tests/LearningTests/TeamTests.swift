import Gym
import Testing

@testable import Learning

@Suite("Ranks")
struct TeamTests {
  // MARK: Sums

  /// Numbers of very different sizes, so that every order of adding them up gives other bits.
  private func numbers(ofShard shard: Int, count: Int) -> [Float] {
    var draws = Draws(seed: UInt64(shard))
    return zip(draws.normals(count, scale: 1), draws.normals(count, scale: 6)).map {
      $0 * Float(1 << Int(abs($1)))
    }
  }

  private func sum(shards count: Int, ranks: Int) throws -> [[UInt32]] {
    try ThreadTeam.each(of: ranks) { team in
      let shards = LaneShards(count: count, laneCount: 64, team: team)
      let parts = shards.own.map { FloatBuffer(self.numbers(ofShard: $0, count: 1001)) }
      try shards.sum(parts.map(\.numbers))
      return parts[0].numbers.map(\.bitPattern)
    }
  }

  @Test("16 shards come to the same bits on 1, 2, 4, 8 and 16 ranks, and on every one of them")
  func sameSum() throws {
    let alone = try sum(shards: 16, ranks: 1)[0]
    for ranks in [2, 4, 8, 16] {
      #expect(try sum(shards: 16, ranks: ranks) == .init(repeating: alone, count: ranks))
    }
  }

  @Test("numbers of shards that are no powers of two do so, too", arguments: [6, 12, 30])
  func oddSum(count: Int) throws {
    let alone = try sum(shards: count, ranks: 1)[0]
    for ranks in [2, 3, 6] {
      #expect(try sum(shards: count, ranks: ranks) == .init(repeating: alone, count: ranks))
    }
  }

  @Test("shards are added in pairs of neighbours, pairs in pairs")
  func tree() throws {
    // (1 + 2⁻²⁴) rounds to 1, so three small ones count only if they meet each other first.
    let small = Float(sign: .plus, exponent: -24, significand: 1)
    let parts = [[1], [small], [small], [small]].map { FloatBuffer($0) }
    try LaneShards(count: 4, laneCount: 4).sum(parts.map(\.numbers))
    #expect(parts[0].start[0] == 1 + 2 * small)
    #expect(((1 + small) + small) + small == 1)
  }

  @Test("every lane is of one shard, every shard of one rank, in their order")
  func lanes() throws {
    for (count, laneCount, ranks) in [(16, 37, 4), (3, 3, 3), (1, 10, 1), (6, 65, 2)] {
      let lanes = try ThreadTeam.each(of: ranks) { team -> [Int] in
        let shards = LaneShards(count: count, laneCount: laneCount, team: team)
        let lanes = shards.ownLanes.map { Array($0) }
        #expect(lanes.allSatisfy { !$0.isEmpty })
        #expect(lanes.count == count / ranks)
        return lanes.flatMap { $0 }.map { $0 + shards.lanes.lowerBound }
      }
      #expect(lanes.flatMap { $0 } == Array(0..<laneCount))
    }
  }

  // MARK: Agreements

  @Test("rank 0's bytes reach all, the largest number is known to all, one no is a no")
  func agreements() throws {
    for size in 1...9 {
      let told = try ThreadTeam.each(of: size) { team in
        (
          try team.spread(team.rank == 0 ? [1, 2, 3] : []),
          try team.largest(of: (team.rank * 5) % 7 - 3),
          try team.isUnanimous(true), try team.isUnanimous(team.rank != size - 1)
        )
      }
      let largest = (0..<size).map { ($0 * 5) % 7 - 3 }.max()
      for (bytes, number, all, butOne) in told {
        #expect(bytes == [1, 2, 3])
        #expect(number == largest)
        #expect(all && !butOne)
      }
    }
  }

  // MARK: Training

  private static let seed: UInt64 = 61

  private static var hyperparameters: Hyperparameters {
    var hyperparameters = HurriedDots.hyperparameters
    hyperparameters.shards = 4
    // Shards of 17 and 18 lanes, and one of 33 would be two tiles.
    hyperparameters.trialsPerUpdate = 70
    hyperparameters.validationTrials = 22
    hyperparameters.updateLimit = 6
    hyperparameters.regularisation = .init(rates: 0.01, absoluteWeights: 0.01, squaredWeights: 0.01)
    return hyperparameters
  }

  /// What a rank trains to.
  private struct Result: Sendable {
    let outcome: Training.Outcome
    let snapshot: Snapshot
    let validations: [Validation]
    let measures: [Reinforce.Measures]
  }

  private static func train(
    _ hyperparameters: Hyperparameters, as team: any Team, from start: Snapshot? = nil,
    goOn: (Training.Event) -> Bool = { _ in true }
  ) throws -> Result {
    func open(firstLane: UInt64, laneCount: Int) throws -> any Environment {
      let lanes = LaneShards(
        count: hyperparameters.shards, laneCount: laneCount, team: team
      ).lanes
      return try HurriedDots.open(
        seed: seed, firstLane: firstLane + UInt64(lanes.lowerBound), laneCount: lanes.count,
        lookAhead: hyperparameters.lookAhead)
    }
    let training = Training(
      from: try start ?? HurriedDots.opinionatedStart(hyperparameters, seed: seed),
      in: try open(firstLane: 0, laneCount: hyperparameters.trialsPerUpdate),
      validatingIn: try open(
        firstLane: Training.firstValidationLane, laneCount: hyperparameters.validationTrials),
      hyperparameters: hyperparameters, seed: seed, team: team)
    var validations: [Validation] = []
    var measures: [Reinforce.Measures] = []
    let outcome = try training.run { event in
      switch event {
      case .validated(let validation, _, _): validations.append(validation)
      case .updated(_, let measured): measures.append(measured)
      }
      return goOn(event)
    }
    return Result(
      outcome: outcome, snapshot: training.snapshot(), validations: validations,
      measures: measures)
  }

  @Test(
    "weights, optimisers, validations and measures are the same bits on 1, 2 and 4 ranks, and so is every rank's"
  )
  func sameTraining() throws {
    let alone = try Self.train(Self.hyperparameters, as: Solo())
    #expect(alone.outcome == .updateLimitReached)
    for ranks in [2, 4] {
      for result in try ThreadTeam.each(
        of: ranks, { try Self.train(Self.hyperparameters, as: $0) })
      {
        #expect(result.outcome == alone.outcome)
        #expect(result.snapshot == alone.snapshot)
        #expect(result.validations == alone.validations)
        #expect(result.measures == alone.measures)
      }
    }
  }

  @Test("shards change the last bits of a first update and nothing more")
  func shardsAreOneBatch() throws {
    var whole = Self.hyperparameters
    whole.updateLimit = 1
    var cut = whole
    whole.shards = 1
    cut.shards = 4
    let (one, four) = (
      try Self.train(whole, as: Solo()), try Self.train(cut, as: Solo())
    )
    let (first, second) = (one.measures[0], four.measures[0])
    #expect(first.stepCount == second.stepCount)
    #expect(abs(first.decisionGradientNorm / second.decisionGradientNorm - 1) < 1e-4)
    #expect(abs(first.valueLoss / second.valueLoss - 1) < 1e-5)
    #expect(abs(first.meanReward - second.meanReward) < 1e-6)
    // Adam's moments are the gradient but for a factor.
    for (a, b) in zip(
      one.snapshot.decisionOptimiser.firstMoment, four.snapshot.decisionOptimiser.firstMoment)
    {
      #expect(abs(a - b) < 1e-6)
    }
    #expect(one.snapshot.decision != four.snapshot.decision)
  }

  @Test("all ranks stop at the update at which one is asked to, and go on in any number")
  func stopping() throws {
    let alone = try Self.train(Self.hyperparameters, as: Solo())
    let stopped = try ThreadTeam.each(of: 4) { team in
      try Self.train(Self.hyperparameters, as: team) { event in
        if case .updated(4, _) = event { return team.rank != 2 }
        return true
      }
    }
    for result in stopped {
      #expect(result.outcome == .stopped)
      #expect(result.snapshot == stopped[0].snapshot)
      #expect(result.snapshot.update == 4)
    }
    let resumed = try ThreadTeam.each(of: 2) {
      try Self.train(Self.hyperparameters, as: $0, from: stopped[0].snapshot)
    }
    #expect(resumed.map(\.snapshot) == [alone.snapshot, alone.snapshot])
  }

  @Test("ranks whose weights differ by a bit are told so")
  func drift() throws {
    let fates = try ThreadTeam.each(of: 2) { team in
      var start = try HurriedDots.opinionatedStart(Self.hyperparameters, seed: Self.seed)
      if team.rank == 1 {
        start.value.parameters.values[3] = start.value.parameters.values[3].nextUp
      }
      do {
        _ = try Self.train(Self.hyperparameters, as: team, from: start)
        return "trained"
      } catch let error as TeamError {
        return "\(error)"
      }
    }
    #expect(fates.allSatisfy { $0.hasPrefix("ranks have different weights after update 0;") })
  }
}
