import Foundation
import Runs

/// `operant-scribe FOLDER NUMBERS`: writes checkpoints of so many numbers, as fast as it can, until it is
/// killed. Says the update of each, in a line, as soon as it is safe.
///
/// It is there to be killed in the act by the drills; what it writes is all about the update, so that
/// they can tell a checkpoint that is whole from one that looks as if it were.
func writeCheckpoints(_ arguments: [String]) -> Never {
  guard arguments.count == 3, let count = Int(arguments[2]) else {
    fail("takes a folder and how many numbers a checkpoint has", code: 64)
  }
  let checkpoints = Checkpoints(folder: arguments[1])
  do {
    var update = try checkpoints.latest()?.update ?? 0
    while true {
      update += 1
      let contents = SafeTensors(
        tensors: ["numbers": Tensor([Float](repeating: Float(update), count: count))],
        metadata: ["update": "\(update)"])
      try checkpoints.save(contents, update: update)
      try checkpoints.saveBest(contents)
      print(update)
      fflush(nil)
    }
  } catch {
    fail("\(error)", code: 74)
  }
}

private func fail(_ sentence: String, code: Int32) -> Never {
  FileHandle.standardError.write(Data("operant-scribe: \(sentence)\n".utf8))
  exit(code)
}
