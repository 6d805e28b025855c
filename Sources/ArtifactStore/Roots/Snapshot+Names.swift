import StoreIO
package import StorePrimitives

/// What a name on the command line stands for.
package struct ResolvedName: Sendable {
  package let target: RefRecord.Target
  /// The path inside the target, when the name ends with one.
  package let inner: RelativePath?
  /// The ref that was found; nil for a bare id.
  package let record: RefRecord?
  package let ref: RefName?
}

extension Snapshot {
  /// What `text` names: `pin:PATH`, `tag:NAME`, `sha256:…`, or a bare word, which is a pin path, a
  /// tag, or the unique beginning of an id that a ref points at. `:PATH` may follow each.
  ///
  /// - Parameters:
  ///   - workspace: whose pins are meant; of other workspaces only when it has none by that path.
  ///   - directory: where in the workspace the user is; pin paths are tried from there first.
  /// - Throws: `StoreError.unknownName`, or `ambiguousName` with the candidates.
  package func resolve(
    _ text: String, workspace: String? = nil, from directory: RelativePath? = nil
  ) throws(StoreError) -> ResolvedName {
    let resolver = NameResolver(
      snapshot: self, refs: try refs(), workspace: workspace, directory: directory)
    // A path may hold colons, so the longest name that exists wins.
    for split in resolver.splits(of: text) {
      if let found = try resolver.resolve(split.name, inner: split.inner) { return found }
    }
    throw .unknownName(text)
  }
}

private struct NameResolver<Directory: DirectoryHandle> {
  let snapshot: Snapshot<Directory>
  let refs: [(name: RefName, record: RefRecord)]
  let workspace: String?
  let directory: RelativePath?

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

  func resolve(_ name: String, inner: RelativePath?) throws(StoreError) -> ResolvedName? {
    func found(_ ref: (name: RefName, record: RefRecord)) -> ResolvedName {
      ResolvedName(target: ref.record.target, inner: inner, record: ref.record, ref: ref.name)
    }
    if name.hasPrefix("pin:") { return pin(String(name.dropFirst(4))).map(found) }
    if name.hasPrefix("tag:") { return tag(String(name.dropFirst(4))).map(found) }
    if name.hasPrefix("sha256:") { return try id(String(name.dropFirst(7)), inner: inner) }
    if let ref = pin(name) ?? tag(name) { return found(ref) }
    guard name.utf8.count >= Self.minimumPrefix else { return nil }
    return try id(name, inner: inner)
  }

  private func pin(_ text: String) -> (name: RefName, record: RefRecord)? {
    guard let path = path(text) else { return nil }
    let below = directory.flatMap { try? $0.appending(path.bytes) }
    for path in [below, path].compactMap({ $0 }) {
      let all = refs.filter { $0.name.isIn(.pins) && $0.record.path == path }
      let own = all.filter { $0.record.workspace == workspace }
      if let newest = (own.isEmpty ? all : own).max(by: { $0.record.created < $1.record.created }) {
        return newest
      }
    }
    return nil
  }

  private func tag(_ text: String) -> (name: RefName, record: RefRecord)? {
    refs.first { $0.name.isIn(.tags) && $0.name.name == text }
  }

  /// A whole id of anything in the store, or the beginning of one that a ref points at.
  private func id(_ hex: String, inner: RelativePath?) throws(StoreError) -> ResolvedName? {
    if let digest = Digest(hex: hex) {
      guard let target = try target(digest) else { return nil }
      return ResolvedName(target: target, inner: inner, record: nil, ref: nil)
    }
    guard hex.utf8.allSatisfy({ Hex.isDigit($0) }) else { return nil }
    let matching = refs.filter { $0.record.target.digest?.hex.hasPrefix(hex) ?? false }
    let targets = Set(matching.map(\.record.target))
    guard targets.count <= 1 else {
      throw .ambiguousName(hex, candidates: targets.compactMap(\.digest?.hex).sorted())
    }
    guard let ref = matching.first else { return nil }
    return ResolvedName(
      target: ref.record.target, inner: inner, record: ref.record, ref: ref.name)
  }

  private func target(_ digest: Digest) throws(StoreError) -> RefRecord.Target? {
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
