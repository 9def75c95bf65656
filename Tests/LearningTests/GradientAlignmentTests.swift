import Envs
import Glibc
import Gym
import Testing

@testable import Learning

/// Which rules find the gradient: Figures 8 and 9 of Miconi 2017, as numbers measured from his program
/// (the reference's section on gradient alignment).
@Suite("Gradients of local rules")
struct GradientAlignmentTests {

  /// Of each rule with node perturbation, the median of seven networks.
  private func alignments() throws -> [ComparedRule: (correlation: Double, sameSign: Double)] {
    var found: [ComparedRule: [(Double, Double)]] = [:]
    for seed in UInt64(1)...7 {
      let environment = try catalogue.find("gradient_comparison").entry.makeEnvironment(
        [], .init(seed: seed, timeStep: 1, lookAhead: 300))
      let gradients = try GradientAlignment(in: environment, seed: seed).compare(pairs: 253)
      let reference = gradients[.nodePerturbation]!
      for (rule, values) in gradients {
        let sameSign = zip(values, reference).count { $0 * $1 > 0 }
        found[rule, default: []].append(
          (correlation(values, reference), Double(sameSign) / Double(values.count)))
      }
    }
    return found.mapValues { ($0.map(\.0).sorted()[3], $0.map(\.1).sorted()[3]) }
  }

  @Test("cubes and squares of fluctuations find the gradient, roots go against it")
  func alignment() throws {
    let found = try alignments()
    // Tolerances of the reference; in brackets what the author's program has.
    #expect((0.88...0.95).contains(found[.cubic]!.correlation), "0.914")
    #expect((0.94...0.98).contains(found[.signedSquare]!.correlation), "0.966")
    #expect(found[.postCubic]!.correlation > 0.99, "0.999")
    #expect(found[.exploratory]!.correlation > 0.97, "0.989")
    #expect(abs(found[.fluctuation]!.correlation) < 0.3, "0.12")
    #expect(found[.signedRoot]!.correlation < -0.3, "−0.60")
    // Ranges of ten seeds of the author's program.
    #expect((0.966...0.991).contains(found[.fluctuationFor10ms]!.correlation), "0.985")
    #expect(found[.fluctuationFor1ms]!.correlation > 0.999, "1.000")
    #expect((0.721...0.912).contains(found[.backpropagation]!.correlation), "0.807")

    #expect(found[.cubic]!.sameSign > 0.97, "0.990")
    #expect(found[.postCubic]!.sameSign > 0.99, "1.000")
    #expect((0.4...0.7).contains(found[.fluctuation]!.sameSign), "0.57")
    #expect(found[.signedRoot]!.sameSign < 0.4, "0.27")
  }

  @Test("a current relaxes by as much as it was perturbed, and cubes keep the perturbation")
  func relaxation() {
    for (seed, perturbation) in zip(UInt64(1)..., [10.0, -10, 10, -10]) {
      let relaxation = Relaxation(perturbation: perturbation, seed: seed)
      let rested = relaxation.currents[199]
      let sign = perturbation < 0 ? -1.0 : 1.0
      // A jump of a τth; then a tenth of what is left is lost in each step.
      #expect(abs(relaxation.currents[200] - rested - sign) < 1e-6)
      #expect(abs(relaxation.currents[210] - rested - sign * pow(0.9, 10)) < 1e-6)
      let fluctuations = relaxation.fluctuations[200...].map { $0 * sign }
      // Each x̄ moves by a tenth of δ, so all δ add up to ten times how far x̄ moves: hardly at all.
      let (lobe, tail) = (
        fluctuations.filter { $0 > 0 }.reduce(0, +), fluctuations.filter { $0 < 0 }.reduce(0, +)
      )
      #expect(lobe > 1 && abs(lobe + tail) < 0.02 * lobe)
      let cubes = fluctuations.map { $0 * $0 * $0 }
      #expect(cubes.reduce(0, +) > 0.9 * cubes.filter { $0 > 0 }.reduce(0, +))
    }
  }

  private func correlation(_ x: [Double], _ y: [Double]) -> Double {
    let n = Double(x.count)
    let (meanX, meanY) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      xx += (a - meanX) * (a - meanX)
      yy += (b - meanY) * (b - meanY)
      xy += (a - meanX) * (b - meanY)
    }
    return xy / (xx * yy).squareRoot()
  }
}
