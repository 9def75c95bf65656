import Gym

/// Which recurrent connections exist.
///
/// Every unit hears exactly K others (fixed in-degree), chosen separately for the candidate and for
/// each gate. (Song, Yang & Wang 2017; reference program.)
public struct Connections: Equatable, Sendable {
  /// Of the parameters' `W_rec_gates`, then `W_rec`: whether the connection exists. Empty if all do.
  public let exist: [Bool]
  /// Whether an input reaches a unit, its gates included: [input × unit]. Empty if all do.
  public let inputsExist: [Bool]

  /// Every connection exists.
  public static let all = Connections(exist: [])

  public init(exist: [Bool], inputsExist: [Bool] = []) {
    self.exist = exist
    self.inputsExist = inputsExist
  }

  /// Draws K = ⌊p N⌋ inputs for each unit and matrix; all of them if p is 1.
  public init(
    probability: Double, units: Int, seed: UInt64, network: UInt64, inputsExist: [Bool] = []
  ) {
    precondition(probability > 0 && probability <= 1)
    self.inputsExist = inputsExist
    guard probability < 1 else {
      exist = []
      return
    }
    let inDegree = Int(probability * Double(units))
    // Columns 0..<2N are those of the gates, the rest the candidate's.
    let chosen = (0..<(3 * units)).map { column in
      var random = Random(
        seed: seed, stream: .connections, lane: network, trial: UInt64(column))
      return Self.choose(inDegree, of: units, using: &random)
    }
    var exist = [Bool](repeating: false, count: 3 * units * units)
    for (column, sources) in chosen.enumerated() {
      for source in sources {
        let isGate = column < 2 * units
        let place =
          isGate
          ? source * 2 * units + column
          : 2 * units * units + source * units + (column - 2 * units)
        exist[place] = true
      }
    }
    self.exist = exist
  }

  /// Which inputs reach which units: those of a mask only its units, all others all.
  ///
  /// - Parameters:
  ///   - channels: in the order of an observation.
  /// - Returns: [input × unit]; empty if there are no masks.
  /// - Precondition: masks name channels that there are, and units that there are.
  static func inputs(
    through masks: [InputMask], channels: [ChannelDescription], units: Int
  ) -> [Bool] {
    guard !masks.isEmpty else { return [] }
    return channels.flatMap { channel in
      let masks = masks.filter { $0.channels.contains(channel.name) }
      let row = (0..<units).map { unit in
        masks.isEmpty || masks.contains { $0.units.contains(unit) }
      }
      return (0..<channel.width).flatMap { _ in row }
    }
  }

  /// `count` different numbers below `bound`.
  private static func choose(_ count: Int, of bound: Int, using random: inout Random) -> [Int] {
    var pool = Array(0..<bound)
    for place in 0..<count {
      pool.swapAt(place, place + random.index(below: bound - place))
    }
    return Array(pool[0..<count])
  }

  /// Sets to zero, in an array laid out like the parameters, whatever belongs to a connection that
  /// does not exist.
  func clearAbsent(in values: UnsafeMutablePointer<Float>, shape: NetworkShape) {
    let places = ParameterPlaces(shape)
    for (place, exists) in exist.enumerated() where !exists {
      values[places.gateWeights + place] = 0
    }
    let n = shape.units
    for (place, exists) in inputsExist.enumerated() where !exists {
      let (input, unit) = (place / n, place % n)
      // The candidate's weight, and those of both gates.
      for column in 0..<3 { values[places.inputWeights + input * 3 * n + column * n + unit] = 0 }
    }
  }

  /// The connections without those to gates: what is left where gates stand open.
  func withoutGates(units n: Int) -> Connections {
    let candidate =
      exist.isEmpty ? [Bool](repeating: true, count: n * n) : Array(exist[(2 * n * n)...])
    return Connections(
      exist: [Bool](repeating: false, count: 2 * n * n) + candidate, inputsExist: inputsExist)
  }
}

extension Stream {
  /// Which connections exist.
  static let connections = Stream("connections")
  /// What weights start from.
  static let initialWeights = Stream("initial weights")
  /// The noise in a network's currents. The value network's is another.
  static let recurrentNoise = Stream("recurrent noise")
  static let valueNoise = Stream("value noise")
  /// Which action is taken.
  static let policy = Stream("policy")
}
