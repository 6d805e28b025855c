import StoreIO

/// A number that is equal for trees that look the same from the root: names, bytes, modes and inode
/// numbers, not times. Holds within one run of the program.
///
/// For many trees that differ in few places it can be told those, and looks at no others.
struct TreeFingerprint: Sendable {
  /// Of a directory in which something may change.
  private struct Plan {
    /// The share of the entries that cannot change.
    var fixed: UInt64 = 0
    /// The names that may come, go or lead to something that changes.
    var names: Set<[UInt8]> = []
  }

  /// The directories of which nothing can change.
  private var fixed: [InodeNumber: UInt64] = [:]
  private var plans: [InodeNumber: Plan] = [:]

  /// For any tree, at O(inodes).
  init() {}

  /// For trees that differ from `tree` in `changes` only, at the cost of those.
  init(of tree: FileTree, changes: [PendingChange]) {
    var inodes: Set<InodeNumber> = []
    var names: [InodeNumber: Set<[UInt8]>] = [:]
    for effect in changes.flatMap(\.effects) {
      switch effect {
      case .enter(let place, _), .leave(let place):
        names[place.directory, default: []].insert(place.name)
      default: inodes.insert(effect.inode)
      }
    }
    _ = plan(FileTree.root, in: tree, changing: inodes, names)
  }

  /// Whether nothing below the directory `number` can change. A directory that cannot be reached
  /// in `tree` gets no plan: it is looked at as a whole where it can be.
  private mutating func plan(
    _ number: InodeNumber, in tree: FileTree, changing inodes: Set<InodeNumber>,
    _ names: [InodeNumber: Set<[UInt8]>]
  ) -> Bool {
    var plan = Plan(names: names[number] ?? [])
    for (name, child) in tree[number]?.entries ?? [:] {
      let isDirectory = tree[child]?.kind == .directory
      let isFixed = isDirectory ? self.plan(child, in: tree, changing: inodes, names) : true
      if isFixed && !inodes.contains(child) && !plan.names.contains(name) {
        plan.fixed &+= share(of: name, child, in: tree)
      } else {
        plan.names.insert(name)
      }
    }
    if plan.names.isEmpty { fixed[number] = plan.fixed } else { plans[number] = plan }
    return plan.names.isEmpty
  }

  func value(of tree: FileTree) -> UInt64 { directory(FileTree.root, in: tree) }

  private func directory(_ number: InodeNumber, in tree: FileTree) -> UInt64 {
    if let value = fixed[number] { return value }
    guard let entries = tree[number]?.entries else { return 0 }
    guard let plan = plans[number] else {
      return entries.reduce(0) { $0 &+ share(of: $1.key, $1.value, in: tree) }
    }
    return plan.names.reduce(plan.fixed) { sum, name in
      sum &+ (entries[name].map { share(of: name, $0, in: tree) } ?? 0)
    }
  }

  private func share(of name: [UInt8], _ child: InodeNumber, in tree: FileTree) -> UInt64 {
    guard let inode = tree[child] else { return 0 }
    var value = SeededRandom.mix(child, UInt64(inode.mode))
    switch inode.kind {
    case .directory: value = SeededRandom.mix(value, directory(child, in: tree))
    case .file: value = SeededRandom.mix(value, inode.content.fingerprint)
    default: value = SeededRandom.mix(value, UInt64(bitPattern: Int64(inode.target.hashValue)))
    }
    return SeededRandom.mix(value, UInt64(bitPattern: Int64(name.hashValue)))
  }
}
