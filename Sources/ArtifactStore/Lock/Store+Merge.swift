import StoreIO
package import StorePrimitives

/// What to merge, and what the refs of new versions say.
package struct MergeRequest: Sendable {
  package var sides: LockSides
  package var choice = MergeChoice.none
  /// Makes a pin whose trees are not all here a conflict instead of an error.
  package var passesMissing = false
  package var origin = PinOrigin()

  package init(_ sides: LockSides) { self.sides = sides }
}

/// What came of a merge of locks.
package struct MergeReport: Hashable, Sendable {
  /// What came of one pin.
  package enum Outcome: String, Hashable, Sendable {
    /// Both sides have the same.
    case same
    case ours, theirs
    /// A new version that has the changes of both.
    case merged
    /// Conflicts are open.
    case conflict
  }

  /// A path that a lock has, and the outcome.
  package struct Pin: Hashable, Sendable {
    package let path: RelativePath
    package let outcome: Outcome
    /// What is pinned now; nil for nothing, or nothing yet.
    package let pin: LockedPin?
  }

  /// A conflict; its path is relative to the workspace.
  package struct Conflict: Hashable, Sendable {
    /// The pin that it belongs to.
    package let pin: RelativePath
    package let conflict: MergeConflict
  }

  /// The pins that are settled.
  package internal(set) var lock = Lock()
  /// The pins that are not: what their sides have now.
  package internal(set) var blocks: [LockBlock] = []
  /// In path order.
  package internal(set) var pins: [Pin] = []
  /// The open ones, and those that the choice settled.
  package internal(set) var conflicts: [Conflict] = []
  /// Why trees were not looked into, with `passesMissing`.
  package internal(set) var missing: [StoreError] = []

  /// Whether nothing is in conflict any more.
  package var isSettled: Bool { blocks.isEmpty }
}

extension Store {
  /// Merges the locks of two sides, and the trees of pins that both changed. New versions are
  /// stored under a pin ref of their own; they are durable when this returns.
  ///
  /// - Throws: `StoreError.pinNotHere` for a tree that the store lacks, unless the request passes
  ///   over those; `corrupt`, `missing`, `interrupted`; `nestedPin` never, for that is a conflict.
  @specialized(where Directory == LinuxDirectory)
  package func merge(
    _ request: MergeRequest, progress: Progress = Progress()
  ) throws(StoreError) -> MergeReport {
    var report = MergeReport()
    let steps = LockMerge.steps(request.sides, request.choice)
    let needsTrees = steps.contains { if case .trees = $0 { true } else { false } }
    guard needsTrees else {
      for step in steps { try report.take(step) }
      return report
    }
    let merger = try PinMerger(self, request, progress)
    for step in steps {
      guard case .trees(let path, let base, let ours, let theirs, let block) = step else {
        try report.take(step)
        continue
      }
      do throws(StoreError) {
        try merger.merge(path, base, ours, theirs, block, &report)
      } catch .pinNotHere(let path, let object) where request.passesMissing {
        report.missing.append(.pinNotHere(path: path, object))
        try report.leave(step)
      }
    }
    try merger.finish()
    return report
  }
}

extension MergeReport {
  /// Merges locks where there is no store to look into: a directory that both sides changed is a
  /// conflict as a whole.
  package static func withoutStore(
    _ sides: LockSides, _ choice: MergeChoice = .none
  ) throws(StoreError) -> MergeReport {
    var report = MergeReport()
    for step in LockMerge.steps(sides, choice) { try report.leave(step) }
    return report
  }

  /// Takes over a step that needs no trees.
  fileprivate mutating func take(_ step: LockMerge.Step) throws(StoreError) {
    switch step {
    case .settled(let path, let pin, let side):
      let outcome: Outcome = side.map { $0 == .ours ? .ours : .theirs } ?? .same
      try settle(path, pin, outcome)
    case .conflict(let conflict, let block):
      conflicts.append(Conflict(pin: conflict.path, conflict: conflict))
      guard let side = conflict.settled else {
        blocks.append(block)
        return pins.append(Pin(path: conflict.path, outcome: .conflict, pin: nil))
      }
      let chosen = side == .ours ? block.ours : block.theirs
      for pin in chosen { try settle(pin.path, pin, side == .ours ? .ours : .theirs) }
      if chosen.isEmpty { try settle(conflict.path, nil, side == .ours ? .ours : .theirs) }
    case .trees: return
    }
  }

  /// Takes over a step; trees that would have to be merged are a conflict.
  fileprivate mutating func leave(_ step: LockMerge.Step) throws(StoreError) {
    guard case .trees(let path, let base, _, _, let block) = step else { return try take(step) }
    let kind: MergeConflict.Kind =
      switch base {
      case .unknown: .unknownBase
      case .known(nil): .added
      case .known: .changed
      }
    try take(
      .conflict(
        MergeConflict(
          path: path, kind: kind, ours: .init(block.ours), theirs: .init(block.theirs),
          settled: nil), block))
  }

  fileprivate mutating func settle(
    _ path: RelativePath, _ pin: LockedPin?, _ outcome: Outcome
  ) throws(StoreError) {
    if let pin { try lock.set(pin) }
    pins.append(Pin(path: path, outcome: outcome, pin: pin))
  }
}

/// Merges the trees of pins into one session.
private final class PinMerger<Directory: DirectoryHandle> {
  private let request: MergeRequest
  private let progress: Progress
  private let session: WriteSession<Directory>
  private let sink: PackSink<Directory>
  private let reader: ObjectReader<Directory>
  private var edits: [RefEdit] = []

  init(
    _ store: Store<Directory>, _ request: MergeRequest, _ progress: Progress
  ) throws(StoreError) {
    self.request = request
    self.progress = progress
    session = try WriteSession(store)
    sink = PackSink(session, isDryRun: false)
    reader = session.snapshot.reader()
  }

  func merge(
    _ path: RelativePath, _ base: MergeBase<TreeID>, _ ours: TreeID, _ theirs: TreeID,
    _ block: LockBlock, _ report: inout MergeReport
  ) throws(StoreError) {
    try checkPresence(path, base, ours, theirs)
    let merge = TreeMerge(
      base, ours, theirs, choice: request.choice.inside(path), reader.sortedTree)
    var (mine, other) = (builder(), builder())
    let conflicts = try merge.run { (entry) throws(StoreError) in
      try progress.checkCancelled()
      try Self.add(entry.ours, entry.path, to: &mine)
      try Self.add(entry.theirs, entry.path, to: &other)
    }
    for conflict in conflicts {
      report.conflicts.append(.init(pin: path, conflict: try conflict.below(path)))
    }
    let pin = try pin(path, &mine)
    guard conflicts.contains(where: { $0.settled == nil }) else {
      return try report.settle(path, pin, .merged)
    }
    report.blocks.append(
      LockBlock(base: block.base, ours: [pin], theirs: [try self.pin(path, &other)]))
    report.pins.append(.init(path: path, outcome: .conflict, pin: nil))
  }

  private func checkPresence(
    _ path: RelativePath, _ base: MergeBase<TreeID>, _ ours: TreeID, _ theirs: TreeID
  ) throws(StoreError) {
    var trees = [ours, theirs]
    if case .known(let tree?) = base { trees.append(tree) }
    for tree in trees {
      let node = NodeID(tree.digest)
      guard try session.snapshot.view.holds(ObjectKey(node)) else {
        throw .pinNotHere(path: path.description, .node(node))
      }
    }
  }

  private func builder() -> SortedTreeBuilder {
    SortedTreeBuilder { [sink] (id, bytes) throws(StoreError) in
      try sink.store(metadata: ObjectKey(id), bytes)
    }
  }

  private static func add(
    _ content: TreeEntry.Content?, _ path: RelativePath, to builder: inout SortedTreeBuilder
  ) throws(StoreError) {
    guard let content else { return }
    let entry = TreeEntry(path: path, content: content)
    try builder.add(key: path.bytes, value: entry.value, weight: entry.size)
  }

  /// Ends a tree, and keeps it under a ref.
  private func pin(
    _ path: RelativePath, _ builder: inout SortedTreeBuilder
  ) throws(StoreError) -> LockedPin {
    let (root, total) = try builder.finish()
    let target = RefRecord.Target.tree(TreeID(root.digest))
    let record = RefRecord(pin: path, target, from: request.origin)
    edits.append(RefEdit(try .pin(record), record.bytes))
    return LockedPin(path: path, target: target, files: total.count, bytes: total.weight)
  }

  func finish() throws(StoreError) {
    try sink.finish()
    try session.finish(edits)
  }
}

extension MergeConflict {
  /// The same with a path relative to what `directory` is relative to.
  fileprivate func below(_ directory: RelativePath) throws(StoreError) -> MergeConflict {
    MergeConflict(
      path: try RelativePath.checked(path.components, below: directory), kind: kind, ours: ours,
      theirs: theirs, settled: settled)
  }
}
