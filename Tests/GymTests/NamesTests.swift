import Gym
import Testing

@Suite("Names")
struct NamesTests {
  let preset = PresetDescription(
    name: "own", reference: "", timeStep: 10,
    training: TrainingAdvice(trialsPerUpdate: 2, validationTrials: 10, correctToReach: 0.9))
  let second = PresetDescription(
    name: "second", reference: "", timeStep: 20,
    training: TrainingAdvice(trialsPerUpdate: 2, validationTrials: 10, correctToReach: 0.9))

  var catalogue: Catalogue {
    Catalogue(
      .init(
        "Flash", Flash(), summary: "s", reference: "r", presets: [preset, second],
        aliases: [TaskAlias(name: "blink", preset: "second")]),
      .init("Echo", Echo(), summary: "s", reference: "r", presets: [preset]))
  }

  @Test(
    "a slip of the finger finds the name that was meant",
    arguments: [
      ("rdm_fxed", "rdm_fixed"),  // left out
      ("rdm_fixxed", "rdm_fixed"),  // twice
      ("rmd_fixed", "rdm_fixed"),  // swapped
      ("rdm-fixed", "rdm_fixed"),  // another
      ("RDM_FIXED", "rdm_fixed"),  // capitals
      ("rdm_tr", "rdm_rt"),
      ("economic", nil), ("xyzzy", nil), ("", nil),
      (String(repeating: "rdm_fixed", count: 12), nil),
    ] as [(String, String?)])
  func nearest(typed: String, meant: String?) {
    #expect(nearestName(to: typed, among: ["rdm_fixed", "rdm_rt", "multisensory"]) == meant)
  }

  @Test("among no names none is near")
  func none() {
    #expect(nearestName(to: "rdm", among: []) == nil)
  }

  @Test("at most a third of the letters may differ, but one always may")
  func third() {
    #expect(nearestName(to: "abcdxx", among: ["abcdef"]) == "abcdef")
    #expect(nearestName(to: "abcxxx", among: ["abcdef"]) == nil)
    #expect(nearestName(to: "ax", among: ["ab"]) == "ab")
  }

  @Test("a task is found by its name and by each alias, with the preset the name stands for")
  func find() throws {
    #expect(catalogue.names == ["Flash", "blink", "Echo"])
    let own = try catalogue.find("Flash")
    #expect(own.entry.description.name == "Flash" && own.preset == "own")
    let alias = try catalogue.find("blink")
    #expect(alias.entry.description.name == "Flash" && alias.preset == "second")
    #expect(alias.entry.preset(named: alias.preset)?.timeStep == 20)
    #expect(alias.entry.preset(named: "")?.name == "own")
    #expect(alias.entry.preset(named: "third") == nil)
  }

  @Test("an unknown task is answered with the nearest name, or with all if none is near")
  func unknownTask() {
    let near = #expect(throws: UnknownTask.self) { try catalogue.find("Flahs") }
    #expect(near?.description == "no task named 'Flahs'; did you mean 'Flash'?")
    let far = #expect(throws: UnknownTask.self) { try catalogue.find("xyzzy") }
    #expect(far?.description == "no task named 'xyzzy'; there are Flash, blink, Echo")
    let long = UnknownTask(name: String(repeating: "x", count: 1000), known: ["Echo"])
    #expect(
      long.description
        == "no task named '\(String(repeating: "x", count: 100))'; there are Echo")
  }

  @Test("a task is described by its own names")
  func description() {
    let flash = catalogue.entries[0].description
    #expect(flash.channels.map(\.name) == ["light", "ring", "side"])
    #expect(flash.channels.map(\.width) == [1, 3, 1])
    #expect(flash.observationSize == 5)
    #expect(flash.actions == .discrete(["wait", "left", "right", "leave"]))
    #expect(flash.epochs == ["light", "flash"])
    #expect(flash.conditions == [[Factor("side", -1)], [Factor("side", 1)]])
    #expect(flash.facts.map(\.name) == ["side", "onset", "choiceTime", "run"])
    #expect(flash.facts.map(\.unit) == ["", "ms", "ms", ""])
    #expect(flash.timeLimit == 100)
    #expect(flash.allowsLookAhead)
    #expect(!catalogue.entries[1].description.allowsLookAhead)
  }
}
