import StoreIO
import StorePrimitives

/// What a checkout will do to one pin: everything is decided before the first change.
struct CheckoutPlan<Directory: DirectoryHandle> {
  typealias Dispensable = WorkspaceEditor<Directory>.Dispensable

  /// What comes, and what it takes the place of.
  struct Incoming: Sendable {
    let entry: TreeEntry
    var old: Dispensable?
  }

  /// What goes.
  struct Outgoing: Sendable {
    let path: RelativePath
    let old: Dispensable
  }

  let pin: CheckoutRequest<Directory>.Pin
  var incoming: [Incoming] = []
  var outgoing: [Outgoing] = []
  var extras: [RelativePath] = []
  var unchanged = TreeTotal.zero
  /// What would be lost, as the store does not hold it.
  var losses: [RelativePath] = []
  /// The bytes of a whole directory that comes where nothing is: it appears at once, and its files
  /// are not listed here.
  var freshBytes: UInt64?
  /// Whether a directory gives way to a file, or a file to a directory.
  var isSwap = false

  init(_ pin: CheckoutRequest<Directory>.Pin) { self.pin = pin }

  /// Bytes that will be written.
  var bytes: UInt64 { freshBytes ?? incoming.reduce(0) { $0 &+ $1.entry.size } }
}

/// Makes the plan of one pin.
struct CheckoutPlanner<Directory: DirectoryHandle> {
  typealias Plan = CheckoutPlan<Directory>

  let snapshot: Snapshot<Directory>
  let request: CheckoutRequest<Directory>
  let progress: Progress

  func plan(_ pin: CheckoutRequest<Directory>.Pin) throws(StoreError) -> Plan {
    var plan = Plan(pin)
    let wanted = try WantedEntries(pin.version, snapshot)
    if pin.version.source == nil, !wanted.isFile {
      plan.freshBytes = try wanted.bytes()
      return plan
    }
    let comparer = PinComparer(
      snapshot: snapshot, folder: request.caches, options: request.scan,
      workers: request.workers, progress: progress)
    let comparison = try comparer.compare(
      pin.version, depth: .differences, following: !request.isForced)
    plan.unchanged = comparison.unchanged
    guard !request.relinks else {
      if !comparison.isKindClash { try relink(comparison, wanted, &plan) }
      return plan
    }
    plan.isSwap = comparison.isKindClash
    let inTheWay = Self.inTheWay(comparison)
    let doomed = try destroyed(by: comparison, inTheWay)
    if let source = pin.version.source {
      let blockers = Blockers(
        root: source.holder, comparison: comparison, doomed: Set(doomed.keys))
      if !plan.isSwap { try blockers.check() } else if !source.isFile { try blockers.checkAll() }
    }
    try decide(comparison, doomed, inTheWay, &plan)
    return plan
  }

  // MARK: What goes

  /// The entries of the scan that may go, with what they hold; hashed here and now, whatever a
  /// cache says.
  private func destroyed(
    by comparison: PinComparison<Directory>, _ inTheWay: Set<Int>
  ) throws(StoreError) -> [Int: Plan.Dispensable] {
    let all = comparison.differences.compactMap { difference -> Int? in
      guard let index = difference.index else { return nil }
      let isExtra = request.cleans && !comparison.tree.entries[index].isFollowed
      let goes =
        difference.wanted != nil || isExtra || comparison.isKindClash || inTheWay.contains(index)
      return goes ? index : nil
    }
    let entries = comparison.tree.entries
    let files = request.isForced ? [] : all.filter { entries[$0].isFile }
    let start = Timestamp.now()
    for index in files { try entries[index].cleanPages() }
    let hashed = try FileHasher.hash(
      files, of: comparison.tree, workers: request.workers, progress: progress)
    var found: [Int: Plan.Dispensable] = [:]
    for index in all {
      let status = hashed[index]?.status ?? entries[index].status
      found[index] = Plan.Dispensable(
        status: status, blob: hashed[index]?.blob, readFrom: start)
    }
    return found
  }

  /// Entries that the version does not have and that stand where a directory or file of it
  /// belongs. What is in a directory that the version has empty is in nobody's way.
  private static func inTheWay(_ comparison: PinComparison<Directory>) -> Set<Int> {
    var found: Set<Int> = []
    var lastWanted: RelativePath?
    var lastExtra: (path: RelativePath, index: Int)?
    for difference in comparison.differences {
      if difference.wanted == nil, let index = difference.index {
        if let lastWanted, difference.path.isInside(lastWanted) { found.insert(index) }
        lastExtra = (difference.path, index)
      } else {
        if let lastExtra, difference.path.isInside(lastExtra.path) { found.insert(lastExtra.index) }
        if difference.wanted != .emptyDirectory { lastWanted = difference.path }
      }
    }
    return found
  }

  private func decide(
    _ comparison: PinComparison<Directory>, _ doomed: [Int: Plan.Dispensable],
    _ inTheWay: Set<Int>, _ plan: inout Plan
  ) throws(StoreError) {
    for difference in comparison.differences {
      let old = difference.index.flatMap { doomed[$0] }
      var isHeld: Bool?
      if let old, let index = difference.index {
        isHeld = try holds(comparison.tree.entries[index], old.blob, plan.pin.version)
      }
      if let wanted = difference.wanted {
        let entry = TreeEntry(path: difference.path, content: wanted)
        if isHeld == false { plan.losses.append(difference.path) }
        plan.incoming.append(Plan.Incoming(entry: entry, old: old))
      } else if let index = difference.index {
        let mustGo = inTheWay.contains(index) || plan.isSwap
        if mustGo, isHeld == false { plan.losses.append(difference.path) }
        if let old, mustGo || request.cleans && (isHeld == true || request.isForced) {
          plan.outgoing.append(Plan.Outgoing(path: difference.path, old: old))
        } else {
          plan.extras.append(difference.path)
        }
      }
    }
  }

  /// Whether nothing is lost with an entry. The target of a link is held by a version of the pin
  /// that has the same link.
  private func holds(
    _ entry: ScannedEntry<Directory>, _ blob: BlobID?, _ version: PinVersion<Directory>
  ) throws(StoreError) -> Bool {
    guard !entry.isFollowed else {
      throw .inTheWay(path: entry.path.description, kind: "file behind a symbolic link")
    }
    switch entry.kind {
    case .emptyDirectory: return true
    case .file:
      guard let blob else { return false }
      return try snapshot.holds(blob)
    case .symbolicLink(let target):
      let path = try entry.path.checkedInside(version.inner)
      for (_, record) in try snapshot.refs(in: .pins) where record.path == version.path {
        guard case .tree(let tree) = record.target else { continue }
        let content = try snapshot.reader().tree.entry(path, in: tree)?.content
        if content == .symbolicLink(target: target) { return true }
      }
      return false
    }
  }

  // MARK: Links to the store

  /// Plans to replace large files that are right by links to the store.
  private func relink(
    _ comparison: PinComparison<Directory>, _ wanted: WantedEntries<Directory>,
    _ plan: inout Plan
  ) throws(StoreError) {
    let start = Timestamp.now()
    var candidates: [Int: TreeEntry] = [:]
    let entries = comparison.tree.entries
    var next = 0
    try wanted.forEach { (entry) throws(StoreError) in
      guard case .file(let blob, _, executable: false) = entry.content else { return }
      while next < entries.count, entries[next].path < entry.path { next += 1 }
      guard next < entries.count, entries[next].path == entry.path, entries[next].isFile,
        !entries[next].isFollowed, try isRaw(blob, not: entries[next].status)
      else { return }
      candidates[next] = entry
    }
    for index in candidates.keys { try entries[index].cleanPages() }
    let hashed = try FileHasher.hash(
      candidates.keys.sorted(), of: comparison.tree, workers: request.workers, progress: progress)
    for (index, entry) in candidates.sorted(by: { $0.key < $1.key }) {
      guard let result = hashed[index], result.content == entry.content else { continue }
      let old = Plan.Dispensable(
        status: result.status, blob: result.blob, readFrom: start)
      plan.incoming.append(Plan.Incoming(entry: entry, old: old))
    }
  }

  /// Whether the store has the blob as a raw object that is not this very file.
  private func isRaw(_ blob: BlobID, not status: FileStatus) throws(StoreError) -> Bool {
    let places = try snapshot.view.readablePlaces(of: ObjectKey(.whole, blob.digest))
    guard let place = places.first else { return false }
    let stored = try snapshot.store.directory.status(place.container.name.path)
    return stored.map { !$0.isSameFile(as: status) } ?? false
  }
}

extension RelativePath {
  /// `self` below `directory`, with the error of the engine.
  func checkedInside(_ directory: RelativePath?) throws(StoreError) -> RelativePath {
    try RelativePath.checked(components, below: directory)
  }
}
