import Dispatch

/// A second thread that works beside the caller's. Nobody outside can see it.
final class Companion {
  private let queue = DispatchQueue(label: "operant.companion", qos: .userInitiated)
  private let group = DispatchGroup()

  /// Begins `work`; what it uses is nobody else's until `wait` returns.
  func run(_ work: @escaping () -> Void) {
    nonisolated(unsafe) let work = work
    queue.async(group: group) { work() }
  }

  /// Returns when nothing is under way.
  func wait() { group.wait() }

  /// Does `work` on each element, every second one on the other thread.
  func share<Element>(_ elements: [Element], _ work: (Element) -> Void) {
    guard elements.count > 1 else { return elements.forEach(work) }
    withoutActuallyEscaping(work) { work in
      run { for index in stride(from: 1, to: elements.count, by: 2) { work(elements[index]) } }
      for index in stride(from: 0, to: elements.count, by: 2) { work(elements[index]) }
      wait()
    }
  }
}
