package import StoreIO
package import StorePrimitives

/// The chain of roots of a store: the one place where writers meet.
///
/// A commit is the exclusive creation of the next key (docs/protocol.md, rules 1 to 3): there is no
/// lock, and whoever loses the race extends the winner's root instead.
package struct RootChain<Directory: DirectoryHandle>: Sendable {
  /// The newest roots that are never pruned; a slot further back is no proof of anything (rule 3).
  package static var keptRoots: UInt64 { 1024 }
  /// Tries before a commit gives up. Each lost try means that somebody else committed.
  private static var attempts: Int { 10_000 }

  private let directory: Directory

  package init(in directory: Directory) { self.directory = directory }

  /// A root with its id.
  package struct Link: Sendable {
    package let root: Root
    package let id: RootID

    package init(root: Root, id: RootID) {
      self.root = root
      self.id = id
    }
  }

  // MARK: Reading

  /// The newest root. When that one is damaged the newest sound one before it is returned and the
  /// damage with it: what it holds can still be read, but nothing can be committed.
  package func newest() throws(StoreError) -> (link: Link, damage: StoreError?) {
    var sequence = try newestSequence()
    var damage: StoreError?
    while true {
      do throws(StoreError) {
        if let link = try read(sequence) { return (link, damage) }
        throw .missing(.root(sequence: sequence))
      } catch {
        guard case .corrupt = error, sequence > 0 else { throw damage ?? error }
        damage = damage ?? error
        sequence -= 1
      }
    }
  }

  /// The number of the newest root: the hint in `latest` and then each next key until one is not
  /// there; a listing only when the hint is of no use.
  private func newestSequence() throws(StoreError) -> UInt64 {
    var sequence: UInt64
    if let hint = try latestHint(), try exists(hint) {
      sequence = hint
    } else {
      sequence = try newestListed()
    }
    while sequence < .max, try exists(sequence + 1) { sequence += 1 }
    return sequence
  }

  /// The root that the hint names, when it and all after it are gone: commits were lost.
  package func lostSequence() throws(StoreError) -> UInt64? {
    guard let hint = try latestHint(), try newestListed() < hint else { return nil }
    return hint
  }

  private func exists(_ sequence: UInt64) throws(StoreError) -> Bool {
    try directory.status(StoreLayout.root(sequence)) != nil
  }

  private func latestHint() throws(StoreError) -> UInt64? {
    guard try directory.status(StoreLayout.latest) != nil else { return nil }
    let bytes: [UInt8]
    do {
      bytes = try directory.openFile(StoreLayout.latest).read(64, at: 0)
    } catch {
      return nil  // Another writer is replacing it; it is only a hint.
    }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    return UInt64(String(decoding: line, as: UTF8.self))
  }

  private func newestListed() throws(StoreError) -> UInt64 {
    let entries = try directory.openDirectory(StoreLayout.roots).entries()
    let sequences = entries.compactMap { StoreLayout.sequence(ofRootKey: $0.name) }
    guard let newest = sequences.max() else { throw .missing(.root(sequence: 0)) }
    return newest
  }

  /// The root in slot `sequence`; nil when the slot is free.
  package func read(_ sequence: UInt64) throws(StoreError) -> Link? {
    guard let bytes = try readBytes(sequence) else { return nil }
    do throws(FormatError) {
      let (root, id) = try RootFormat.decode(bytes)
      guard root.sequence == sequence else { throw .malformed("root in the wrong slot") }
      return Link(root: root, id: id)
    } catch {
      switch error {
      // No damage: to fall back to an older root would hide what a newer program wrote.
      case .unsupportedVersion(let found, let supported):
        throw .unsupportedStore(.formatVersion(found: "\(found)", supported: "\(supported)"))
      case .unsupportedFeatures(let bits): throw Self.unsupported(bits)
      default: throw .corrupt(.root(sequence: sequence), error)
      }
    }
  }

  private static func unsupported(_ features: UInt64) -> StoreError {
    .unsupportedStore(.features(unknown: [String(features, radix: 16)], supported: []))
  }

  private func readBytes(_ sequence: UInt64) throws(StoreError) -> [UInt8]? {
    let path = StoreLayout.root(sequence)
    guard let status = try directory.status(path) else { return nil }
    guard status.size <= UInt64(Limits.rootBytes) else {
      throw .corrupt(.root(sequence: sequence), .malformed("root too large"))
    }
    return try directory.openFile(path).read(Int(status.size), at: 0)
  }

  // MARK: Committing

  /// Creates the next root. `extend` turns the newest root into the one to create; it is called
  /// again for each try that another writer won, and must be prepared to see other refs, other
  /// segments and a newer epoch. Everything the root names must be durable before.
  ///
  /// When the call returns, the root is durable.
  package func commit(
    _ extend: (Link) throws(StoreError) -> Root
  ) throws(StoreError) -> Link {
    for _ in 0..<Self.attempts {
      let (newest, damage) = try newest()
      if let damage { throw damage }
      guard newest.root.writeFeatures == 0 else {
        throw Self.unsupported(newest.root.writeFeatures)
      }
      // Rule 6: with absent ids nothing that is reused proves that what it needs is there.
      guard newest.root.absent == nil else {
        throw .unsupportedStore(.features(unknown: ["absent"], supported: []))
      }
      var root = try extend(newest)
      root.sequence = newest.root.sequence + 1
      root.previous = newest.id
      root.nonce = .random()
      root.created = .now()
      if let link = try create(root) { return link }
    }
    throw .commitContention(attempts: Self.attempts)
  }

  /// Creates the first root of a store; another process that does the same may win, which is as
  /// good.
  package func createFirst() throws(StoreError) {
    var root = Root()
    root.nonce = .random()
    root.created = .now()
    _ = try create(root)
  }

  /// Tries to take the slot of `root`; nil when another writer has it.
  private func create(_ root: Root) throws(StoreError) -> Link? {
    let (bytes, id) = RootFormat.encode(root)
    try checkReadable(bytes, root)
    let file = try directory.createStoreFile()
    try file.write(bytes.span, at: 0)
    try file.synchronize()
    guard try take(root.sequence, with: file, bytes: bytes) else { return nil }
    try directory.openDirectory(StoreLayout.roots).synchronize()
    guard try isRecent(root.sequence, kept: Self.keptRoots) else { return nil }
    // The commit stands whatever becomes of the hint: a stale one costs a reader a few look-ups.
    try? writeLatest(root.sequence)
    return Link(root: root, id: id)
  }

  /// A root that nobody can read would end the store: what is wrong with it must show before.
  private func checkReadable(_ bytes: [UInt8], _ root: Root) throws(StoreError) {
    let object = StoreObject.root(sequence: root.sequence)
    guard bytes.count <= Limits.rootBytes else {
      throw .tooLarge(object, bytes: UInt64(bytes.count), limit: UInt64(Limits.rootBytes))
    }
    let decoded = try object.parsing { () throws(FormatError) in try RootFormat.decode(bytes) }
    precondition(decoded.root == root, "a root reads as it was written")
  }

  /// Links the file into its slot. An answer that says no, or none at all, is settled by reading
  /// the slot: own bytes there mean that the call did go through (rule 1: NFS repeats a call whose
  /// answer was lost, and then says EEXIST to the winner).
  private func take(
    _ sequence: UInt64, with file: Directory.File, bytes: [UInt8]
  ) throws(StoreError) -> Bool {
    do {
      if try directory.linkMakingParent(file, as: StoreLayout.root(sequence)) { return true }
      return try readBytes(sequence) == bytes
    } catch {
      guard case .system = error else { throw error }
      guard let found = try readBytes(sequence) else { throw error }
      return found == bytes
    }
  }

  /// Rule 3: a slot counts only while it cannot have been pruned and taken a second time.
  package func isRecent(_ sequence: UInt64, kept: UInt64) throws(StoreError) -> Bool {
    let newest = try newestSequence()
    // A file system that answers from a stale cache may not show the slot yet.
    return newest <= sequence || newest - sequence < kept
  }

  /// Rewrites the hint. It needs no durability and may be older than the newest root.
  private func writeLatest(_ sequence: UInt64) throws(StoreError) {
    let path = RelativePath(trusted: "tmp/latest-\(Nonce.random().hex)")
    let file = try directory.createFile(path, mode: directory.storeModes().file)
    try file.write(Array("\(sequence)\n".utf8).span, at: 0)
    _ = try directory.rename(path, to: StoreLayout.latest, in: directory, replacing: true)
  }
}
