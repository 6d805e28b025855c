import CStoreShims
import Glibc

/// A state that threads share: one at a time changes it, the others can wait until it has become
/// what they need (Hoare, "Monitors", CACM 1974; with the signal-and-continue of Mesa).
@safe
package final class Monitor<State: ~Copyable & Sendable> {
  private let monitor: UnsafeMutablePointer<store_monitor>
  private var state: State

  package init(_ state: consuming State) {
    unsafe monitor = .allocate(capacity: 1)
    self.state = state
    unsafe store_monitor_init(monitor)
  }

  deinit {
    unsafe store_monitor_destroy(monitor)
    unsafe monitor.deallocate()
  }

  private func lock() { unsafe pthread_mutex_lock(&monitor.pointee.mutex) }
  private func unlock() { unsafe pthread_mutex_unlock(&monitor.pointee.mutex) }
  private func wakeAll() { unsafe pthread_cond_broadcast(&monitor.pointee.condition) }

  /// Changes the state, alone, and wakes all that wait. `body` must not come back to the monitor.
  @discardableResult
  package func withLock<Result, Failure>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock()
    defer {
      wakeAll()
      unlock()
    }
    return try body(&state)
  }

  /// Waits until `ready` gives a result, and returns that. `ready` looks at the state, alone, and
  /// when it gives a result it may have changed it: all others that wait are woken then.
  @discardableResult
  package func wait<Result>(until ready: (inout State) -> Result?) -> Result {
    lock()
    defer { unlock() }
    while true {
      if let result = ready(&state) {
        wakeAll()
        return result
      }
      unsafe pthread_cond_wait(&monitor.pointee.condition, &monitor.pointee.mutex)
    }
  }

  /// `wait` for `milliseconds` at most; nil when the time is over. `ready` is asked at once, after
  /// each change, and a last time at the end.
  @discardableResult
  package func wait<Result>(
    milliseconds: Int, until ready: (inout State) -> Result?
  ) -> Result? {
    let deadline = MonotonicClock.time(after: milliseconds)
    lock()
    defer { unlock() }
    var isOver = false
    while true {
      if let result = ready(&state) {
        wakeAll()
        return result
      }
      guard !isOver else { return nil }
      isOver = unsafe store_monitor_wait_until(monitor, deadline) == ETIMEDOUT
    }
  }
}

/// `state` is touched with the mutex held only, and may itself go from thread to thread.
extension Monitor: @unchecked Sendable where State: ~Copyable {}
