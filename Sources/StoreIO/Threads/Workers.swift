package import StorePrimitives
import Synchronization

/// Runs the same work on several threads and waits for all of them.
///
/// Threads rather than tasks: the work blocks in system calls, which would starve the pool that
/// tasks share, and it recurses, for which the stacks of that pool are small.
package enum Workers {
  /// Calls `body` with 0 to `count` - 1, each on a thread of its own, and returns when all have
  /// ended; a single one runs on the caller's thread. Throws the first error in time. The others
  /// go on until they end by themselves: whoever fails tells them, by a flag or a closed queue.
  /// When a thread cannot be created no body is called at all.
  package static func run(
    count: Int, _ body: @Sendable (_ index: Int) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard count > 1 else { return count == 1 ? try body(0) : () }
    let failure = withoutActuallyEscaping(body) { Crew($0).run(count) }
    if let failure { throw failure }
  }

  private final class Crew: Sendable {
    private let body: @Sendable (Int) throws(StoreError) -> Void
    private let failure = Mutex<StoreError?>(nil)
    /// Held until all threads are there; then whether they shall work.
    private let gate = Mutex(false)

    init(_ body: @escaping @Sendable (Int) throws(StoreError) -> Void) { self.body = body }

    func run(_ count: Int) -> StoreError? {
      var threads: [WorkerThread] = []
      gate.withLock { isOpen in
        do throws(StoreError) {
          for index in 0..<count { threads.append(try WorkerThread { self.work(index) }) }
          isOpen = true
        } catch {
          report(error)
        }
      }
      for thread in threads { thread.join() }
      return failure.withLock { $0 }
    }

    private func work(_ index: Int) {
      guard gate.withLock({ $0 }) else { return }
      do throws(StoreError) {
        try body(index)
      } catch {
        report(error)
      }
    }

    private func report(_ error: StoreError) {
      failure.withLock { $0 = $0 ?? error }
    }
  }
}
