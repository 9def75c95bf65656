/// `text`, broken between words into lines of at most 80 columns; lines after the first begin with
/// `indent` spaces.
///
/// - Parameters:
///   - beginning: what stands before the text in its first line.
///   - indent: where the text begins in the other lines, and in the first if `beginning` is shorter.
public func wrapped(_ text: String, after beginning: String = "", indent: Int) -> [String] {
  let spaces = String(repeating: " ", count: indent)
  var lines: [String] = []
  var line = beginning + String(repeating: " ", count: max(0, indent - beginning.count))
  var isFresh = true
  for word in text.split(separator: " ") {
    if !isFresh, line.count + 1 + word.count > 80 {
      lines.append(line)
      line = spaces
      isFresh = true
    }
    line += (isFresh ? "" : " ") + word
    isFresh = false
  }
  return lines + [line]
}
