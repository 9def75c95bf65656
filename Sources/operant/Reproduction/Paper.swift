/// A paper whose figures can be made again.
struct Paper: Sendable {
  /// `song2017`
  let name: String
  let reference: String
  let figures: [PaperFigure]
  /// `operant.figures.PACKAGE` draws them; nil for the one of the paper's name.
  var package: String?
}

/// A figure of a paper, or a table.
struct PaperFigure: Sendable {
  /// `fig1c`
  let name: String
  /// What it shows, in a phrase.
  let title: String
  /// The trainings it needs, for so many networks of each kind.
  let plans: @Sendable (_ seedCount: Int) -> [TrainingPlan]
  /// Makes its tables, and says what was found.
  let make: @Sendable (_ laboratory: Laboratory) throws -> [Finding]
}

/// Something that a paper says, held against what came out.
struct Finding: Sendable {
  /// What is said: "accuracy grows with coherence".
  let statement: String
  /// What came out: "0.51, 0.68, 0.83, 0.95, 0.99".
  let measured: String
  let holds: Bool
}

/// The papers there are.
let papers = [song2017, miconi2017, unified]
