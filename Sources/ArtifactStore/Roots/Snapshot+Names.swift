import StoreIO
package import StorePrimitives

/// What a name on the command line stands for.
package struct ResolvedName: Sendable {
  package let target: RefRecord.Target
  /// The path inside the target, when the name ends with one.
  package let inner: RelativePath?
  /// What is known of the target: of a ref, or of a pin of the lock; nil for a bare id.
  package let record: RefRecord?
  /// A ref that keeps the target; nil when none was found.
  package let ref: RefName?
  /// The name of the target alone, without the path inside.
  package let whole: String

  /// The same under another name for the target.
  package func named(_ whole: String) -> ResolvedName {
    ResolvedName(target: target, inner: inner, record: record, ref: ref, whole: whole)
  }
}

/// Whose names are meant, and from where.
package struct NameScope: Sendable {
  /// Whose pins are meant; of other workspaces only when it has none by that path.
  package var workspace: String?
  /// Where in the workspace the user is; paths are tried from there first.
  package var directory: RelativePath?
  /// The pins of the workspace: they go before those that the store remembers.
  package var lock: Lock

  package init(
    workspace: String? = nil, directory: RelativePath? = nil, lock: Lock = Lock()
  ) {
    self.workspace = workspace
    self.directory = directory
    self.lock = lock
  }
}

extension Snapshot {
  /// What `text` names: `pin:PATH`, `tag:NAME`, `sha256:…`, or a bare word, which is a path, a tag,
  /// or the unique beginning of an id that a ref points at. `:PATH` may follow each.
  ///
  /// A path is a pin of the lock, else the newest pin of the store, else a path inside a pin of the
  /// lock. Such a path that is in no version is taken as one all the same, when nothing else goes
  /// by the name: whoever looks for it says what there is not.
  ///
  /// - Throws: `StoreError.unknownName`; `ambiguousName` with the candidates; `pinNotHere` when the
  ///   store lacks the version that the lock names.
  package func resolve(
    _ text: String, in scope: NameScope = NameScope()
  ) throws(StoreError) -> ResolvedName {
    if let found = try find(text, in: scope) { return found }
    if let guess = try NameResolver(snapshot: self, refs: try refs(), scope: scope).guess(text) {
      return guess
    }
    throw .unknownName(text)
  }

  /// `resolve` for names of what is there; nil for any other.
  package func find(
    _ text: String, in scope: NameScope
  ) throws(StoreError) -> ResolvedName? {
    let resolver = NameResolver(snapshot: self, refs: try refs(), scope: scope)
    // A path may hold colons, so the longest name that exists wins.
    for split in resolver.splits(of: text) {
      if let found = try resolver.resolve(split.name, inner: split.inner) { return found }
    }
    return nil
  }

  /// What the path `text` is in the lock of `scope` alone: a pin, or a path inside one that its
  /// version has; nil for any other. `inner` is a path inside that.
  package func findLocked(
    _ text: String, inner: RelativePath?, in scope: NameScope
  ) throws(StoreError) -> ResolvedName? {
    let resolver = NameResolver(snapshot: self, refs: try refs(), scope: scope)
    for path in resolver.paths(of: text) {
      if let pin = scope.lock[path] { return try resolver.locked(pin, inner) }
    }
    return try resolver.insidePin(text, inner: inner)
  }

  /// Whether the store holds the version that a pin of a lock names: the root of its tree, or its
  /// blob. O(log n) for each segment.
  package func holds(_ pin: LockedPin) throws(StoreError) -> Bool {
    guard let digest = pin.target.digest else { return false }
    return try NameResolver(snapshot: self, refs: [], scope: NameScope()).target(digest) != nil
  }
}

private struct NameResolver<Directory: DirectoryHandle> {
  typealias Ref = (name: RefName, record: RefRecord)

  let snapshot: Snapshot<Directory>
  let refs: [Ref]
  let scope: NameScope

  /// Fewer digits of an id are too likely to mean something else.
  private static var minimumPrefix: Int { 6 }

  func splits(of text: String) -> [(name: String, inner: RelativePath?)] {
    var splits: [(name: String, inner: RelativePath?)] = [(text, nil)]
    for index in text.indices.reversed() where text[index] == ":" {
      guard let inner = path(text[text.index(after: index)...]) else { continue }
      splits.append((String(text[..<index]), inner))
    }
    return splits
  }

  private func path(_ text: some StringProtocol) -> RelativePath? {
    var bytes = PathText.unescape(text) ?? Array(text.utf8)
    while bytes.count > 1, bytes.last == RelativePath.slash { bytes.removeLast() }
    return try? RelativePath(bytes)
  }

  /// The paths of the workspace that `text` may mean: as seen from where the user is, then from the
  /// root.
  func paths(of text: String) -> [RelativePath] {
    guard let path = path(text) else { return [] }
    let below = scope.directory.flatMap { try? $0.appending(path.bytes) }
    return [below, path].compactMap { $0 }
  }

  func resolve(_ name: String, inner: RelativePath?) throws(StoreError) -> ResolvedName? {
    if name.hasPrefix("pin:") {
      let text = String(name.dropFirst(4))
      if let pin = try pin(text, inner, as: name) { return pin }
      if let inside = try insidePin(text, inner: inner, prefix: "pin:") { return inside }
      return stored(text, inner, as: name)
    }
    if name.hasPrefix("tag:") { return tag(String(name.dropFirst(4)), inner, as: name) }
    if name.hasPrefix("sha256:") { return try id(String(name.dropFirst(7)), inner, as: name) }
    if let pin = try pin(name, inner, as: name) { return pin }
    var named = tag(name, inner, as: name)
    if named == nil { named = try shortID(name, inner) }
    let inside: ResolvedName?
    do throws(StoreError) {
      inside = try insidePin(name, inner: inner)
    } catch {
      // Whether the path is in a version that is not here is not known; the other name is there.
      guard let named else { throw error }
      return named
    }
    guard let named, inside != nil else {
      return named ?? inside ?? stored(name, inner, as: name)
    }
    let kind = named.ref?.name == name ? "tag:\(name)" : "sha256:\(named.target.digest?.hex ?? "")"
    throw .ambiguousName(name, candidates: ["pin:\(name)", kind])
  }

  // MARK: Paths

  /// A pin of the lock, or of the store where no pin of the lock is around the path: what the store
  /// remembers from before that was pinned must not hide what is in it.
  private func pin(
    _ text: String, _ inner: RelativePath?, as name: String
  ) throws(StoreError) -> ResolvedName? {
    for path in paths(of: text) {
      if let pin = scope.lock[path] { return try locked(pin, inner, as: name) }
      guard enclosing(path) == nil else { continue }
      if let ref = newest(path) { return found(ref, inner, as: name) }
    }
    return nil
  }

  /// A pin of the store, whatever the lock says.
  private func stored(_ text: String, _ inner: RelativePath?, as name: String) -> ResolvedName? {
    for path in paths(of: text) {
      if let ref = newest(path) { return found(ref, inner, as: name) }
    }
    return nil
  }

  private func newest(_ path: RelativePath) -> Ref? {
    let all = refs.filter { $0.name.isIn(.pins) && $0.record.path == path }
    let own = all.filter { $0.record.workspace == scope.workspace }
    return (own.isEmpty ? all : own).max { $0.record.created < $1.record.created }
  }

  private func found(_ ref: Ref, _ inner: RelativePath?, as name: String) -> ResolvedName {
    ResolvedName(
      target: ref.record.target, inner: inner, record: ref.record, ref: ref.name, whole: name)
  }

  /// The version of a pin of the lock, with what the store's refs say of it.
  func locked(
    _ pin: LockedPin, _ inner: RelativePath?, as name: String? = nil
  ) throws(StoreError) -> ResolvedName {
    let keeping = refs.filter { $0.record.target.digest == pin.target.digest }
    let same = keeping.filter { $0.name.isIn(.pins) && $0.record.path == pin.path }
    let own = same.first { $0.record.workspace == scope.workspace } ?? same.first
    if keeping.isEmpty, let digest = pin.target.digest, try target(digest) == nil {
      throw .pinNotHere(path: pin.path.description, pin.object)
    }
    var record = own?.record ?? RefRecord(target: pin.target, created: .now())
    record.path = pin.path
    return ResolvedName(
      target: pin.target, inner: inner, record: record, ref: (own ?? keeping.first)?.name,
      whole: name ?? pin.path.description)
  }

  /// A path inside a pin of the lock that the version of the pin has.
  func insidePin(
    _ text: String, inner: RelativePath?, prefix: String = ""
  ) throws(StoreError) -> ResolvedName? {
    for path in paths(of: text) {
      guard let place = enclosing(path) else { continue }
      let found = try inside(place.pin, place.entry, inner, prefix)
      var isThere = false
      try snapshot.reader().tree.forEach(
        in: place.tree, at: place.entry
      ) { (_) throws(StoreError) in
        isThere = true
        return .stop
      }
      if isThere { return found }
    }
    return nil
  }

  /// The pin of the lock that `path` lies in, its version, and the rest of the path.
  private func enclosing(
    _ path: RelativePath
  ) -> (pin: LockedPin, tree: TreeID, entry: RelativePath)? {
    guard let pin = scope.lock.pin(around: path), case .tree(let tree) = pin.target,
      let entry = try? RelativePath(Array(path.bytes.dropFirst(pin.path.bytes.count + 1)))
    else { return nil }
    return (pin, tree, entry)
  }

  private func inside(
    _ pin: LockedPin, _ entry: RelativePath, _ inner: RelativePath?, _ prefix: String
  ) throws(StoreError) -> ResolvedName {
    let whole = inner.flatMap { try? $0.inside(entry) } ?? entry
    return try locked(pin, whole, as: prefix + pin.path.description)
  }

  /// A path inside a pin of the lock, whether its version has it or not.
  func guess(_ text: String) throws(StoreError) -> ResolvedName? {
    guard !text.hasPrefix("tag:"), !text.hasPrefix("sha256:") else { return nil }
    let prefix = text.hasPrefix("pin:") ? "pin:" : ""
    for path in paths(of: String(text.dropFirst(prefix.count))) {
      if let place = enclosing(path) { return try inside(place.pin, place.entry, nil, prefix) }
    }
    return nil
  }

  // MARK: Tags and ids

  private func tag(_ text: String, _ inner: RelativePath?, as name: String) -> ResolvedName? {
    refs.first { $0.name.isIn(.tags) && $0.name.name == text }.map { found($0, inner, as: name) }
  }

  private func shortID(
    _ name: String, _ inner: RelativePath?
  ) throws(StoreError) -> ResolvedName? {
    name.utf8.count < Self.minimumPrefix ? nil : try id(name, inner, as: name)
  }

  /// A whole id of anything in the store, or the beginning of one that a ref points at.
  private func id(
    _ hex: String, _ inner: RelativePath?, as name: String
  ) throws(StoreError) -> ResolvedName? {
    if let digest = Digest(hex: hex) {
      guard let target = try target(digest) else { return nil }
      return ResolvedName(target: target, inner: inner, record: nil, ref: nil, whole: name)
    }
    guard hex.utf8.allSatisfy({ Hex.isDigit($0) }) else { return nil }
    let matching = refs.filter { $0.record.target.digest?.hex.hasPrefix(hex) ?? false }
    let targets = Set(matching.map(\.record.target))
    guard targets.count <= 1 else {
      throw .ambiguousName(
        hex, candidates: targets.compactMap { $0.digest.map { "sha256:\($0.hex)" } }.sorted())
    }
    return matching.first.map { found($0, inner, as: name) }
  }

  func target(_ digest: Digest) throws(StoreError) -> RefRecord.Target? {
    let view = snapshot.view
    if try view.holds(ObjectKey(.node, digest)) { return .tree(TreeID(digest)) }
    let chunk = ObjectKey(.chunk, digest)
    if let place = try view.readablePlaces(of: chunk, atMost: 1).first {
      return .blob(BlobID(digest), size: place.plainCount, executable: false)
    }
    if let recipe = try snapshot.reader().recipe(of: BlobID(digest)) {
      return .blob(BlobID(digest), size: recipe.size, executable: false)
    }
    // It may be there all the same, in a part of the index that cannot be read.
    _ = try view.find(chunk)
    if let damage = view.damaged.first { throw damage }
    return nil
  }
}

extension LockedPin {
  /// What the store must hold for this version.
  package var object: StoreObject {
    switch target {
    case .blob(let id, _, _): .blob(id)
    case .tree(let id): .node(NodeID(id.digest))
    case .manifest, .session: preconditionFailure("a lock pins trees and blobs")
    }
  }
}

extension RefRecord.Target {
  /// The id that the target has; nil for a session.
  package var digest: Digest? {
    switch self {
    case .tree(let id): id.digest
    case .blob(let id, _, _): id.digest
    case .manifest(let id): id
    case .session: nil
    }
  }
}
