/// What is in a recording, and where.
final class Contents {
  private let file: HDF5File
  private let inputs: TimeSeries<Float>
  private let decisionRates: TimeSeries<Float>
  private let policy: TimeSeries<Float>
  private let actions: TimeSeries<Int32>
  private let rewards: TimeSeries<Float>
  /// Only of a baseline with units.
  private let valueRates: TimeSeries<Float>?
  /// Only of a baseline.
  private let value: TimeSeries<Float>?
  private let trials: TrialTable

  init(creating path: String, _ description: RecordingDescription) throws(HDF5Error) {
    file = try HDF5File(creating: path)
    let root = file.root
    let objects = NWBObjects(identifier: description.identifier)
    try objects.declare(root, "NWBFile")
    try root.setAttribute("nwb_version", "2.9.0")
    try Self.writeSession(description, in: root)
    try Self.writeGeneral(description, in: root, objects)
    try Self.writeLabels(description, in: root, objects)
    // The schema wants it there, empty or not.
    _ = try root.makeGroup("analysis")

    func makeSeries<Value>(
      _ name: String, in group: HDF5Group, width: Int? = nil, unit: String, _ text: String
    ) throws(HDF5Error) -> TimeSeries<Value> {
      try TimeSeries(
        name, in: group, objects, width: width, unit: unit,
        timeStepMilliseconds: description.timeStepMilliseconds, description: text)
    }
    let stimulus = try root.makeGroup("stimulus")
    _ = try stimulus.makeGroup("templates")
    inputs = try makeSeries(
      "inputs", in: try stimulus.makeGroup("presentation"), width: description.channels.count,
      unit: "a.u.",
      "What the decision network heard at each step, noise included; zeros at a trial's first.")

    let acquisition = try root.makeGroup("acquisition")
    decisionRates = try makeSeries(
      "decision_rates", in: acquisition, width: description.decisionUnits.count, unit: "a.u.",
      "Rates of the units of the decision network.")
    policy = try makeSeries(
      "policy", in: acquisition, width: description.actions.count, unit: "probability",
      "Probability of each action, as the decision network put it.")
    actions = try makeSeries(
      "actions", in: acquisition, unit: "index", "The action that was taken, from 0.")
    rewards = try makeSeries(
      "rewards", in: acquisition, unit: "a.u.", "What the action of that step earned.")
    valueRates =
      if description.valueUnits.isEmpty {
        nil
      } else {
        try makeSeries(
          "value_rates", in: acquisition, width: description.valueUnits.count, unit: "a.u.",
          "Rates of the units of the value network.")
      }
    value =
      if description.hasValues {
        try makeSeries(
          "value", in: acquisition, unit: "a.u.",
          "What was expected to be earned from that step to the end of the trial.")
      } else {
        nil
      }
    trials = try TrialTable(
      in: try root.makeGroup("intervals"), objects, description.trialColumns,
      timeStepMilliseconds: description.timeStepMilliseconds)
  }

  func append(_ trial: RecordedTrial) throws(HDF5Error) {
    try inputs.append(trial.observations)
    try decisionRates.append(trial.decisionRates)
    try policy.append(trial.policies)
    try actions.append(trial.actions.map { Int32($0) })
    try rewards.append(trial.rewards)
    try valueRates?.append(trial.valueRates)
    try value?.append(trial.values)
    try trials.append(trial.row, stepCount: trial.stepCount)
  }

  /// Writes all that was held back, and closes the file.
  func finish() throws(HDF5Error) {
    for series in [inputs, decisionRates, policy, rewards] { try series.finish() }
    try actions.finish()
    try valueRates?.finish()
    try value?.finish()
    try trials.finish()
    try file.close()
  }

  // MARK: What doesn't grow

  private static func writeSession(
    _ description: RecordingDescription, in root: HDF5Group
  ) throws(HDF5Error) {
    try root.write("identifier", description.identifier)
    try root.write("session_description", description.session)
    try root.write("session_start_time", NWBFile.sessionStart)
    try root.write("timestamps_reference_time", NWBFile.sessionStart)
    try root.write("file_create_date", [NWBFile.sessionStart])
  }

  private static func writeGeneral(
    _ description: RecordingDescription, in root: HDF5Group, _ objects: NWBObjects
  ) throws(HDF5Error) {
    let general = try root.makeGroup("general")
    try general.write("experiment_description", description.experiment)
    try general.write("keywords", description.keywords)
    try general.write(
      "was_generated_by", [description.software.name, description.software.version], shape: [1, 2])
    try general.write(
      "stimulus", "Inputs are those of the task, given to the network as numbers at each step.")

    let subject = try general.makeGroup("subject")
    try objects.declare(subject, "Subject")
    try subject.write("subject_id", description.subject.id)
    try subject.write("description", description.subject.description)
    // Archives ask for species, sex and age. A network has none; this is what can be said instead.
    try subject.write("species", "Artificial network")
    try subject.write("sex", "O")  // other
    try subject.write("age", "P0D/")  // no days, or more
      .setAttribute("reference", "birth")
  }

  private static func writeLabels(
    _ description: RecordingDescription, in root: HDF5Group, _ objects: NWBObjects
  ) throws(HDF5Error) {
    let labels = try objects.makeModule(
      "misc", in: try root.makeGroup("processing"),
      description: "What the columns of the series stand for: a row for each column.")
    try objects.writeLabels(
      description.channels, "channels", in: labels, description: "The columns of inputs.")
    try objects.writeLabels(
      description.actions, "action_names", in: labels,
      description: "The columns of policy, and what the numbers in actions stand for.")
    try objects.writeLabels(
      description.decisionUnits, "decision_units", in: labels,
      description: "The columns of decision_rates.")
    guard !description.valueUnits.isEmpty else { return }
    try objects.writeLabels(
      description.valueUnits, "value_units", in: labels,
      description: "The columns of value_rates.")
  }
}
