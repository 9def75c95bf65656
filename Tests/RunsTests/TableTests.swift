import Foundation
import Testing

@testable import Runs

@Suite("Tables")
struct TableTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("fields that could be mistaken are quoted")
  func quoting() {
    #expect(
      CSV.row(["plain", "a,b", "say \"x\"", "two\nlines", "cr\r\n", " edge"])
        == "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"cr\r\n\",\" edge\"\n")
    #expect(CSV.row([""]) == "\"\"\n")
  }

  @Test("numbers have the fewest digits that read back the same, and NaN is empty")
  func numbers() {
    #expect(
      CSV.row([1, -2.5, .single(0.1), .double(0.1 + 0.2), .single(.nan), .double(.nan), .none])
        == "1,-2.5,0.1,0.30000000000000004,,,\n")
    #expect(CSV.row([.double(1e-20), .double(-.infinity)]) == "1e-20,-inf\n")
  }

  @Test("a table is written with its header")
  func table() throws {
    var table = CSVTable(columns: ["trial", "choice"])
    table.append([1, "left"])
    table.append([2, .none])
    try table.write(to: folder.path + "/trials.csv")
    #expect(try folder.text("trials.csv") == "trial,choice\n1,left\n2,\n")
  }

  @Test("a table is read by its columns' names; rows cut short and empty fields are left out")
  func reading() throws {
    try folder.put("task,seed,limit\nromo,100,\nmante,101,5000\nromo,1", "t.csv")
    #expect(
      CSVReader(path: folder.path + "/t.csv").rows
        == [["task": "romo", "seed": "100"], ["task": "mante", "seed": "101", "limit": "5000"]])
    #expect(CSVReader(path: folder.path + "/none.csv").rows == [])
  }

  @Test("what is quoted is read as it was written, and a row that was cut short is left out")
  func quoted() throws {
    let texts = ["a,b=1", "say \"yes\"", "two\nlines", "plain", "\""]
    var table = CSVTable(columns: ["name", "number"])
    for text in texts { table.append([.text(text), 7]) }
    try table.write(to: folder.path + "/t.csv")
    let rows = CSVReader(path: folder.path + "/t.csv").rows
    #expect(rows.map { $0["name"] } == texts)
    #expect(rows.allSatisfy { $0["number"] == "7" })
    try AtomicFile.write(table.text + "\"cut, sh", to: folder.path + "/cut.csv")
    #expect(CSVReader(path: folder.path + "/cut.csv").rows.count == texts.count)
  }

  private func row(_ update: Int) -> [CSV.Value] {
    [.integer(update), .double(Double(update) / 8)]
  }

  @Test(
    "an interrupted and resumed table is the undisturbed one, wherever it was cut",
    arguments: [0, 1, 2, 5])
  func resume(lost: Int) throws {
    let columns = ["update", "reward"]
    let (whole, broken) = (folder.path + "/whole.csv", folder.path + "/broken.csv")
    let undisturbed = try ProgressTable(creating: whole, columns: columns)
    for update in [0, 50, 100, 150] { try undisturbed.append(row(update)) }

    let first = try ProgressTable(creating: broken, columns: columns)
    for update in [0, 50, 100] { try first.append(row(update)) }
    try folder.put(Array(try folder.bytes("broken.csv").dropLast(lost)), "broken.csv")
    let second = try ProgressTable(resuming: broken, columns: columns, after: 50)
    for update in [100, 150] { try second.append(row(update)) }
    #expect(try folder.text("broken.csv") == folder.text("whole.csv"))
  }

  @Test("a table that was lost begins anew", arguments: [nil, "", "update,rew"])
  func lostTable(left: String?) throws {
    if let left { try folder.put(left, "progress.csv") }
    let table = try ProgressTable(
      resuming: folder.path + "/progress.csv", columns: ["update", "reward"], after: 50)
    try table.append([100, 0.5])
    #expect(try folder.text("progress.csv") == "update,reward\n100,0.5\n")
  }

  @Test("a table of other columns is refused, and left alone")
  func otherColumns() throws {
    try folder.put("update,old\n1,2\n", "progress.csv")
    let path = folder.path + "/progress.csv"
    let error = #expect(throws: ProgressTableError.self) {
      try ProgressTable(resuming: path, columns: ["update", "reward"], after: 50)
    }
    #expect(
      "\(try #require(error))" == "'\(path)' has the columns update,old where this program writes "
        + "update,reward; go on with the version that began the run, or start afresh")
    #expect(try folder.text("progress.csv") == "update,old\n1,2\n")
  }
}
