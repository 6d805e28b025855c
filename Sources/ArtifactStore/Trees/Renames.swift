package import StorePrimitives

/// A change as people see it: a file that has gone and one that has come with the same bytes are
/// one that was renamed.
package enum ShownChange: Hashable, Sendable {
  case added(RelativePath, TreeEntry.Content)
  case removed(RelativePath, TreeEntry.Content)
  case changed(RelativePath, old: TreeEntry.Content, new: TreeEntry.Content)
  /// Whether it may be executed may have changed on the way.
  case renamed(
    from: RelativePath, to: RelativePath, old: TreeEntry.Content, new: TreeEntry.Content)

  /// The path in the new version, or in the old one of what is gone.
  package var path: RelativePath {
    switch self {
    case .added(let path, _), .removed(let path, _), .changed(let path, _, _): path
    case .renamed(_, let path, _, _): path
    }
  }

  /// The change as it is, without a search for renames; nil when nothing is there on either side.
  package init?(_ change: TreeChange) {
    switch (change.old, change.new) {
    case (nil, nil): return nil
    case (nil, let new?): self = .added(change.path, new)
    case (let old?, nil): self = .removed(change.path, old)
    case (let old?, let new?): self = .changed(change.path, old: old, new: new)
    }
  }
}

/// Finds renames among the changes between two versions.
package enum Renames {
  /// `changes`, which are in path order, with removed and added files of equal bytes paired: those
  /// of the same name first, then in path order. Empty files are not paired, for they are all
  /// alike. Ordered by `path`. O(n log n).
  package static func paired(_ changes: [TreeChange]) -> [ShownChange] {
    var sources = RenameSources(changes)
    var origins: [Int: Int] = [:]
    let added = changes.indices.filter { changes[$0].old == nil && changes[$0].addedBlob != nil }
    for index in added { origins[index] = sources.takeNamesake(of: changes[index]) }
    for index in added where origins[index] == nil {
      origins[index] = sources.takeAny(for: changes[index])
    }
    let taken = Set(origins.values)
    return changes.indices.compactMap { index in
      guard !taken.contains(index) else { return nil }
      let change = changes[index]
      guard let origin = origins[index], let old = changes[origin].old, let new = change.new
      else { return ShownChange(change) }
      return .renamed(from: changes[origin].path, to: change.path, old: old, new: new)
    }
  }
}

/// The removed files that may have gone elsewhere, by what they hold.
private struct RenameSources {
  private struct Key: Hashable {
    let blob: BlobID
    let name: ArraySlice<UInt8>
  }

  /// Indices of changes; each list is taken from the front.
  private var byName: [Key: ArraySlice<Int>] = [:]
  private var byBlob: [BlobID: ArraySlice<Int>] = [:]
  private var taken: Set<Int> = []

  init(_ changes: [TreeChange]) {
    for (index, change) in changes.enumerated() where change.new == nil {
      guard let blob = change.removedBlob else { continue }
      byName[Key(blob: blob, name: change.path.name), default: []].append(index)
      byBlob[blob, default: []].append(index)
    }
  }

  mutating func takeNamesake(of change: TreeChange) -> Int? {
    guard let blob = change.addedBlob else { return nil }
    let index = byName[Key(blob: blob, name: change.path.name)]?.popFirst()
    if let index { taken.insert(index) }
    return index
  }

  mutating func takeAny(for change: TreeChange) -> Int? {
    guard let blob = change.addedBlob else { return nil }
    while let index = byBlob[blob]?.popFirst() {
      if taken.insert(index).inserted { return index }
    }
    return nil
  }
}

extension TreeChange {
  fileprivate var addedBlob: BlobID? { new.flatMap(Self.blob) }
  fileprivate var removedBlob: BlobID? { old.flatMap(Self.blob) }

  private static func blob(of content: TreeEntry.Content) -> BlobID? {
    guard case .file(let blob, let size, _) = content, size > 0 else { return nil }
    return blob
  }
}
