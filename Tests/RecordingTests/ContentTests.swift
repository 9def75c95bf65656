import CHDF5
import Recording
import Testing

@Suite("What is in a recording")
struct ContentTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func record(_ trials: [RecordedTrial], _ description: RecordingDescription) throws
    -> RecordedFile
  {
    let path = folder.path + "/recording.nwb"
    let file = try NWBFile(creating: path, description: description)
    for trial in trials { try file.append(trial) }
    try file.close()
    return try RecordedFile(path)
  }

  @Test("steps of all trials stand one after the other, a row each, in every series")
  func series() throws {
    let recorded = try record(
      [smallTrial(stepCount: 2), smallTrial(stepCount: 3, first: 2)], smallDescription())
    let one: [Float] = [0, 100, 200, 300, 400]
    let two = one.flatMap { [$0, $0 + 1] }
    let three = one.flatMap { [$0, $0 + 1, $0 + 2] }
    #expect(try recorded.floats("/stimulus/presentation/inputs/data") == two)
    #expect(try recorded.floats("/acquisition/decision_rates/data") == two)
    #expect(try recorded.floats("/acquisition/policy/data") == three)
    #expect(try recorded.integers("/acquisition/actions/data") == [0, 1, 2, 0, 1])
    #expect(try recorded.floats("/acquisition/rewards/data") == one)
    #expect(try recorded.floats("/acquisition/value_rates/data") == one)
    #expect(try recorded.floats("/acquisition/value/data") == one)
    #expect(try recorded.shape("/acquisition/decision_rates/data") == [5, 2])
    #expect(try recorded.shape("/acquisition/value_rates/data") == [5, 1])
    #expect(try recorded.shape("/acquisition/value/data") == [5])
  }

  @Test(
    "each series begins at 0 s and has a row every Δt",
    arguments: [
      "/stimulus/presentation/inputs", "/acquisition/decision_rates", "/acquisition/policy",
      "/acquisition/actions", "/acquisition/rewards", "/acquisition/value_rates",
      "/acquisition/value",
    ])
  func time(series: String) throws {
    let recorded = try record([smallTrial(stepCount: 2)], smallDescription())
    #expect(try recorded.doubles(series + "/starting_time") == [0])
    // 1000 ms / 20 ms
    #expect(try recorded.number("rate", of: series + "/starting_time") == 50)
    #expect(try recorded.attribute("unit", of: series + "/starting_time") == "seconds")
    #expect(try recorded.attribute("neurodata_type", of: series) == "TimeSeries")
    #expect(try !recorded.attribute("unit", of: series + "/data").isEmpty)
  }

  @Test("the table of trials tells when each was, and in which rows")
  func times() throws {
    let trials = "/intervals/trials"
    let recorded = try record(
      [smallTrial(stepCount: 2), smallTrial(stepCount: 3, first: 2), smallTrial(stepCount: 1)],
      smallDescription())
    #expect(try recorded.doubles(trials + "/start_time") == [0, 0.04, 0.1])
    #expect(try recorded.doubles(trials + "/stop_time") == [0.04, 0.1, 0.12])
    #expect(try recorded.integers(trials + "/first_step") == [0, 2, 5])
    #expect(try recorded.integers(trials + "/step_count") == [2, 3, 1])
    #expect(try recorded.integers(trials + "/id") == [0, 1, 2])
    #expect(try recorded.attribute("neurodata_type", of: trials) == "TimeIntervals")
    #expect(
      try recorded.attributes("colnames", of: trials) == [
        "start_time", "stop_time", "first_step", "step_count", "condition", "choice", "coherence",
        "correct",
      ])
  }

  @Test("columns of each kind hold what they were given")
  func columns() throws {
    let recorded = try record(
      [
        smallTrial(stepCount: 1, row: [3, "rechts, größer", -12.8, true]),
        smallTrial(stepCount: 1, row: [-4, "", .number(.nan), false]),
      ], smallDescription())
    #expect(try recorded.integers("/intervals/trials/condition") == [3, -4])
    #expect(try recorded.texts("/intervals/trials/choice") == ["rechts, größer", ""])
    let coherences = try recorded.doubles("/intervals/trials/coherence")
    #expect(coherences[0] == -12.8)
    #expect(coherences[1].isNaN)
    #expect(try recorded.booleans("/intervals/trials/correct") == [true, false])
    #expect(
      try recorded.attribute("description", of: "/intervals/trials/coherence") == "In percent.")
  }

  @Test("columns of the series have names")
  func labels() throws {
    let recorded = try record([smallTrial(stepCount: 1)], smallDescription())
    let labels = "/processing/misc/"
    #expect(try recorded.texts(labels + "channels/label") == ["fixation", "motion"])
    #expect(try recorded.texts(labels + "action_names/label") == ["fixate", "left", "right"])
    #expect(try recorded.texts(labels + "decision_units/label") == ["first", "second"])
    #expect(try recorded.texts(labels + "value_units/label") == ["only"])
    #expect(try recorded.integers(labels + "channels/id") == [0, 1])
  }

  @Test("a recording says what and whose it is, and reads no clock")
  func session() throws {
    let recorded = try record([smallTrial(stepCount: 1)], smallDescription())
    #expect(try recorded.attribute("neurodata_type", of: "/") == "NWBFile")
    #expect(try recorded.attribute("namespace", of: "/") == "core")
    #expect(try recorded.attribute("nwb_version", of: "/") == "2.9.0")
    #expect(try recorded.text("/identifier") == "small")
    #expect(try recorded.text("/session_description") == "Trials that a test made up.")
    #expect(
      try recorded.text("/general/experiment_description") == "The subject says left or right.")
    #expect(try recorded.texts("/general/keywords") == ["motion"])
    #expect(try recorded.texts("/general/was_generated_by") == ["operant", "0.1.0"])
    #expect(try recorded.shape("/general/was_generated_by") == [1, 2])
    #expect(try recorded.text("/general/subject/subject_id") == "nobody")
    for date in ["session_start_time", "timestamps_reference_time", "file_create_date"] {
      #expect(try recorded.text("/" + date) == "2000-01-01T00:00:00+00:00")
    }
  }

  @Test("a baseline without units has values only")
  func valuesWithoutUnits() throws {
    let recorded = try record(
      [smallTrial(stepCount: 2, valueUnits: 0)], smallDescription(valueUnits: []))
    #expect(try recorded.floats("/acquisition/value/data") == [0, 100])
    #expect(!recorded.has("/acquisition/value_rates"))
    #expect(!recorded.has("/processing/misc/value_units"))
  }

  @Test("without a baseline there are no values either")
  func noBaseline() throws {
    let recorded = try record(
      [smallTrial(stepCount: 2, valueUnits: 0, hasValues: false)],
      smallDescription(valueUnits: [], hasValues: false))
    #expect(!recorded.has("/acquisition/value"))
    #expect(try recorded.floats("/acquisition/rewards/data") == [0, 100])
  }

  @Test("a recording without trials has the same series, without rows")
  func noTrials() throws {
    let recorded = try record([], smallDescription())
    #expect(try recorded.shape("/acquisition/decision_rates/data") == [0, 2])
    #expect(try recorded.shape("/intervals/trials/start_time") == [0])
  }

  @Test("what doesn't fit into a chunk goes on in the next, and each is packed")
  func chunks() throws {
    let rates = "/acquisition/decision_rates/data"
    // Trials that end within chunks, on their edge, and beyond the next one.
    let counts = [10000, 6384, 1, 40000]
    var first = 0
    var trials: [RecordedTrial] = []
    for count in counts {
      trials.append(smallTrial(stepCount: count, first: first))
      first += count
    }
    let recorded = try record(trials, smallDescription())
    let (rowsPerChunk, filters) = try recorded.storage(rates)
    // 128 KB of floats in rows of two
    #expect(rowsPerChunk == 16384)
    #expect(filters == [H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE])
    let expected = (0..<first).flatMap { step in [Float(100 * step), Float(100 * step + 1)] }
    #expect(try recorded.floats(rates) == expected)
  }
}
