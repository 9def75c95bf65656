import Foundation

/// Where there is a Python that can draw: the environment `.venv`, which `make set-up` makes in the
/// repository.
public enum PythonEnvironment {
  /// The interpreter of the environment in the working directory or, failing that, in the repository
  /// that the running program was built in; nil if neither has one.
  public static func interpreter() -> String? {
    let own = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
      .resolvingSymlinksInPath()
    return interpreter(
      forProgram: own.path, in: FileManager.default.currentDirectoryPath)
  }

  /// - Parameters:
  ///   - program: the file of a program, links resolved.
  ///   - workingDirectory: which comes first.
  static func interpreter(forProgram program: String, in workingDirectory: String) -> String? {
    ([workingDirectory] + (repository(of: program).map { [$0] } ?? []))
      .map { $0 + "/.venv/bin/python" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// The nearest folder above a program that holds a package's manifest. No further: what lies above a
  /// repository is none of ours to run.
  static func repository(of program: String) -> String? {
    var folder = URL(fileURLWithPath: program).deletingLastPathComponent().standardizedFileURL
    while !FileManager.default.fileExists(atPath: folder.path + "/Package.swift") {
      guard folder.path != "/" else { return nil }
      folder.deleteLastPathComponent()
    }
    return folder.path
  }
}
