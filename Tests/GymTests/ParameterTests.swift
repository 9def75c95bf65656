import Gym
import Testing

@Suite("Parameters")
struct ParameterTests {
  @Test("a setting takes the place of the task's own value, the last one if there are several")
  func settings() throws {
    let task = try Flash().applying([
      .init("timeLimit", [200]), .init("noise", [0.1]), .init("weights", [1, -2.5, 2.5]),
      .init("timeLimit", [300]),
    ])
    #expect(task.timeLimit == 300)
    #expect(task.noise == 0.1)
    #expect(task.weights == [1, -2.5, 2.5])
    #expect(try Flash().applying([]).timeLimit == 100)
  }

  @Test("an agent is told name, unit, range and the value the task has")
  func described() {
    var task = Flash()
    task.noise = 6.4
    let parameters = task.description.parameters
    #expect(
      parameters == [
        .init(
          name: "timeLimit", unit: "ms", meaning: "When a trial runs out.", defaultValue: [100],
          range: 50...1000, isList: false),
        // 6.4, not 6.400000095.
        .init(
          name: "noise", unit: "1/√ms", meaning: "How noisy the ring is.", defaultValue: [6.4],
          range: 0...10, isList: false),
        .init(
          name: "weights", unit: "", meaning: "Numbers without a use.", defaultValue: [0.5, 2],
          range: -2.5...2.5, isList: true),
      ])
  }

  @Test("the ends of the range belong to it")
  func ends() throws {
    #expect(try Flash().applying([.init("timeLimit", [50])]).timeLimit == 50)
    #expect(try Flash().applying([.init("timeLimit", [1000])]).timeLimit == 1000)
  }

  @Test(
    "a refusal says what came, what could have come and what to do",
    arguments: [
      (
        .init("timeLimti", [200]),
        "no parameter named 'timeLimti'; did you mean 'timeLimit'?"
      ),
      (
        .init("xyzzy", [200]),
        "no parameter named 'xyzzy'; this task has timeLimit, noise, weights"
      ),
      (.init("timeLimit", []), "'timeLimit' takes one number, got 0"),
      (.init("timeLimit", [100, 200]), "'timeLimit' takes one number, got 2"),
      (.init("weights", []), "'weights' takes at least one number, got 0"),
      (.init("timeLimit", [49]), "'timeLimit' is 49 ms; it can be 50 to 1000"),
      (.init("timeLimit", [1000.5]), "'timeLimit' is 1000.5 ms; it can be 50 to 1000"),
      (.init("timeLimit", [.nan]), "'timeLimit' is nan ms; it can be 50 to 1000"),
      (.init("timeLimit", [.infinity]), "'timeLimit' is inf ms; it can be 50 to 1000"),
      (
        .init("timeLimit", [100.5]),
        "'timeLimit' is 100.5 ms; it can only be a whole number"
      ),
      (.init("noise", [-1]), "'noise' is -1 1/√ms; it can be 0 to 10"),
      (.init("weights", [0, 3]), "'weights' is 3; it can be -2.5 to 2.5"),
    ] as [(ParameterSetting, String)])
  func refusals(setting: ParameterSetting, words: String) {
    let error = #expect(throws: ParameterError.self) {
      try Flash().applying([.init("noise", [1]), setting])
    }
    #expect(error?.description == words)
  }
}
