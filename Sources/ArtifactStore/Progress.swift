package import StorePrimitives
import Synchronization

/// How far a verb is. The verb counts, whoever shows it reads; nothing waits for anything.
package final class Progress: Sendable {
  private let totalFilesCount = Atomic<Int>(0)
  private let totalBytesCount = Atomic<Int>(0)
  private let filesCount = Atomic<Int>(0)
  private let bytesCount = Atomic<Int>(0)
  private let isCancelledFlag = Atomic<Bool>(false)

  package init() {}

  /// Files to do; 0 while that is not known.
  package var totalFiles: Int { totalFilesCount.load(ordering: .relaxed) }
  /// Bytes to do; 0 while that is not known.
  package var totalBytes: Int { totalBytesCount.load(ordering: .relaxed) }
  /// Files done.
  package var files: Int { filesCount.load(ordering: .relaxed) }
  /// Bytes done.
  package var bytes: Int { bytesCount.load(ordering: .relaxed) }

  /// Asks the verb to stop at the next safe place; it throws `StoreError.interrupted`.
  package func cancel() { isCancelledFlag.store(true, ordering: .relaxed) }

  package var isCancelled: Bool { isCancelledFlag.load(ordering: .relaxed) }

  package func checkCancelled() throws(StoreError) {
    if isCancelled { throw .interrupted }
  }

  package func expect(files: Int, bytes: UInt64) {
    totalFilesCount.wrappingAdd(files, ordering: .relaxed)
    totalBytesCount.wrappingAdd(Int(clamping: bytes), ordering: .relaxed)
  }

  package func advance(files: Int = 0, bytes: Int = 0) {
    if files != 0 { filesCount.wrappingAdd(files, ordering: .relaxed) }
    if bytes != 0 { bytesCount.wrappingAdd(bytes, ordering: .relaxed) }
  }
}
