import CStoreShims
import Glibc
package import StorePrimitives
import Synchronization

/// A thread of its own with a stack of 8 MiB.
package final class WorkerThread: Sendable {
  private static let stackBytes: UInt = 8 << 20
  private let thread: pthread_t
  private let isJoined = Mutex(false)

  /// Starts a thread that runs `body` and ends with it. Fails when the system refuses a thread.
  package init(_ body: @escaping @Sendable () -> Void) throws(StoreError) {
    var thread = pthread_t()
    let code = WorkerThread.create(&thread, Work(body))
    guard code == 0 else { throw Outcome.failure(.pthread_create, code).error("") }
    self.thread = thread
  }

  deinit {
    guard !isJoined.withLock({ $0 }) else { return }
    pthread_detach(thread)
  }

  /// Waits until the body has returned.
  package func join() {
    isJoined.withLock { isJoined in
      guard !isJoined else { return }
      pthread_join(thread, nil)
      isJoined = true
    }
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// The error number of pthread_create(3).
  private static func create(_ thread: inout pthread_t, _ work: Work) -> Int32 {
    let argument = unsafe Unmanaged.passRetained(work)
    let code = unsafe store_start_thread(&thread, stackBytes, run, argument.toOpaque())
    if code != 0 { unsafe argument.release() }
    return code
  }

  private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    guard let argument = unsafe $0 else { return nil }
    unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
    return nil
  }
}
