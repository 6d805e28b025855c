import CStoreShims
import Glibc
package import StorePrimitives
import Synchronization

/// Runs the same work on several threads of its own and waits for all of them.
///
/// Threads rather than tasks: the work blocks in system calls, which would starve the pool that
/// tasks share, and it recurses, for which the stacks of that pool are small.
package enum Workers {
  private static let stackBytes = 8 << 20

  /// Calls `body` with 0 to `count` - 1, each on a thread of its own, and returns when all have
  /// ended; a single one runs on the caller's thread. Throws the first error in time. The others
  /// go on until they end by themselves: whoever fails tells them, by a flag or a closed queue.
  /// When a thread cannot be created no body is called at all.
  package static func run(
    count: Int, _ body: @Sendable (_ index: Int) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard count > 1 else { return count == 1 ? try body(0) : () }
    let failure = withoutActuallyEscaping(body) { body in
      let crew = Crew(body)
      crew.start(count)
      return crew.failure.withLock { $0 }
    }
    if let failure { throw failure }
  }

  private final class Crew: Sendable {
    let body: @Sendable (Int) throws(StoreError) -> Void
    let failure = Mutex<StoreError?>(nil)
    /// Held until all threads are there; then whether they shall work.
    private let gate = Mutex(false)

    init(_ body: @escaping @Sendable (Int) throws(StoreError) -> Void) { self.body = body }

    func start(_ count: Int) {
      var threads: [pthread_t] = []
      gate.withLock { open in
        while threads.count < count {
          var thread = pthread_t()
          let code = Workers.create(&thread, Member(crew: self, index: threads.count))
          guard code == 0 else { return report(Outcome.failure(.pthread_create, code).error("")) }
          threads.append(thread)
        }
        open = true
      }
      for thread in threads { pthread_join(thread, nil) }
    }

    func work(_ index: Int) {
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

  private final class Member: Sendable {
    let crew: Crew
    let index: Int

    init(crew: Crew, index: Int) {
      self.crew = crew
      self.index = index
    }
  }

  /// Creates a thread that takes part; returns the error number of pthread_create(3).
  private static func create(_ thread: inout pthread_t, _ member: Member) -> Int32 {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, stackBytes)
    let argument = unsafe Unmanaged.passRetained(member)
    let code = unsafe pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let member = unsafe Unmanaged<Member>.fromOpaque(argument).takeRetainedValue()
        member.crew.work(member.index)
        return nil
      }, argument.toOpaque())
    if code != 0 { unsafe argument.release() }
    return code
  }
}
