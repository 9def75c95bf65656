import Dispatch

/// A second thread that works beside the caller's. Nobody outside can see it.
final class Companion {
  private let queue = DispatchQueue(label: "operant.companion", qos: .userInitiated)
  private let all = DispatchGroup()

  /// Work that was begun. What it uses is nobody else's until `wait` returns.
  struct Job {
    fileprivate let group: DispatchGroup

    func wait() { group.wait() }
  }

  /// Begins `work` once what was begun before is done.
  @discardableResult
  func run(_ work: @escaping () -> Void) -> Job {
    nonisolated(unsafe) let work = work
    let job = Job(group: DispatchGroup())
    job.group.enter()
    queue.async(group: all) {
      work()
      job.group.leave()
    }
    return job
  }

  /// Returns when nothing is under way.
  func wait() { all.wait() }

  /// Does `work` on each element, every second one on the other thread, and returns when all is done.
  func share<Element>(_ elements: [Element], _ work: @escaping (Element) -> Void) {
    guard elements.count > 1 else { return elements.forEach(work) }
    let other = run {
      for index in stride(from: 1, to: elements.count, by: 2) { work(elements[index]) }
    }
    for index in stride(from: 0, to: elements.count, by: 2) { work(elements[index]) }
    other.wait()
  }
}
