package import StorePrimitives

/// Merges two trees that come from a third, path by path.
///
/// As long as conflicts are open the result is two trees: each has all that is settled, and at the
/// open paths what its side has. Merged again over the same base they give the same conflicts and
/// no others.
package struct TreeMerge {
  /// One path of the result on both sides; they differ only where a conflict is open.
  package struct Entry: Hashable, Sendable {
    package let path: RelativePath
    package let ours: TreeEntry.Content?
    package let theirs: TreeEntry.Content?
  }

  private let reader: SortedTreeReader
  private let base: MergeBase<TreeID>
  private let ours: TreeID?
  private let theirs: TreeID?
  private let choice: MergeChoice

  /// No tree is an empty one.
  package init(
    _ base: MergeBase<TreeID>, _ ours: TreeID?, _ theirs: TreeID?, choice: MergeChoice = .none,
    _ reader: SortedTreeReader
  ) {
    self.base = base
    self.ours = ours
    self.theirs = theirs
    self.choice = choice
    self.reader = reader
  }

  /// Calls `body` for each path of the result, in path order, and returns the conflicts, in path
  /// order too. Linear in the entries; holds those of one path that is a file in one tree and a
  /// directory in another, and the conflicts.
  ///
  /// - Throws: `StoreError.corrupt` and `missing` for trees that cannot be read, and what `body`
  ///   throws.
  package func run(
    _ body: (Entry) throws(StoreError) -> Void
  ) throws(StoreError) -> [MergeConflict] {
    var walk = TripleWalk(base, ours, theirs, reader)
    var conflicts: [MergeConflict] = []
    var next = try walk.next()
    while let first = next {
      var group = [first]
      next = try walk.next()
      while let inner = next, inner.path.isInside(first.path) {
        group.append(inner)
        next = try walk.next()
      }
      let merged = merge(group[...])
      for entry in merged.entries where entry.ours != nil || entry.theirs != nil {
        try body(entry)
      }
      conflicts += merged.conflicts
    }
    return conflicts
  }

  // MARK: Groups

  /// What comes of some neighbouring paths.
  private struct Merged {
    var entries: [Entry] = []
    var conflicts: [MergeConflict] = []

    var isNothing: Bool {
      conflicts.isEmpty && entries.allSatisfy { $0.ours == nil && $0.theirs == nil }
    }

    mutating func append(_ other: Merged) {
      entries += other.entries
      conflicts += other.conflicts
    }
  }

  private func outcome(_ triple: Triple) -> MergeRule.Outcome<TreeEntry.Content> {
    let base: MergeBase<TreeEntry.Content> =
      if case .unknown = self.base { .unknown } else { .known(triple.base) }
    return MergeRule.contents(base, triple.ours, triple.theirs)
  }

  /// Merges a path and all paths below it, of which there are some only when it is not a file in
  /// each of the trees.
  private func merge(_ group: ArraySlice<Triple>) -> Merged {
    guard let first = group.first else { return Merged() }
    guard group.count > 1 else { return single(first) }
    let inner = mergeAll(group.dropFirst())
    if first.isDirectory { return directory(first, inner) }
    if outcome(first) == .settled(nil) { return inner }
    if inner.isNothing { return single(first) }
    return clash(group)
  }

  private func mergeAll(_ triples: ArraySlice<Triple>) -> Merged {
    var merged = Merged()
    var rest = triples
    while let first = rest.first {
      let group = rest.prefix { $0.path.isInside(first.path) }
      merged.append(merge(group))
      rest = rest.dropFirst(group.count)
    }
    return merged
  }

  private func single(_ triple: Triple) -> Merged {
    switch outcome(triple) {
    case .settled(let content):
      return Merged(entries: [Entry(path: triple.path, ours: content, theirs: content)])
    case .conflict(let kind):
      let conflict = MergeConflict(
        path: triple.path, kind: kind, ours: .init(triple.ours), theirs: .init(triple.theirs),
        settled: choice.side(at: triple.path))
      return Merged(entries: [triple.entry(taking: conflict.settled)], conflicts: [conflict])
    }
  }

  /// An empty directory is one only while nothing is in it.
  private func directory(_ triple: Triple, _ inner: Merged) -> Merged {
    let isGone = outcome(triple) == .settled(nil)
    let isOurs = !isGone && inner.entries.allSatisfy { $0.ours == nil }
    let isTheirs = !isGone && inner.entries.allSatisfy { $0.theirs == nil }
    var merged = Merged(entries: [
      Entry(
        path: triple.path, ours: isOurs ? .emptyDirectory : nil,
        theirs: isTheirs ? .emptyDirectory : nil)
    ])
    merged.append(inner)
    return merged
  }

  /// One side has a file, and something would be in it.
  private func clash(_ group: ArraySlice<Triple>) -> Merged {
    guard let first = group.first else { return Merged() }
    let conflict = MergeConflict(
      path: first.path, kind: .fileAgainstDirectory, ours: version(of: group, \.ours),
      theirs: version(of: group, \.theirs), settled: choice.side(at: first.path))
    return Merged(
      entries: group.map { $0.entry(taking: conflict.settled) }, conflicts: [conflict])
  }

  private func version(
    of group: ArraySlice<Triple>, _ side: KeyPath<Triple, TreeEntry.Content?>
  ) -> MergeConflict.Version {
    if let content = group.first?[keyPath: side] { return .entry(content) }
    let total = group.reduce(TreeTotal.zero) { total, triple in
      guard let content = triple[keyPath: side] else { return total }
      let entry = TreeEntry(path: triple.path, content: content)
      return total + TreeTotal(count: 1, weight: entry.size)
    }
    return total.count == 0 ? .nothing : .directory(total, nil)
  }
}

extension MergeConflict.Version {
  fileprivate init(_ content: TreeEntry.Content?) {
    switch content {
    case .emptyDirectory: self = .directory(.zero, nil)
    case let content?: self = .entry(content)
    case nil: self = .nothing
    }
  }
}

/// What three trees have at one path.
private struct Triple {
  let path: RelativePath
  let base: TreeEntry.Content?
  let ours: TreeEntry.Content?
  let theirs: TreeEntry.Content?

  /// Whether no tree has anything else there than an empty directory.
  var isDirectory: Bool {
    [base, ours, theirs].allSatisfy { $0 == nil || $0 == .emptyDirectory }
  }

  func entry(taking side: MergeSide?) -> TreeMerge.Entry {
    TreeMerge.Entry(
      path: path, ours: side == .theirs ? theirs : ours, theirs: side == .ours ? ours : theirs)
  }
}

/// Walks three trees at once.
private struct TripleWalk {
  private var base: TreeCursor
  private var ours: TreeCursor
  private var theirs: TreeCursor

  init(
    _ base: MergeBase<TreeID>, _ ours: TreeID?, _ theirs: TreeID?, _ reader: SortedTreeReader
  ) {
    let known: TreeID? = if case .known(let tree) = base { tree } else { nil }
    self.base = TreeCursor(known, reader)
    self.ours = TreeCursor(ours, reader)
    self.theirs = TreeCursor(theirs, reader)
  }

  mutating func next() throws(StoreError) -> Triple? {
    let items = [try base.item(), try ours.item(), try theirs.item()]
    let keys = items.compactMap { $0?.key }
    guard let key = keys.min(by: PathOrder.precedes) else { return nil }
    let before = try Self.take(items[0], key, &base)
    let mine = try Self.take(items[1], key, &ours)
    let other = try Self.take(items[2], key, &theirs)
    guard let path = (before ?? mine ?? other)?.path else { return nil }
    return Triple(
      path: path, base: before?.content, ours: mine?.content, theirs: other?.content)
  }

  private static func take(
    _ item: NodeFormat.Item?, _ key: [UInt8], _ cursor: inout TreeCursor
  ) throws(StoreError) -> TreeEntry? {
    guard let item, item.key == key else { return nil }
    let entry = try cursor.entry(item)
    try cursor.advance()
    return entry
  }
}
