package import StoreIO
package import StorePrimitives

/// Reads objects of one snapshot and hands out nothing that does not hash to its id.
///
/// Keeps buffers, codecs and open containers, so it belongs to one thread.
package final class ObjectReader<Directory: DirectoryHandle> {
  /// Open containers; enough for two generations of packs of one restore.
  private static var openFiles: Int { 64 }

  package private(set) var snapshot: Snapshot<Directory>
  private var files: [ContainerName: Directory.File] = [:]
  private var hasher = SHA256Hasher()
  private var zlib = ZlibCodec()
  private var zstd = ZstdCodec()
  private var stored: [UInt8] = []

  package init(_ snapshot: Snapshot<Directory>) { self.snapshot = snapshot }

  /// The bytes of an object, from the first of its places that is sound.
  ///
  /// - Throws: `StoreError.missing`, or `corrupt` with the last damage when no place is sound.
  package func object(_ key: ObjectKey) throws(StoreError) -> [UInt8] {
    var bytes: [UInt8] = []
    try read(key, into: &bytes)
    return bytes
  }

  /// The same into a buffer that is used again.
  ///
  /// A container that is gone makes the reader look at the newest root, once: what is still held
  /// has moved (rule 10).
  package func read(_ key: ObjectKey, into bytes: inout [UInt8]) throws(StoreError) {
    do throws(StoreError) {
      try readHere(key, into: &bytes)
    } catch .missing(let object) where object.isContainer {
      guard try moveToNewest() else { throw .missing(object) }
      try readHere(key, into: &bytes)
    }
  }

  /// False when this is the newest snapshot already.
  private func moveToNewest() throws(StoreError) -> Bool {
    let newest = try snapshot.store.snapshot()
    guard newest.link.id != snapshot.link.id else { return false }
    snapshot = newest
    files = [:]
    return true
  }

  private func readHere(_ key: ObjectKey, into bytes: inout [UInt8]) throws(StoreError) {
    let places = try snapshot.view.places(of: key)
    var damage = snapshot.view.damaged.first ?? StoreError.missing(key.object)
    for place in places {
      do {
        try read(place, into: &bytes)
        return
      } catch {
        guard error.isDamage else { throw error }
        damage = error
      }
    }
    throw damage
  }

  /// Reads, unpacks and checks what lies at `place`.
  package func read(_ place: Location, into bytes: inout [UInt8]) throws(StoreError) {
    let file = try file(place.container)
    let count = Int(place.storedCount)
    // An object that is stored plain is read to where it goes.
    if place.codec == .none {
      bytes.resize(to: count)
      guard try file.read(into: &bytes, 0..<count, at: place.offset) == count else {
        throw .corrupt(place.container.name.object, .truncated)
      }
      return try check(bytes.span, of: place)
    }
    var stored: [UInt8] = []
    swap(&stored, &self.stored)
    defer { swap(&stored, &self.stored) }
    stored.resize(to: count)
    guard try file.read(into: &stored, 0..<count, at: place.offset) == count else {
      throw .corrupt(place.container.name.object, .truncated)
    }
    try unpack(stored.span, of: place, into: &bytes)
  }

  /// Unpacks stored bytes and checks them against the id.
  package func unpack(
    _ stored: Span<UInt8>, of place: Location, into bytes: inout [UInt8]
  ) throws(StoreError) {
    bytes.resize(to: Int(place.plainCount))
    do throws(FormatError) {
      var span = bytes.mutableSpan
      switch place.codec {
      case .none: span.copy(from: stored)
      case .zlib: try zlib.decompress(stored, into: &span)
      case .zstd: try zstd.decompress(stored, into: &span)
      }
    } catch {
      throw .corrupt(place.key.object, error)
    }
    try check(bytes.span, of: place)
  }

  /// Checks plain bytes against the id. A recipe goes by the id of its blob, which only the blob
  /// can prove.
  package func check(_ bytes: Span<UInt8>, of place: Location) throws(StoreError) {
    guard place.key.kind != .recipe else { return }
    let found = hasher.digest(of: bytes)
    guard found == place.key.digest else {
      throw .corrupt(
        place.key.object, .digestMismatch(expected: place.key.digest, found: found))
    }
  }

  /// The open file of a container, which must be as long as the index says.
  package func file(_ container: ContainerRecord) throws(StoreError) -> Directory.File {
    if let file = files[container.name] { return file }
    let path = container.name.path
    guard let status = try snapshot.store.directory.status(path) else {
      throw .missing(container.name.object)
    }
    guard status.size >= container.size else {
      throw .corrupt(container.name.object, .truncated)
    }
    if files.count >= Self.openFiles { files.removeAll() }
    let file = try snapshot.store.directory.openFile(path)
    files[container.name] = file
    return file
  }

  // MARK: Structures

  /// The recipe of a blob that has more than one chunk; nil when there is none.
  package func recipe(of blob: BlobID) throws(StoreError) -> Recipe? {
    let key = ObjectKey(.recipe, blob.digest)
    guard try snapshot.view.holds(key) else { return nil }
    let bytes = try object(key)
    let recipe = try key.object.parsing { () throws(FormatError) in try Recipe(bytes) }
    guard recipe.blob == blob else {
      throw .corrupt(
        key.object, .digestMismatch(expected: blob.digest, found: recipe.blob.digest))
    }
    return recipe
  }

  package var sortedTree: SortedTreeReader {
    SortedTreeReader { [self] (id) throws(StoreError) in try object(ObjectKey(id)) }
  }

  package var tree: TreeReader { TreeReader(sortedTree) }
}
