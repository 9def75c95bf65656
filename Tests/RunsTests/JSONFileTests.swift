import Testing

@testable import Runs

@Suite("JSON files")
struct JSONFileTests {
  struct Settings: Codable, Equatable {
    struct Learning: Codable, Equatable {
      var rate: Float = 0.004
      var clip: Double?
    }
    var seed: UInt64 = 18_446_744_073_709_551_615
    var learning = Learning()
    var tasks = ["rdm_fixed"]
  }

  let folder: TemporaryFolder
  var path: String { folder.path + "/config.json" }

  init() throws { folder = try TemporaryFolder() }

  @Test("keys are sorted, numbers short, and nothing is lost")
  func roundTrip() throws {
    try JSONFile.write(Settings(), to: path)
    #expect(
      try folder.text("config.json") == """
        {
          "learning" : {
            "rate" : 0.004
          },
          "seed" : 18446744073709551615,
          "tasks" : [
            "rdm_fixed"
          ]
        }

        """)
    #expect(try JSONFile.read(Settings.self, from: path) == Settings())
  }

  @Test("comments, bare keys and trailing commas are fine, and so is a null")
  func json5() throws {
    try folder.put(
      "{seed: 18446744073709551615, /* fast */ learning: {'rate': 0.004, clip: null,}, tasks: ['rdm_fixed']}",
      "config.json")
    #expect(try JSONFile.read(Settings.self, from: path) == Settings())
  }

  @Test(
    "says which key of which file is wrong",
    arguments: [
      (#"{"seed": 1, "learning": {}, "tasks": []}"#, "'learning.rate' is missing"),
      (
        #"{"seed": "x", "learning": {"rate": 1}, "tasks": []}"#,
        "'seed' should be a whole number"
      ),
      (
        #"{"seed": 1, "learning": {"rate": "x"}, "tasks": []}"#,
        "'learning.rate' should be a number"
      ),
      (
        #"{"seed": 1, "learning": {"rate": 1}, "tasks": [1]}"#, "'tasks.0' should be a string"
      ),
      (
        #"{"seed": 1, "learning": {"rate": 1}, "tasks": [], "sead": 2}"#,
        "'sead' is not known; there are learning, seed, tasks"
      ),
      (
        #"{"seed": 1, "learning": {"rate": 1, "rat": 2}, "tasks": []}"#,
        "'learning.rat' is not known; there are rate"
      ),
    ])
  func wrongKey(text: String, problem: String) throws {
    try folder.put(text, "config.json")
    let error = #expect(throws: JSONFileError.self) {
      try JSONFile.read(Settings.self, from: path)
    }
    #expect("\(try #require(error))" == "'\(path)': \(problem)")
  }

  @Test("what isn't JSON is refused with its place", arguments: ["", "{", "{\"seed\": 1,,}"])
  func notJSON(text: String) throws {
    try folder.put(text, "config.json")
    let error = #expect(throws: JSONFileError.self) {
      try JSONFile.read(Settings.self, from: path)
    }
    #expect("\(try #require(error))".hasPrefix("'\(path)': this is not JSON: "))
  }

  @Test("whether a value is there is told without knowing what it is")
  func presence() throws {
    try folder.put("{'seed': 3, learning: {rate: null}, 'tasks': [{rule: 1}]}", "config.json")
    #expect(try JSONFile.has(["learning", "rate"], in: path))
    #expect(try JSONFile.has(["seed"], in: path))
    #expect(try !JSONFile.has(["learning", "clip"], in: path))
    #expect(try !JSONFile.has(["seed", "rate"], in: path))
    #expect(try !JSONFile.has(["tasks", "rule"], in: path))
    try folder.put("{'seed': ", "config.json")
    #expect(throws: JSONFileError.self) { try JSONFile.has(["seed"], in: path) }
  }
}
