/// A task's inputs, by name, in the order in which they stand in an observation.
///
///     enum Channel: Int, ObservationChannel { case fixation, left, right }
///
/// A channel is one number unless it says it is wider: a ring of 32 tuned units is one channel of
/// width 32.
public protocol ObservationChannel: CaseIterable, Hashable, Sendable, RawRepresentable<Int> {
  /// How many numbers the channel takes; 1 unless declared otherwise.
  var width: Int { get }
}

extension ObservationChannel {
  @inlinable public var width: Int { 1 }

  /// Where the channel's numbers begin.
  @inlinable public var offset: Int {
    var offset = 0
    for index in 0..<rawValue { offset += Self(rawValue: index)?.width ?? 0 }
    return offset
  }

  /// How many numbers one observation has.
  @inlinable public static var size: Int { allCases.reduce(0) { $0 + $1.width } }
}

/// What the subject senses in one time step. Starts at zero on every channel.
///
///     input[.fixation] = 1
///     input.addNoise(1.414, to: .left, .right)
public struct Observation<Channel: ObservationChannel> {
  /// One lane's stretch of the frame.
  @usableFromInline let values: UnsafeMutableBufferPointer<Float>
  /// √Δt, in √ms.
  @usableFromInline let rootTimeStep: Float
  @usableFromInline var random: Random

  @inlinable
  init(
    values: UnsafeMutableBufferPointer<Float>, rootTimeStep: Float, random: Random
  ) {
    self.values = values
    self.rootTimeStep = rootTimeStep
    self.random = random
  }

  /// The first number of a channel.
  @inlinable
  public subscript(channel: Channel) -> Float {
    get { values[channel.offset] }
    nonmutating set { values[channel.offset] = newValue }
  }

  /// Number `index` of a wide channel.
  @inlinable
  public subscript(channel: Channel, index: Int) -> Float {
    get { values[channel.offset + index] }
    nonmutating set {
      precondition(index >= 0 && index < channel.width)
      values[channel.offset + index] = newValue
    }
  }

  /// Adds white noise to a channel, independently for each of its numbers.
  ///
  ///     u ← u + σ z / √Δt,   z standard normal
  ///
  /// - Parameter sigma: σ, per √ms, so that steps of 10 ms and of 20 ms are the same experiment.
  @inlinable
  public mutating func addNoise(_ sigma: Float, to channels: Channel...) {
    let scale = sigma / rootTimeStep
    for channel in channels {
      for index in channel.offset..<(channel.offset + channel.width) {
        values[index] += scale * random.normal()
      }
    }
  }
}
