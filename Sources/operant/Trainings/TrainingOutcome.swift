import Learning
import Runs

/// How a training has come out: whether its best network meets the criterion, and after how many trials.
struct TrainingOutcome {
  /// Whether it has come to its end.
  let isOver: Bool
  /// Whether there is a criterion to be met.
  let hasCriterion: Bool
  let isLearned: Bool
  /// Trials that were learned from.
  let trials: Int
  /// Trials after which the task counted as learned, as `operant train` tells them; nil if it never did.
  let trialsToCriterion: Int?

  /// - Returns: nil if nothing of the training was saved yet.
  init?(of folder: RunFolder) throws {
    let checkpoints = Checkpoints(folder: folder.checkpoints)
    guard let latest = try checkpoints.latest() else { return nil }
    if try folder.isOfLocalRule {
      let training = try JSONFile.read(LocalRunConfiguration.self, from: folder.config).training
      let record = try LocalCheckpoint.record(in: latest.contents)
      trials = record.count
      hasCriterion = training.criterion != nil
      // One of so many trials goes on when the task counts as learned.
      trialsToCriterion = training.criterion?.trial(in: record.judged)
      isLearned = trialsToCriterion != nil
      isOver = trials >= training.trialLimit || training.endsWhenLearned && isLearned
    } else {
      let training = try JSONFile.read(RunConfiguration.self, from: folder.config).training
      guard let best = try checkpoints.best() else { return nil }
      let validation = try CheckpointContents.validation(in: best)
      let updates = latest.contents.metadata["update"].flatMap { Int($0) } ?? 0
      hasCriterion = true
      isLearned = training.isReached(by: validation)
      // One that was not learned has used up its updates.
      trials = isLearned ? validation.trials : training.updateLimit * training.trialsPerUpdate
      trialsToCriterion = isLearned ? trials : nil
      isOver = isLearned || updates >= training.updateLimit
    }
  }
}
