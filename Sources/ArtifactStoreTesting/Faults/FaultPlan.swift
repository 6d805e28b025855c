import Glibc
import StoreIO
import Synchronization

/// Counts the calls that go through `FaultyDirectory` and `FaultyFile`, and fails the nth.
///
/// As SQLite's tests do it: fail call 1, then call 2, and so on until a run comes through; see
/// `sweep`. One plan serves any number of directories and files, of one or more threads.
package final class FaultPlan: Sendable {
  /// A call of `DirectoryHandle` or `FileHandle` that can fail.
  package enum Call: String, Hashable, Sendable, CaseIterable {
    case openFile, openDirectory, entries, statusOfPath, statusOfDirectory, linkTarget, freeBytes
    case createUnnamed, createFile, link, makeDirectory, makeLink, rename
    case fileSystemKind, exchange, openExclusively, linkFile, usage, synchronizeData
    case removeFile, removeDirectory, synchronizeDirectory
    case statusOfFile, read, write, synchronizeFile, clone, truncate, setMode
  }

  /// How a call fails. `EEXIST` makes a call that answers false for a name that is taken do so.
  package enum Fault: Hashable, Sendable {
    /// The call is not made and fails with this `errno`; a write that fails with `ENOSPC` writes
    /// its first half. After a failed `fsync` of a file, as on Linux, all later ones say that
    /// they were successful and do nothing: the pages count as clean.
    case fails(Int32)
    /// The call is made, and reported to have failed with this `errno`: a lost answer, or a
    /// retried one on NFS.
    case isMadeThenFails(Int32)
  }

  /// A call that was failed.
  package struct FailedCall: Hashable, Sendable {
    /// From 1.
    package let number: Int
    package let call: Call
    package let path: String
  }

  private struct FileKey: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  private struct State {
    var callCount = 0
    var failedCalls: [FailedCall] = []
    var unsynchronizable: Set<FileKey> = []
  }

  private let target: Int?
  private let fault: Fault
  private let repeats: Bool
  private let calls: Set<Call>
  private let state = Mutex(State())

  /// Fails the `target`th call, from 1, of those that `calls` names, and with `repeats` all that
  /// follow; without a target none.
  package init(
    failing target: Int? = nil, _ fault: Fault = .fails(EIO), repeats: Bool = false,
    only calls: Set<Call> = Set(Call.allCases)
  ) {
    self.target = target
    self.fault = fault
    self.repeats = repeats
    self.calls = calls
  }

  /// How many calls were made, of those that the plan names.
  package var callCount: Int { state.withLock { $0.callCount } }

  /// The calls that were failed, in order.
  package var failedCalls: [FailedCall] { state.withLock { $0.failedCalls } }

  /// Runs `body` with a plan that fails the first call, then with one that fails the second, and
  /// so on until a run in which none was reached. Returns how many runs had a failed call.
  @discardableResult
  package static func sweep<Failure: Error>(
    _ fault: Fault, repeats: Bool = false, only calls: Set<Call> = Set(Call.allCases),
    _ body: (FaultPlan) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    var target = 1
    while true {
      let plan = FaultPlan(failing: target, fault, repeats: repeats, only: calls)
      try body(plan)
      if plan.failedCalls.isEmpty { return target - 1 }
      target += 1
    }
  }

  // MARK: For the directories and files

  /// Counts a call; the fault when this one is to fail.
  func next(_ call: Call, path: String) -> Fault? {
    guard calls.contains(call) else { return nil }
    return state.withLock { state in
      state.callCount += 1
      guard let target else { return nil }
      let isHit = repeats ? state.callCount >= target : state.callCount == target
      guard isHit else { return nil }
      let failed = FailedCall(number: state.callCount, call: call, path: path)
      state.failedCalls.append(failed)
      return fault
    }
  }

  /// From now on an `fsync` of this file does nothing.
  func giveUp(_ status: FileStatus) {
    let key = FileKey(device: status.device, inode: status.inode)
    state.withLock { _ = $0.unsynchronizable.insert(key) }
  }

  var hasGivenUp: Bool { state.withLock { !$0.unsynchronizable.isEmpty } }

  func hasGivenUp(_ status: FileStatus) -> Bool {
    let key = FileKey(device: status.device, inode: status.inode)
    return state.withLock { $0.unsynchronizable.contains(key) }
  }
}

extension FaultPlan.FailedCall: CustomStringConvertible {
  package var description: String { "call \(number): \(call) of \(path)" }
}
