import CStoreShims
import Glibc

/// A clock that nobody sets, for durations.
package enum MonotonicClock {
  /// Nanoseconds since some fixed moment, such as the start of the machine.
  package static func now() -> UInt64 { store_clock(CLOCK_MONOTONIC) }

  /// The moment `milliseconds` from now; three years at most, negative is now.
  static func time(after milliseconds: Int) -> UInt64 {
    now() + UInt64(min(max(milliseconds, 0), 100_000_000_000)) * 1_000_000
  }
}

extension Timestamp {
  /// What the system's clock says.
  package static func now() -> Timestamp {
    let (seconds, nanoseconds) = store_clock(CLOCK_REALTIME)
      .quotientAndRemainder(dividingBy: 1_000_000_000)
    return Timestamp(seconds: Int64(seconds), nanoseconds: UInt32(nanoseconds))
  }
}
