/// `intervals/trials`: a row for each trial, with its time in the recording.
final class TrialTable {
  private let id: GrowingDataset<Int>
  private let startTime: GrowingDataset<Double>
  private let stopTime: GrowingDataset<Double>
  private let firstStep: GrowingDataset<Int>
  private let stepCount: GrowingDataset<Int>
  private let columns: [Column]

  private let timeStepMilliseconds: Int
  private var trialCount = 0
  /// Of all trials so far.
  private var totalSteps = 0

  private enum Column {
    case text(GrowingDataset<String>)
    case integer(GrowingDataset<Int>)
    case number(GrowingDataset<Double>)
    case boolean(GrowingDataset<Bool>)
  }

  init(
    in intervals: HDF5Group, _ objects: NWBObjects, _ described: [TrialColumn],
    timeStepMilliseconds: Int
  ) throws(HDF5Error) {
    self.timeStepMilliseconds = timeStepMilliseconds
    let table = try intervals.makeGroup("trials")
    try objects.declareTable(
      table, "TimeIntervals", of: .core,
      description: "The trials, in the order of their times. One begins where the last ended.",
      columns: ["start_time", "stop_time", "first_step", "step_count"] + described.map(\.name))

    func makeColumn<Value>(_ name: String, _ description: String) throws(HDF5Error)
      -> GrowingDataset<Value>
    {
      let column = try GrowingDataset<Value>(in: table, name)
      try objects.declareColumn(column.dataset, description: description)
      return column
    }
    id = try GrowingDataset(in: table, "id")
    try objects.declare(id.dataset, "ElementIdentifiers", of: .common)
    startTime = try makeColumn("start_time", "Time of the trial's first step, in seconds.")
    stopTime = try makeColumn(
      "stop_time", "Time step after the trial's last step, in seconds: where the next begins.")
    firstStep = try makeColumn("first_step", "Row of each series that holds the first step.")
    stepCount = try makeColumn("step_count", "Rows of each series that hold the trial.")
    var columns: [Column] = []
    for column in described {
      switch column.kind {
      case .text: columns.append(.text(try makeColumn(column.name, column.meaning)))
      case .integer: columns.append(.integer(try makeColumn(column.name, column.meaning)))
      case .number: columns.append(.number(try makeColumn(column.name, column.meaning)))
      case .boolean: columns.append(.boolean(try makeColumn(column.name, column.meaning)))
      }
    }
    self.columns = columns
  }

  /// Adds a trial that follows the last one at once.
  func append(_ row: [TrialValue], stepCount count: Int) throws(HDF5Error) {
    try id.append(trialCount)
    try startTime.append(seconds(ofStep: totalSteps))
    try stopTime.append(seconds(ofStep: totalSteps + count))
    try firstStep.append(totalSteps)
    try stepCount.append(count)
    for (column, value) in zip(columns, row) {
      switch (column, value) {
      case (.text(let column), .text(let text)): try column.append(text)
      case (.integer(let column), .integer(let number)): try column.append(number)
      case (.number(let column), .number(let number)): try column.append(number)
      case (.boolean(let column), .boolean(let isSo)): try column.append(isSo)
      default: preconditionFailure("\(value) in a column of another kind")
      }
    }
    trialCount += 1
    totalSteps += count
  }

  func finish() throws(HDF5Error) {
    try id.finish()
    try startTime.finish()
    try stopTime.finish()
    try firstStep.finish()
    try stepCount.finish()
    for column in columns {
      switch column {
      case .text(let column): try column.finish()
      case .integer(let column): try column.finish()
      case .number(let column): try column.finish()
      case .boolean(let column): try column.finish()
      }
    }
  }

  /// Whole milliseconds first: a sum of steps in seconds would drift.
  private func seconds(ofStep step: Int) -> Double { Double(step * timeStepMilliseconds) / 1000 }
}
