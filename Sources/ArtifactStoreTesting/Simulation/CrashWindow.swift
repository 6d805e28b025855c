import StoreIO

/// What a file system promises about changes that were not yet made durable by name.
package enum CrashModel: Hashable, Sendable, CaseIterable {
  /// As the journals of ext4 and XFS: changes of metadata become durable in the order in which
  /// they were made. An `fsync` of a file or directory makes durable its own data and all metadata
  /// up to the last change that touched that inode. Other data may reach the disk or not, each
  /// block for itself; a block's writes reach it in order.
  case ordered
  /// The least that POSIX lets one hope for, after the abstract model of Pillai et al., OSDI 2014
  /// ("All file systems are not created equal"): an entry is durable only after an `fsync` of its
  /// directory, bytes, size and mode only after an `fsync` of the file; of all else any subset. A
  /// rename into another directory is one change of each directory, and a crash may part them; the
  /// rename of a directory is whole and durable with its new parent.
  case adversarial
}

/// What a crash kept of a pending change.
enum Outcome: Hashable, Sendable {
  case absent
  /// The size and times of a write, not its bytes: those are as they were, or zeros.
  case sizeOnly
  case present
  /// Of a write the bytes below the offset `at` in the file.
  case torn(at: UInt64, keepsSize: Bool)
}

/// A change that a crash keeps or loses as one: a change of metadata, or a write within one block.
struct PendingChange: Sendable {
  /// Of the change in the log.
  let index: Int
  /// Which half of a rename that a crash may part: 0 the old name, 1 the new; else 0.
  let half: Int
  let time: UInt64
  let effects: [Effect]
  /// The inodes that it touched: their `fsync` makes it durable in the ordered model.
  let touched: [InodeNumber]
  /// The inode whose `fsync` makes it durable in the adversarial model.
  let owner: InodeNumber
  /// Whether it must be durable by now.
  var isForced = false

  var piece: (inode: InodeNumber, piece: Piece)? {
    guard case .write(let inode, let piece)? = effects.first else { return nil }
    return (inode, piece)
  }

  var isData: Bool { piece != nil }

  /// Whether `other` is this change of the same log, and as free to be lost.
  func isSame(as other: PendingChange) -> Bool {
    (index, half, isForced) == (other.index, other.half, other.isForced)
  }
}

/// Follows a log and keeps what is durable apart from what is pending.
struct CrashWindow: Sendable {
  private let model: CrashModel
  /// Everything that is durable whatever happens and that nothing pending comes before.
  private var settled: FileTree
  /// What may be lost, and what is durable but comes after that on the same inode; in log order.
  private var changes: [PendingChange] = []
  /// How often something became durable for good.
  private var settlements = 0

  init(base: FileTree, model: CrashModel) {
    settled = base
    self.model = model
  }

  /// Takes the change `index` of the log.
  mutating func advance(_ logged: LoggedChange, index: Int) {
    settled.allocate(logged.change, time: logged.time)
    if case .synchronize(let inode) = logged.change {
      force(inode)
      settle()
    } else {
      changes += pending(logged, index: index)
    }
  }

  private func pending(_ logged: LoggedChange, index: Int) -> [PendingChange] {
    parts(of: logged.change).enumerated().map { part, effects in
      PendingChange(
        index: index, half: logged.change.isWrite ? 0 : part, time: logged.time,
        effects: effects, touched: logged.change.touched, owner: effects.last?.inode ?? 0)
    }
  }

  /// The groups of effects that a crash keeps or loses as one.
  private func parts(of change: Change) -> [[Effect]] {
    let effects = change.effects
    switch change {
    case .write: return effects.map { [$0] }
    case .rename(let inode, let from, let to):
      let isWhole =
        model == .ordered || from.directory == to.directory
        || settled[inode]?.kind == .directory
      return isWhole ? [effects] : effects.map { [$0] }
    default: return effects.isEmpty ? [] : [effects]
    }
  }

  private mutating func force(_ inode: InodeNumber) {
    switch model {
    case .adversarial:
      for index in changes.indices where changes[index].owner == inode {
        changes[index].isForced = true
      }
    case .ordered:
      let last = changes.lastIndex { !$0.isData && $0.touched.contains(inode) } ?? -1
      for index in changes.indices {
        let change = changes[index]
        let isForced = change.isData ? change.owner == inode : index <= last
        changes[index].isForced = change.isForced || isForced
      }
    }
  }

  /// Makes durable for good what is forced and has nothing before it that could still be lost on
  /// the same inode, so that an image needs to repeat few changes.
  private mutating func settle() {
    var blocked: Set<InodeNumber> = []
    var left: [PendingChange] = []
    for change in changes {
      let isFree = change.effects.allSatisfy { !blocked.contains($0.inode) }
      if change.isForced && isFree {
        for effect in change.effects { settled.apply(effect, time: change.time) }
      } else {
        for effect in change.effects { blocked.insert(effect.inode) }
        left.append(change)
      }
    }
    if left.count < changes.count { settlements += 1 }
    changes = left
  }

  /// What can be lost after the changes so far; nil when it is what it was at `previous`.
  func point(after previous: CrashPoint?) -> CrashPoint? {
    let visible = visibleChanges
    if let previous, previous.settlements == settlements,
      previous.changes.elementsEqual(visible, by: { $0.isSame(as: $1) })
    {
      return nil
    }
    return CrashPoint(
      settled: settled, settlements: settlements, changes: visible, model: model)
  }

  /// The changes that can be seen after a crash: the bytes of a file without a name cannot.
  private var visibleChanges: [PendingChange] {
    var named: Set<InodeNumber> = []
    for effect in changes.flatMap(\.effects) {
      if case .enter(_, let inode) = effect { named.insert(inode) }
    }
    return changes.filter { change in
      change.effects.contains { effect in
        switch effect {
        case .enter, .leave: true
        default: settled[effect.inode]?.links ?? 0 > 0 || named.contains(effect.inode)
        }
      }
    }
  }
}

extension Change {
  fileprivate var isWrite: Bool {
    if case .write = self { return true }
    return false
  }

  /// The inodes whose record on the disk the change is part of.
  fileprivate var touched: [InodeNumber] {
    switch self {
    case .create(let inode, _, _, let place): [inode] + (place.map { [$0.directory] } ?? [])
    case .link(let inode, let place), .unlink(let inode, let place): [inode, place.directory]
    case .rename(let inode, let from, let to): [inode, from.directory, to.directory]
    case .exchange(let first, let place, let second, let other):
      [first, place.directory, second, other.directory]
    case .write(let inode, _, _), .clone(let inode, _), .truncate(let inode, _),
      .setMode(let inode, _):
      [inode]
    case .synchronize, .acknowledge: []
    }
  }
}
