import Gym
import Testing

@testable import Wire

@Suite("Connections without a handshake")
struct HandshakeTests {
  private let start = ContinuousClock.now
  private let longest = Duration.seconds(6)

  @Test("who ends without an outcome is counted at once if no handshake is under way")
  func alone() {
    var handshakes = Handshakes(longest: longest)
    // An agent that stays, one that comes and goes, and one that is turned away.
    for descriptor: UInt32 in [1, 2, 3] {
      handshakes.noteBeginning(of: descriptor, at: start)
      handshakes.noteOutcome()
      #expect(handshakes.settle() == 0)
      if descriptor > 1 { handshakes.noteEnd(of: descriptor) }
      #expect(handshakes.settle() == 0)
    }
    // Descriptors are given again.
    for descriptor: UInt32 in [2, 2, 3] {
      handshakes.noteBeginning(of: descriptor, at: start)
      #expect(handshakes.settle() == 0)
      handshakes.noteEnd(of: descriptor)
      #expect(handshakes.settle() == 1)
    }
    handshakes.noteEnd(of: 1)
    handshakes.noteEnd(of: 7)
    #expect(handshakes.settle() == 0)
    #expect(!handshakes.isWaiting)
  }

  @Test("beside a handshake that is under way it takes as long as that can last")
  func beside() {
    var handshakes = Handshakes(longest: longest)
    handshakes.noteBeginning(of: 1, at: start)
    handshakes.noteBeginning(of: 2, at: start)
    handshakes.noteOutcome()
    handshakes.noteEnd(of: 2)
    // Either was the one whose handshake has succeeded.
    handshakes.noteTime(start + longest)
    #expect(handshakes.settle() == 0)
    #expect(handshakes.isWaiting)
    handshakes.noteTime(start + longest + .milliseconds(1))
    #expect(handshakes.settle() == 1)
    handshakes.noteEnd(of: 1)
    #expect(handshakes.settle() == 0)
  }

  @Test("where somebody may stay who never shakes hands only ends count")
  func older() {
    var handshakes = Handshakes(longest: nil)
    handshakes.noteBeginning(of: 1, at: start)
    handshakes.noteTime(start + .seconds(3600))
    #expect(handshakes.settle() == 0)
    #expect(!handshakes.isWaiting)
    handshakes.noteEnd(of: 1)
    #expect(handshakes.settle() == 1)
  }

  @Test("a second outcome of one connection hides nobody who comes later")
  func twoOutcomes() {
    var handshakes = Handshakes(longest: longest)
    handshakes.noteBeginning(of: 1, at: start)
    for _ in 0..<2 { handshakes.noteOutcome() }
    handshakes.noteEnd(of: 1)
    #expect(handshakes.settle() == 0)
    handshakes.noteBeginning(of: 1, at: start)
    handshakes.noteEnd(of: 1)
    #expect(handshakes.settle() == 1)
  }

  @Test("however connections overlap, never too many are counted, and in the end all")
  func crowd() {
    var random = Random(seed: 5, stream: Stream("crowd"))
    var told = 0
    for _ in 0..<200 {
      var handshakes = Handshakes(longest: longest)
      var now = start
      var open: [(descriptor: UInt32, start: ContinuousClock.Instant, isMute: Bool, isOver: Bool)] =
        []
      var (mute, counted) = (0, 0)
      func end(_ index: Int) {
        let connection = open.remove(at: index)
        if connection.isMute {
          mute += 1
        } else if !connection.isOver {
          // Handshakes fail that are not over when their connection ends.
          handshakes.noteOutcome()
        }
        handshakes.noteEnd(of: connection.descriptor)
      }
      for _ in 0..<60 {
        now += .seconds(random.index(below: 2))
        // Nobody is given longer than a handshake may take.
        while let index = open.firstIndex(where: { !$0.isOver && now - $0.start >= longest }) {
          end(index)
        }
        let free = (0..<5 as Range<UInt32>).first { number in
          !open.contains { $0.descriptor == number }
        }
        switch random.index(below: 3) {
        case 0:
          guard let free else { continue }
          open.append((free, now, random.index(below: 2) == 0, false))
          handshakes.noteBeginning(of: free, at: now)
        case 1:
          guard let index = open.firstIndex(where: { !$0.isMute && !$0.isOver }) else { continue }
          open[index].isOver = true
          handshakes.noteOutcome()
        default:
          if !open.isEmpty { end(random.index(below: open.count)) }
        }
        handshakes.noteTime(now)
        counted += handshakes.settle()
        #expect(counted <= mute)
      }
      while !open.isEmpty { end(0) }
      counted += handshakes.settle()
      #expect(counted == mute)
      told += counted
    }
    #expect(told > 1000)
  }
}
