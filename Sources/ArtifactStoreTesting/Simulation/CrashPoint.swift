/// A point of a log at which a crash may come: what is durable, and what may be lost.
struct CrashPoint: Sendable {
  let model: CrashModel
  /// Everything that is durable whatever happens and that nothing pending comes before.
  let settled: FileTree
  /// Tells one `settled` of a log from the next.
  let settlements: Int
  /// What may be lost and could be seen, and what is durable but comes after that on the same
  /// inode; in log order.
  let changes: [PendingChange]
  private let fingerprinter: TreeFingerprint

  init(settled: FileTree, settlements: Int, changes: [PendingChange], model: CrashModel) {
    self.settled = settled
    self.settlements = settlements
    self.changes = changes
    self.model = model
    fingerprinter = TreeFingerprint(of: settled, changes: changes)
  }

  /// What may be lost.
  var pending: [PendingChange] { changes.filter { !$0.isForced } }

  /// The tree that a crash leaves when `outcome` tells what it keeps of each change that is not
  /// forced; asked in log order.
  func image(_ outcome: (PendingChange) -> Outcome) -> FileTree {
    var tree = settled
    var lost = LostData()
    for change in changes {
      var kept = change.isForced ? .present : outcome(change)
      if model == .ordered { kept = lost.limit(kept, of: change) }
      for effect in change.effects {
        tree.apply(effect, kept: kept, time: change.time)
      }
    }
    return tree
  }

  /// The fingerprint of an image of this point.
  func fingerprint(of image: FileTree) -> UInt64 { fingerprinter.value(of: image) }
}

/// Keeps a choice of lost data to what the ordered model allows: writes to a block reach the disk
/// in order, and none does that came after a lost truncation or clone of its file.
private struct LostData {
  private struct BlockKey: Hashable {
    let inode: InodeNumber
    let block: UInt64
  }

  private var blocks: [BlockKey: Outcome] = [:]
  private var inodes: Set<InodeNumber> = []

  mutating func limit(_ outcome: Outcome, of change: PendingChange) -> Outcome {
    if let (inode, piece) = change.piece { return limit(outcome, inode, piece) }
    for effect in change.effects {
      switch effect {
      case .truncate(let inode, _), .replace(let inode, _):
        if outcome != .present { inodes.insert(inode) }
      default: break
      }
    }
    return outcome
  }

  private mutating func limit(
    _ outcome: Outcome, _ inode: InodeNumber, _ piece: Piece
  ) -> Outcome {
    guard !inodes.contains(inode) else { return .absent }
    let key = BlockKey(inode: inode, block: piece.block)
    switch blocks[key] {
    case nil:
      if outcome != .present { blocks[key] = outcome }
      return outcome
    case .sizeOnly, .torn(_, keepsSize: true): return outcome == .absent ? .absent : .sizeOnly
    default: return .absent
    }
  }
}

extension FileTree {
  /// Applies as much of `effect` as a crash kept.
  fileprivate mutating func apply(_ effect: Effect, kept: Outcome, time: UInt64) {
    guard case .write(let inode, let piece) = effect else {
      if kept == .present { apply(effect, time: time) }
      return
    }
    switch kept {
    case .absent: break
    case .sizeOnly: apply(.extend(inode, to: piece.end), time: time)
    case .present: apply(effect, time: time)
    case .torn(let offset, let keepsSize):
      if let part = piece.cut(at: offset) { apply(.write(inode, part), time: time) }
      if keepsSize { apply(.extend(inode, to: piece.end), time: time) }
    }
  }
}
