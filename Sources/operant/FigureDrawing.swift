import Console

/// Has figures drawn by `python -m MODULE FOLDER …`, where Python can; where not, says what to do.
///
/// - Parameter names: of the figures; all there are if none is named.
func drawFigures(_ module: String, of folder: String, _ names: [String] = []) {
  let words = ["-m", module, folder] + names
  guard let python = PythonEnvironment.interpreter() else {
    print(
      "not drawn: there is no Python environment in .venv, here or in the repository of this program; "
        + "make one there with 'make set-up', then: .venv/bin/python "
        + words.joined(separator: " "))
    return
  }
  do {
    let drawing = try ChildProcess(python, arguments: words)
    while true { print(try drawing.nextLine(within: .seconds(600))) }
  } catch ChildProcessError.ended(_, .exited(0)) {
    return
  } catch {
    print("not drawn (\(error)); try by hand: \(python) " + words.joined(separator: " "))
  }
}
