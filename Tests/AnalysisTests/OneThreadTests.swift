import COpenBLAS
import Testing

@testable import Analysis

@Suite("Threads of the matrix library")
struct OneThreadTests {
  @Test("the matrix library multiplies on the thread that asks, from the start")
  func one() {
    #expect(openblas_get_num_threads() == 1)
  }
}
