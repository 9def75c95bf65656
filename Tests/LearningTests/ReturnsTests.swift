import Glibc
import Testing

@testable import Learning

@Suite("Returns and advantages")
struct ReturnsTests {

  @Test("a return is what the rest of the trial earned")
  func returnsInTheHead() {
    #expect(returns(of: [0, 0, 8]) == [8, 8, 8])
    #expect(returns(of: [1, 2, 4]) == [7, 6, 4])
    #expect(returns(of: [-1]) == [-1])
    #expect(returns(of: []) == [])
  }

  @Test("returns agree with the literal sum")
  func literalSum() {
    var draws = Draws(seed: 3)
    let rewards = draws.normals(50)
    let wanted = literalReturns(of: rewards.map(Double.init))
    for (value, wanted) in zip(returns(of: rewards), wanted) {
      #expect(abs(Double(value) - wanted) < 1e-5)
    }
  }

  @Test("the first action is credited with its immediate reward, later ones with all that follows")
  func advantageRule() {
    #expect(advantages(of: [0, 0, 8], over: [1, 2, 3]) == [-1, 6, 5])
    #expect(advantages(of: [2, 1], over: [0, 0]) == [2, 1])
  }

  @Test("a trial of one action has one advantage, and one of none none")
  func shortTrials() {
    #expect(advantages(of: [-1], over: [-1]) == [0])
    #expect(advantages(of: [], over: []) == [])
  }

  @Test("holding on at first is worth +1 to a network that expects every trial to be an abort")
  func theDeadliestTrap() {
    // Let go at the third step, predictions of −1 throughout: only the first action is surprising.
    #expect(advantages(of: [0, 0, -1], over: [-1, -1, -1]) == [1, 0, 0])
  }

  @Test("without a time constant nothing is discounted")
  func noDiscount() {
    #expect(discountFactors(stepCount: 4, timeStep: 10, timeConstant: 0) == [1, 1, 1, 1])
    #expect(discountFactors(stepCount: 0, timeStep: 10, timeConstant: 0) == [])
  }

  @Test("discounting is from the start of the trial: the first action's reward counts in full")
  func discount() {
    // Steps of 10 ms and 10 s, as in the reaction-time task.
    let factors = discountFactors(stepCount: 276, timeStep: 10, timeConstant: 10_000)
    #expect(factors.count == 276)
    #expect(factors[0] == 1)
    #expect(Double(factors[1]).isClose(to: exp(-0.001)))
    #expect(Double(factors[100]).isClose(to: exp(-0.1)))
    #expect(Double(factors[275]).isClose(to: exp(-0.275)))
  }

  @Test("a reward is as late as its time, whatever the time step")
  func timeStep() {
    let fine = discountFactors(stepCount: 101, timeStep: 1, timeConstant: 50)
    let coarse = discountFactors(stepCount: 11, timeStep: 10, timeConstant: 50)
    for step in coarse.indices { #expect(coarse[step] == fine[10 * step]) }
    #expect(Double(coarse[5]).isClose(to: exp(-1)))
  }
}
