package import StorePrimitives

/// The three locks of a merge.
package struct LockSides: Hashable, Sendable {
  package var base: Lock
  package var ours: Lock
  package var theirs: Lock
  /// Paths of which nobody knows what the base had.
  package var unknownBase: Set<RelativePath>

  package init(base: Lock, ours: Lock, theirs: Lock, unknownBase: Set<RelativePath> = []) {
    self.base = base
    self.ours = ours
    self.theirs = theirs
    self.unknownBase = unknownBase
  }
}

/// Pins that both sides of a merge changed: a block of a lock in conflict.
package struct LockBlock: Hashable, Sendable {
  /// Nil when nobody knows what the base had.
  package let base: [LockedPin]?
  package let ours: [LockedPin]
  package let theirs: [LockedPin]

  package init(base: [LockedPin]?, ours: [LockedPin], theirs: [LockedPin]) {
    self.base = base
    self.ours = ours
    self.theirs = theirs
  }
}

/// Merges locks pin by pin, without looking into trees.
package enum LockMerge {
  /// What comes of a path at which one of the locks has a pin.
  package enum Step: Hashable, Sendable {
    /// `side` is nil when both sides have the same.
    case settled(RelativePath, LockedPin?, from: MergeSide?)
    /// Both sides changed a directory: its trees must be merged.
    case trees(RelativePath, MergeBase<TreeID>, ours: TreeID, theirs: TreeID, LockBlock)
    /// A whole pin, or several that lie in each other.
    case conflict(MergeConflict, LockBlock)
  }

  /// What is to be done, in path order.
  package static func steps(_ sides: LockSides, _ choice: MergeChoice = .none) -> [Step] {
    let paths = Set((sides.base.pins + sides.ours.pins + sides.theirs.pins).map(\.path)).sorted()
    var steps: [Step] = []
    var rest = paths[...]
    while let first = rest.first {
      let group = rest.prefix { $0.isInside(first) }
      rest = rest.dropFirst(group.count)
      let found = group.map { step($0, sides, choice) }
      if found.contains(where: { $0.keepsPin(of: [first]) }),
        found.contains(where: { $0.keepsPin(of: group.dropFirst()) })
      {
        steps.append(nested(group, sides, choice))
      } else {
        steps += found
      }
    }
    return steps
  }

  private static func step(
    _ path: RelativePath, _ sides: LockSides, _ choice: MergeChoice
  ) -> Step {
    let (ours, theirs) = (sides.ours[path], sides.theirs[path])
    let isKnown = !sides.unknownBase.contains(path)
    let base: MergeBase<RefRecord.Target> = isKnown ? .known(sides.base[path]?.target) : .unknown
    switch MergeRule.outcome(base, ours?.target, theirs?.target) {
    case .settled(let target):
      let side: MergeSide? =
        ours?.target == theirs?.target ? nil : target == ours?.target ? .ours : .theirs
      return .settled(path, side == .theirs ? theirs : ours, from: side)
    case .conflict(let kind):
      if let ours = ours?.target.tree, let theirs = theirs?.target.tree {
        let tree: MergeBase<TreeID> = isKnown ? .known(sides.base[path]?.target.tree) : .unknown
        return .trees(path, tree, ours: ours, theirs: theirs, sides.block([path]))
      }
      if let pin = mergedFile(path, sides, isBaseKnown: isKnown) {
        return .settled(path, pin, from: nil)
      }
      return conflict(path, kind, sides, choice, group: [path])
    }
  }

  /// A pin of a single file of which one side changed the bytes and the other whether it may be
  /// executed.
  private static func mergedFile(
    _ path: RelativePath, _ sides: LockSides, isBaseKnown: Bool
  ) -> LockedPin? {
    guard isBaseKnown, let base = sides.base[path]?.target.fileContent,
      let ours = sides.ours[path]?.target.fileContent,
      let theirs = sides.theirs[path]?.target.fileContent
    else { return nil }
    let outcome = MergeRule.contents(.known(base), ours, theirs)
    guard case .settled(.file(let blob, let size, let executable)) = outcome else { return nil }
    return LockedPin(
      path: path, target: .blob(blob, size: size, executable: executable), files: 1, bytes: size)
  }

  private static func nested(
    _ group: ArraySlice<RelativePath>, _ sides: LockSides, _ choice: MergeChoice
  ) -> Step {
    conflict(group[group.startIndex], .nested, sides, choice, group: group)
  }

  private static func conflict(
    _ path: RelativePath, _ kind: MergeConflict.Kind, _ sides: LockSides, _ choice: MergeChoice,
    group: ArraySlice<RelativePath>
  ) -> Step {
    let block = sides.block(group)
    return .conflict(
      MergeConflict(
        path: path, kind: kind, ours: .init(block.ours), theirs: .init(block.theirs),
        settled: choice.side(at: path)), block)
  }
}

extension LockSides {
  fileprivate func block(_ paths: ArraySlice<RelativePath>) -> LockBlock {
    LockBlock(
      base: paths.contains(where: unknownBase.contains) ? nil : paths.compactMap { base[$0] },
      ours: paths.compactMap { ours[$0] }, theirs: paths.compactMap { theirs[$0] })
  }
}

extension LockMerge.Step {
  /// Whether a pin may stay at one of `paths`.
  fileprivate func keepsPin(of paths: ArraySlice<RelativePath>) -> Bool {
    switch self {
    case .settled(let path, let pin, _): pin != nil && paths.contains(path)
    case .trees(let path, _, _, _, _): paths.contains(path)
    case .conflict(let conflict, _): paths.contains(conflict.path)
    }
  }
}

extension MergeConflict.Version {
  /// What a side has pinned: one file, or everything in its pins together.
  package init(_ pins: [LockedPin]) {
    guard let first = pins.first else {
      self = .nothing
      return
    }
    if pins.count == 1, let content = first.target.fileContent {
      self = .entry(content)
      return
    }
    let total = pins.reduce(TreeTotal.zero) {
      $0 + TreeTotal(count: $1.files, weight: $1.bytes)
    }
    self = .directory(total, pins.count == 1 ? first.target.tree : nil)
  }
}
