/// The one of `names` that is closest to what was typed, if any is close; capitals don't count.
///
/// Close means: at most a third of the letters have to be changed, inserted, left out or swapped with
/// their neighbour.
public func nearestName(to typed: String, among names: [String]) -> String? {
  let wanted = Array(typed.lowercased())
  // A peer's megabyte must not cost a megabyte squared.
  guard wanted.count <= 100 else { return nil }
  let ranked = names.map { (name: $0, distance: editDistance(wanted, Array($0.lowercased()))) }
  guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= max(1, max(wanted.count, best.name.count) / 3) ? best.name : nil
}

/// "; did you mean 'x'?" if some name is near, else nothing: the middle of an error's sentence.
public func suggestion(for typed: String, among names: [String]) -> String {
  nearestName(to: typed, among: names).map { "; did you mean '\($0)'?" } ?? ""
}

/// "; did you mean 'x'?" if some name is near, else all names, "; there are x, y": the end of an
/// error's sentence.
///
/// - Parameter introduction: the words before the names, such as "there are".
public func suggestion(for typed: String, among names: [String], else introduction: String)
  -> String
{
  nearestName(to: typed, among: names).map { "; did you mean '\($0)'?" }
    ?? "; \(introduction) \(names.joined(separator: ", "))"
}

/// Damerau's distance: letters changed, inserted, left out, or swapped with their neighbour.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in 1...a.count {
    var row = [i] + [Int](repeating: 0, count: b.count)
    for j in 1...b.count {
      row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        row[j] = min(row[j], beforeLast[j - 2] + 1)
      }
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
