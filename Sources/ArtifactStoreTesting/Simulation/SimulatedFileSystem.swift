package import StoreIO
import Synchronization

/// A file system in memory that knows what a power loss would leave of it.
///
/// Beside its current state it keeps the state in which everything was last durable (`base`) and a
/// log of each change since, from which `CrashImages` makes the states after a crash. The errors
/// are those of Linux on ext4, seen by root: modes are kept but never checked. Times come from a
/// counter, so two runs of one program are equal.
package final class SimulatedFileSystem: Sendable {
  package struct Settings: Sendable {
    /// Bytes of file data that fit; one more is `ENOSPC`. Counted in blocks of 4 KiB.
    package var capacity = unlimited
    /// Whether files can share blocks (`FICLONE`), as on XFS and btrfs.
    package var canClone = false
    /// Whether files without a name can be made (`O_TMPFILE`). Where not, as on NFS, they get a
    /// temporary name until they are closed.
    package var hasUnnamedFiles = true
    /// Whether a status shows every change.
    package var kind = FileSystemKind.local
    /// Whether `entries` tells what an entry is.
    package var entriesTellKind = true
    /// Times in a status are cut to multiples of this many nanoseconds, at least 1.
    package var timestampGranularity: UInt64 = 1

    package init() {}

    /// More than any test writes: 1 PiB.
    static let unlimited: UInt64 = 1 << 50
  }

  struct State: Sendable {
    var tree: FileTree
    var base: FileTree
    var log: [LoggedChange] = []
    var clock: UInt64
    /// How many handles each file has.
    var handles: [InodeNumber: Int] = [:]
    var temporaryNames: UInt64 = 0
  }

  package let settings: Settings
  private let state: Mutex<State>

  static let device: UInt64 = 0x51_4d
  /// When a new file system is made: 2023-11-14 22:13:20 UTC, in nanoseconds.
  private static let birth: UInt64 = 1_700_000_000 * 1_000_000_000
  /// How long each change takes, in nanoseconds.
  private static let changeTime: UInt64 = 1000

  /// An empty file system.
  package convenience init(_ settings: Settings = Settings()) {
    let time = SimulatedFileSystem.birth
    self.init(tree: FileTree(time: time), clock: time, settings: settings)
  }

  /// A file system in which all of `tree` is durable.
  init(tree: FileTree, clock: UInt64, settings: Settings) {
    self.settings = settings
    state = Mutex(State(tree: tree, base: tree, clock: clock))
  }

  /// The directory that everything is below.
  package var root: SimulatedDirectory {
    SimulatedDirectory(fileSystem: self, inode: FileTree.root, displayPath: "/simulated")
  }

  /// The changes since everything was last durable.
  package var log: [LoggedChange] { read { $0.log } }

  /// The time on the clock of this file system.
  package var now: UInt64 { read { $0.clock } }

  package func advanceClock(seconds: UInt64) {
    update { $0.clock += seconds * 1_000_000_000 }
  }

  /// Notes in the log that a promise was made: "add 1 returned".
  package func acknowledge(_ label: String) { update { $0.record(.acknowledge(label)) } }

  /// Makes the current state the one that every crash leaves, and empties the log.
  package func makeDurable() {
    update {
      $0.base = $0.tree
      $0.log = []
    }
  }

  /// An independent file system with the same names, bytes and inode numbers, all of it durable.
  package func snapshot() -> SimulatedFileSystem {
    let (tree, clock) = read { ($0.tree, $0.clock) }
    return SimulatedFileSystem(tree: tree, clock: clock, settings: settings)
  }

  /// The states that a power loss after each change of the log may leave.
  package func crashImages(
    _ model: CrashModel, randomSubsets: Int, singleLimit: Int = .max, seed: UInt64
  ) -> CrashImages {
    let (base, log) = read { ($0.base, $0.log) }
    return CrashImages(
      log: log, base: base, settings: settings, model: model, randomSubsets: randomSubsets,
      singleLimit: singleLimit, seed: seed)
  }

  /// Equal for equal names, bytes, modes and inode numbers, within one run of the program; times
  /// do not count. O(inodes).
  package var fingerprint: UInt64 { TreeFingerprint().value(of: read { $0.tree }) }

  // MARK: Access to the state

  func read<Result: Sendable, Failure: Error>(
    _ body: (State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try state.withLock { (state) throws(Failure) in try body(state) }
  }

  func update<Result: Sendable, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try state.withLock { (state) throws(Failure) in try body(&state) }
  }

  /// One handle of `inode` was closed, and its temporary name goes, if somebody did not remove it.
  func close(_ inode: InodeNumber, _ temporary: Place?) {
    update { state in
      if let temporary, state.tree[temporary.directory]?.entries[temporary.name] == inode {
        state.record(.unlink(inode, temporary))
      }
      let left = (state.handles[inode] ?? 1) - 1
      state.handles[inode] = left == 0 ? nil : left
    }
  }

  static func tick(_ clock: UInt64) -> UInt64 { clock + changeTime }
}

extension SimulatedFileSystem.State {
  /// Makes a change and logs it.
  mutating func record(_ change: Change) {
    clock = SimulatedFileSystem.tick(clock)
    tree.apply(change, time: clock)
    log.append(LoggedChange(change: change, time: clock))
  }
}
