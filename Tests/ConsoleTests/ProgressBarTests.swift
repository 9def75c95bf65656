import Testing

@testable import Console

@Suite("Progress bar")
struct ProgressBarTests {
  /// A clock that is set and a screen that can be read.
  final class Stage {
    var time = 0.0
    var written: [String] = []
  }

  let stage = Stage()
  let reading = ProgressBar.Reading(
    fraction: 0.45, fields: ["trials 4,500", "reward 0.75", "correct 76.5 %"])

  private func bar(isTerminal: Bool, environment: [String: String] = [:]) -> ProgressBar {
    let stage = stage
    return ProgressBar(
      "rdm", on: Terminal(isTerminal: isTerminal, environment: environment, width: { 60 }),
      now: { stage.time }, write: { stage.written.append($0) })
  }

  @Test("the bar fills the window, and what doesn't fit is left out from the end")
  func widths() {
    #expect(
      ProgressBar.bar("rdm", reading, width: 60)
        == "rdm ▕█████████           ▏  45 %  trials 4,500  reward 0.75")
    #expect(
      ProgressBar.bar("rdm", reading, width: 100)
        == "rdm ▕█████████████▌                ▏  45 %  trials 4,500  reward 0.75  correct 76.5 %")
    #expect(ProgressBar.bar("rdm", reading, width: 23) == "rdm ▕████▌     ▏  45 %")
    #expect(ProgressBar.bar("rdm", reading, width: 10) == "rdm  45 %")
    #expect(ProgressBar.bar("rdm", reading, width: 5) == "rdm ")
    #expect(ProgressBar.bar("rdm", reading, width: 0) == "")
  }

  @Test("no line is ever as wide as the window", arguments: 1...200)
  func neverWraps(width: Int) {
    #expect(ProgressBar.bar("rdm", reading, width: width).count < width)
  }

  @Test(
    "an eighth of a column is seen, and 100 % means done",
    arguments: [
      (0.0, "▕          ▏   0 %"), (0.0125, "▕▏         ▏   1 %"), (0.5, "▕█████     ▏  50 %"),
      (0.29, "▕██▉       ▏  29 %"),
      (0.999, "▕█████████▉▏  99 %"), (1.0, "▕██████████▏ 100 %"), (1.5, "▕██████████▏ 100 %"),
      (-1.0, "▕          ▏   0 %"),
    ])
  func eighths(fraction: Double, bar: String) {
    let reading = ProgressBar.Reading(fraction: fraction, fields: [])
    #expect(ProgressBar.bar("", reading, width: 20).hasPrefix(" " + bar))
  }

  @Test("what nobody can tell is an empty bar without a figure", arguments: [nil, Double.nan])
  func unknown(fraction: Double?) {
    let reading = ProgressBar.Reading(fraction: fraction, fields: ["trials 4"])
    #expect(ProgressBar.bar("rdm", reading, width: 28) == "rdm ▕           ▏  trials 4")
  }

  @Test("on a terminal one line is redrawn, ten times a second at most")
  func redraw() {
    var bar = bar(isTerminal: true)
    for frame in 0..<20 {
      stage.time = Double(frame) / 16
      bar.show(reading)
    }
    #expect(stage.written.count == 10)
    #expect(stage.written.allSatisfy { $0.hasPrefix("\rrdm ▕") && $0.hasSuffix("\u{1B}[K") })
  }

  @Test("elsewhere plain lines come five seconds apart, and important ones at once")
  func plainLines() {
    var bar = bar(isTerminal: false)
    for second in 0..<11 {
      stage.time = Double(second)
      bar.show(reading, isImportant: second == 2)
    }
    let line = "rdm  45 %  trials 4,500  reward 0.75  correct 76.5 %\n"
    // At 0, 2 (important) and 7 seconds.
    #expect(stage.written == [line, line, line])
  }

  @Test("a note stays, above the bar")
  func note() {
    var bar = bar(isTerminal: true)
    bar.show(reading)
    bar.note("best so far")
    bar.show(reading)
    bar.erase()
    bar.erase()
    #expect(stage.written[1...2] == ["\r\u{1B}[K", "best so far\n"])
    #expect(stage.written[3].hasPrefix("\rrdm ▕"))
    #expect(stage.written[4...] == ["\r\u{1B}[K"])
  }

  @Test("a reading nobody sees is not made")
  func lazy() {
    var bar = bar(isTerminal: true)
    var made = 0
    func read() -> ProgressBar.Reading {
      made += 1
      return reading
    }
    for _ in 0..<5 { bar.show(read()) }
    #expect(made == 1)
  }

  @Test("a dumb terminal gets plain lines")
  func dumb() {
    var bar = bar(isTerminal: true, environment: ["TERM": "dumb"])
    bar.show(reading)
    #expect(stage.written == ["rdm  45 %  trials 4,500  reward 0.75  correct 76.5 %\n"])
  }
}

@Suite("Terminal")
struct TerminalTests {
  private func terminal(_ isTerminal: Bool, _ environment: [String: String]) -> Terminal {
    Terminal(isTerminal: isTerminal, environment: environment, width: { 80 })
  }

  @Test("colours are for terminals, and for those who want them")
  func colours() {
    #expect(terminal(true, [:]).styled("x", .red) == "\u{1B}[31mx\u{1B}[0m")
    #expect(terminal(true, ["NO_COLOR": ""]).usesColour)
    #expect(terminal(true, ["NO_COLOR": "1"]).styled("x", .red) == "x")
    #expect(terminal(true, ["TERM": "dumb"]).styled("x", .red) == "x")
    #expect(terminal(false, [:]).styled("x", .red) == "x")
  }
}

@Suite("Figures")
struct FiguresTests {
  @Test("thousands have commas")
  func grouped() {
    #expect(
      [0, 999, 1000, 1_234_567, -1000].map(Figures.grouped) == [
        "0", "999", "1,000", "1,234,567", "−1,000",
      ])
    #expect(Figures.grouped(.min) == "−9,223,372,036,854,775,808")
  }

  @Test("shares are percentages of one decimal")
  func percent() {
    #expect([0.765, 1, .nan].map(Figures.percent) == ["76.5 %", "100.0 %", "–"])
  }

  @Test("what is left is rounded up")
  func duration() {
    #expect(
      [0, 0.2, 99, 99.5, 121, 5940, 5941, 7500, -1, .infinity].map(Figures.duration) == [
        "0 s", "1 s", "99 s", "2 min", "3 min", "99 min", "1 h 40 min", "2 h 05 min", "0 s", "–",
      ])
  }
}
