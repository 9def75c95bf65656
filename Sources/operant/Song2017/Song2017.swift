import Learning

/// Song, Yang & Wang 2017. Figures bear the paper's names, in small letters; those that it does not have
/// are named for what they show.
let song2017 = Paper(
  name: "song2017", reference: "Song, Yang & Wang, eLife 6:e21492 (2017)",
  figures: [
    figure1c, figure1d, figure1e,
    learningCurves("fig1-s1", "rdm_fixed: how it was learned", ["rdm_fixed"]), figure1s2,
    learningCurves("fig1-s3", "rdm_rt: how it was learned", ["rdm_rt"]), figure1s4, figure2a,
    figure2aUnits, stateSpace, figure2b, table2, figure2c,
    learningCurves("fig2-s1", "mante: how it was learned", ["mante"]),
    learningCurves("fig2-s2", "multisensory: how it was learned", ["multisensory"]),
    learningCurves("fig2-s3", "romo: how it was learned", ["romo"]), figure3b, figure3c,
    learningCurves(
      "fig3-s1", "postdecisionwager: how it was learned", ["postdecisionwager"]), figure4a,
    figure4b,
    learningCurves(
      "fig4-s3", "both economic tasks: how they were learned",
      ["padoaschioppa2006", "padoaschioppa2006_1A3B"]),
    learningCurves(
      "rdm-fixed-dt", "rdm_fixed in steps of 1 ms: how it was learned", ["rdm_fixed_dt"], most: 3),
    learningCurves("cartpole", "cartpole: how it was learned", ["cartpole"], most: 3), trainings,
    baselines, gradientVariance,
  ])

/// The networks of the paper: the main one of a task, which figures show, and others beside it.
enum Subjects {
  /// The seeds of the paper's main networks.
  private static let mainSeeds: [String: UInt64] = [
    "rdm_fixed": 97, "rdm_fixed_dt": 97, "multisensory": 99,
  ]

  static func main(_ alias: String) -> TrainingPlan {
    TrainingPlan(alias: alias, seed: mainSeeds[alias] ?? 100)
  }

  /// The main one first, then those of seeds 101, 102, ….
  static func all(_ alias: String, count: Int) -> [TrainingPlan] {
    [main(alias)] + (1..<UInt64(max(1, count))).map { TrainingPlan(alias: alias, seed: 100 + $0) }
  }
}
