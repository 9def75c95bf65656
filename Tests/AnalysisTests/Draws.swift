import Gym

/// Numbers for tests, the same each time.
struct Draws {
  private var random: Random

  init(seed: UInt64) { random = Random(seed: seed, stream: Stream("analysis tests")) }

  mutating func normal() -> Double { Double(random.normal()) }

  mutating func normals(_ count: Int) -> [Double] { (0..<count).map { _ in normal() } }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in random.normal() } }

  mutating func index(below count: Int) -> Int { random.index(below: count) }

  mutating func uniform() -> Double { random.preciseUniform() }

  /// −1 or +1.
  mutating func sign() -> Double { random.index(below: 2) == 0 ? -1 : 1 }
}
