import CStoreShims
import Glibc
package import StorePrimitives

/// The two streams that a program writes to.
package enum StandardStream: Sendable {
  case output, error

  private var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }
  private var name: String { self == .output ? "standard output" : "standard error" }

  /// Whether a person sees it.
  package var isTerminal: Bool { isatty(descriptor) == 1 }

  /// The width of the terminal in columns; nil when there is none or it does not tell.
  package var columns: Int? {
    let columns = store_terminal_columns(descriptor)
    return columns > 0 ? Int(columns) : nil
  }

  /// Writes all of `bytes`. When nobody reads any more this is `StoreError.system` with `EPIPE`,
  /// once `reportBrokenPipes` was called.
  package func write(_ bytes: Span<UInt8>) throws(StoreError) {
    try Self.write(bytes, to: descriptor).get(name)
  }

  /// Writes all of `text` as UTF-8.
  package func write(_ text: String) throws(StoreError) { try write(Array(text.utf8).span) }

  /// Lets a write to a closed pipe fail instead of killing the process. A child process inherits
  /// this unless its starter sets SIGPIPE back.
  package static func reportBrokenPipes() { store_ignore_broken_pipe() }

  static func write(_ bytes: Span<UInt8>, to descriptor: Int32) -> Outcome {
    unsafe bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let outcome = attempt(.write) {
          unsafe Glibc.write(
            descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
        }
        if outcome.code == EAGAIN {
          waitForRoom(descriptor)
          continue
        }
        guard !outcome.failed else { return outcome }
        written += outcome.value
      }
      return Outcome(call: .write, value: written, code: 0)
    }
  }

  /// Somebody else has made the terminal or pipe non-blocking.
  private static func waitForRoom(_ descriptor: Int32) {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = unsafe poll(&request, 1, -1)
  }
}
