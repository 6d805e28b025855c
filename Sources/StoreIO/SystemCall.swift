import CStoreShims
import Glibc
import StorePrimitives

/// The calls that this module makes, by the names of their manual pages.
enum SystemCall: String {
  case fchmod, fdatasync, fiemap, ficlone, flock, fstat, fstatvfs, fsync, ftruncate, getcwd
  case getdents64, linkat, lseek, mkdirat, open, openat, openat2, pipe2, poll, posix_spawnp, pread,
    pthread_create, pwrite, read, readlinkat, realpath, renameat
  case renameat2, statx, symlinkat, unlinkat, waitpid, write
}

/// What a system call gave back.
struct Outcome {
  let call: SystemCall
  /// The result; negative when the call failed.
  let value: Int
  /// The `errno` of a failed call, else 0.
  let code: Int32

  var failed: Bool { code != 0 }

  static func failure(_ call: SystemCall, _ code: Int32) -> Outcome {
    Outcome(call: call, value: -1, code: code)
  }

  /// The result, or the failure as an error that names `path`, which is escaped text.
  @discardableResult
  func get(_ path: @autoclosure () -> String) throws(StoreError) -> Int {
    guard failed else { return value }
    throw error(path())
  }

  func error(_ path: String) -> StoreError {
    .system(SystemCallFailure(call: call.rawValue, path: path, code: code))
  }
}

/// The one place where a call that a signal interrupted is made again.
@inline(__always)
func attempt(
  _ name: SystemCall, _ call: () -> some FixedWidthInteger & SignedInteger
) -> Outcome {
  while true {
    let value = call()
    guard value < 0 else { return Outcome(call: name, value: Int(value), code: 0) }
    let code = errno
    guard code == EINTR else { return .failure(name, code) }
  }
}

/// Lends `bytes` to C as a string that ends in NUL. The caller has ruled out NUL among them.
func withCString<Result>(
  _ bytes: Span<UInt8>, _ body: (UnsafePointer<CChar>) -> Result
) -> Result {
  unsafe bytes.withUnsafeBytes { source in
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: source.count + 1) { buffer in
      unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
      unsafe buffer[source.count] = 0
      guard let start = buffer.baseAddress else { preconditionFailure("no room for a path") }
      return unsafe body(UnsafePointer(start))
    }
  }
}

/// An open file descriptor, closed when it goes out of scope.
struct Descriptor: ~Copyable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  /// `close` is not made again after EINTR: Linux has released the number by then.
  deinit { _ = close(number) }
}
