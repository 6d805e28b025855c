package import StoreIO
package import StorePrimitives

/// Writes one raw object: a large blob kept verbatim, and the container of its own chunks.
///
/// It may be committed before it is whole: the file gets a name for the part that is there, whose
/// bytes never change any more, and grows on behind it. So an add that is cut off in the middle of
/// a 50 GB file keeps what it wrote, and a blob whose second half turns out to be known keeps the
/// first half without a second write (rule 16).
package struct RawObjectWriter<Directory: DirectoryHandle> {
  private static var writebackBytes: UInt64 { 8 << 20 }

  private let directory: Directory
  package let file: Directory.File
  /// Whether the bytes are there already: the file is a clone of the source.
  package let isClone: Bool
  private var written: UInt64 = 0
  private var writebackStart: UInt64 = 0
  private var entries: [IndexEntry] = []
  /// Entries that a checkpoint has named.
  private var checkpointed = 0

  /// An object that shares the blocks of `source`; nil where the file system cannot.
  package static func cloning(
    _ source: Directory.File, in directory: Directory
  ) throws(StoreError) -> RawObjectWriter? {
    let file = try directory.createStoreFile()
    guard try file.clone(source) else { return nil }
    return RawObjectWriter(directory: directory, file: file, isClone: true)
  }

  /// An empty object to write into.
  package init(in directory: Directory) throws(StoreError) {
    let file = try directory.createStoreFile()
    self.init(directory: directory, file: file, isClone: false)
  }

  private init(directory: Directory, file: Directory.File, isClone: Bool) {
    self.directory = directory
    self.file = file
    self.isClone = isClone
  }

  /// Bytes so far.
  package var byteCount: UInt64 { written }

  /// Appends one piece of the blob; a clone has the bytes already.
  package mutating func append(_ id: ChunkID, _ bytes: Span<UInt8>) throws(StoreError) {
    entries.append(
      IndexEntry(
        key: ObjectKey(id), container: 0, codec: .none, offset: written,
        storedCount: UInt64(bytes.count), plainCount: UInt64(bytes.count)))
    if !isClone { try file.write(bytes, at: written) }
    written += UInt64(bytes.count)
    guard written - writebackStart >= Self.writebackBytes else { return }
    file.startWriteback(from: writebackStart, count: written - writebackStart)
    writebackStart = written
  }

  /// Makes the bytes so far durable and names them, with the pieces that came since the last
  /// checkpoint. The name is for the time being: that of the finished object takes its place.
  package mutating func checkpoint() throws(StoreError) -> SealedContainer {
    defer { checkpointed = entries.count }
    return try seal(.part(.random()), Array(entries[checkpointed...]))
  }

  /// Makes the object durable and names it as `blob`, whose bytes these are, with all pieces.
  package func publish(_ blob: BlobID) throws(StoreError) -> SealedContainer {
    try cutClone()
    let whole = IndexEntry(
      key: ObjectKey(.whole, blob.digest), container: 0, codec: .none, offset: 0,
      storedCount: written, plainCount: written)
    return try seal(.rawObject(blob, .random()), entries + [whole])
  }

  /// Makes what there is durable and names it, with all pieces, as a part that will not grow.
  package func publishPart() throws(StoreError) -> SealedContainer {
    try cutClone()
    return try seal(.part(.random()), entries)
  }

  /// A clone has all that the source had at that moment, which may be more than was asked for.
  private func cutClone() throws(StoreError) {
    if isClone { try file.truncate(to: written) }
  }

  private func seal(
    _ name: ContainerName, _ entries: [IndexEntry]
  ) throws(StoreError) -> SealedContainer {
    try file.synchronize()
    guard try directory.linkMakingParent(file, as: name.path) else {
      throw .alreadyExists(path: name.path.description)
    }
    return SealedContainer(
      record: ContainerRecord(name: name, size: written), entries: entries)
  }
}
