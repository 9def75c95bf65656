/// Numbers of every step, from the recording's first to its last: [step] or [step × column].
final class TimeSeries<Value: HDF5Value> {
  private let data: GrowingDataset<Value>

  /// - Parameter width: columns; nil for a series of single numbers.
  init(
    _ name: String, in group: HDF5Group, _ objects: NWBObjects, width: Int? = nil, unit: String,
    timeStepMilliseconds: Int, description: String
  ) throws(HDF5Error) {
    let series = try group.makeGroup(name)
    try objects.declare(series, "TimeSeries")
    try series.setAttribute("description", description)

    data = try GrowingDataset(in: series, "data", rowShape: width.map { [$0] } ?? [])
    try data.dataset.setAttribute("unit", unit)
    // Stored as they are: one of these is one of `unit`.
    try data.dataset.setAttribute("conversion", Float(1))
    try data.dataset.setAttribute("offset", Float(0))
    // NWB's way to say that it isn't known.
    try data.dataset.setAttribute("resolution", Float(-1))

    let start = try series.write("starting_time", 0.0)
    try start.setAttribute("rate", 1000 / Double(timeStepMilliseconds))
    try start.setAttribute("unit", "seconds")
  }

  func append(_ values: [Value]) throws(HDF5Error) { try data.append(values) }
  func finish() throws(HDF5Error) { try data.finish() }
}
