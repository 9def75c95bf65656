import Analysis
import Glibc
import Testing

@Suite("Sigmoid fits")
struct SigmoidFitTests {
  /// Biases in units of 0.1, as the paper's curves have them.
  let biases = (-5...5).map(Double.init)

  @Test(
    "a sigmoid's own points give it back, rising or falling",
    arguments: [
      (-1.0, 2.0, 1.5, 1.2), (0.9, -1.7, 0.4, 0.8), (-0.2, 0.5, 8, 2.5), (3, 40, 0.05, 0.6),
    ])
  func exact(a: Double, b: Double, c: Double, k: Double) throws {
    let points = biases.map { ($0, a + b / (1 + c * exp(-k * $0))) }
    let fit = try #require(SigmoidFit(fittedTo: points))
    #expect(fit.floor.isClose(to: a, within: 1e-6))
    #expect(fit.height.isClose(to: b, within: 1e-6))
    #expect(fit.offset.isClose(to: c, within: 1e-6))
    #expect(fit.steepness.isClose(to: k, within: 1e-6))
    #expect(fit.residual < 1e-12)
    #expect(fit.isDetermined)
    #expect(fit.response(at: 0).isClose(to: a + b / (1 + c), within: 1e-6))
  }

  @Test("a fit to scattered responses agrees with SciPy's curve_fit")
  func peer() throws {
    let responses = [-0.97, -0.99, -0.9, -0.85, -0.5, -0.1, 0.45, 0.7, 0.95, 0.9, 1.01]
    let fit = try #require(SigmoidFit(fittedTo: Array(zip(biases, responses))))
    #expect(fit.floor.isClose(to: -0.9952945158478522, within: 1e-6))
    #expect(fit.height.isClose(to: 1.9861275135722933, within: 1e-6))
    #expect(fit.offset.isClose(to: 1.1581687052049252, within: 1e-6))
    #expect(fit.steepness.isClose(to: 1.052546062589379, within: 1e-6))
    #expect(fit.residual.isClose(to: 0.015063740755163051, within: 1e-9))
  }

  @Test("the unit of the stimulus scales steepness and center, and nothing else")
  func units() throws {
    var draws = Draws(seed: 73)
    let points = biases.map { ($0, tanh($0 / 2 - 0.3) + 0.1 * draws.normal()) }
    let one = try #require(SigmoidFit(fittedTo: points))
    let other = try #require(SigmoidFit(fittedTo: points.map { (7 + $0.0 / 10, $0.1) }))
    #expect(other.steepness.isClose(to: 10 * one.steepness, within: 1e-6))
    #expect(other.center.isClose(to: 7 + one.center / 10, within: 1e-6))
    #expect(other.height.isClose(to: one.height, within: 1e-6))
    #expect(other.residual.isClose(to: one.residual, within: 1e-9))
  }

  @Test("what does not depend on the stimulus is level, and determines no curve")
  func flat() throws {
    let level = try #require(SigmoidFit(fittedTo: biases.map { ($0, 0.25) }))
    #expect(level.floor == 0.25)
    #expect(level.height == 0)
    #expect(level.residual == 0)
    #expect(!level.isDetermined)
    // As far as single responses go: the curve stays within what was seen.
    var draws = Draws(seed: 74)
    let noise = biases.flatMap { bias in draws.normals(55).map { (bias, 0.25 * $0) } }
    let fit = try #require(SigmoidFit(fittedTo: noise))
    for bias in biases { #expect(abs(fit.response(at: bias)) < 0.25) }
  }

  @Test("a step and a straight line end at the bounds, and are followed nonetheless")
  func bounds() throws {
    let step = try #require(SigmoidFit(fittedTo: biases.map { ($0, $0 > 0 ? 1 : -1) }))
    #expect(step.residual < 1e-6)
    #expect(step.center > 0 && step.center < 1)
    let line = try #require(SigmoidFit(fittedTo: biases.map { ($0, 0.1 * $0) }))
    #expect(!line.isDetermined)
    for bias in biases { #expect(abs(line.response(at: bias) - 0.1 * bias) < 0.01) }
  }

  @Test("four parameters need four stimuli")
  func few() {
    #expect(SigmoidFit(fittedTo: [(0, 0), (1, 0), (2, 1), (2, 2)]) == nil)
    #expect(SigmoidFit(fittedTo: [(0, 0), (1, 0), (2, 1), (3, 1)]) != nil)
    #expect(SigmoidFit(fittedTo: []) == nil)
  }
}
