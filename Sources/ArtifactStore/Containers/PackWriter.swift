package import StoreIO
package import StorePrimitives

/// Writes one pack: objects are appended as they come, the index of them goes to the end.
///
/// Not for sharing: each worker has its own, so nothing is locked on the way. After an error the
/// pack must be dropped; its file has no name yet and vanishes.
package struct PackWriter<Directory: DirectoryHandle> {
  /// Bytes held back until they are written in one call (measured: larger buffers gain nothing).
  private static var bufferBytes: Int { 1 << 20 }
  /// Writeback is started this often, in bytes, so that the final `fsync` finds little to do
  /// (2 GiB hashed and copied: 1.2-1.6 s with, 2.1-2.8 s without).
  private static var writebackBytes: UInt64 { 8 << 20 }

  private let directory: Directory
  private let file: Directory.File
  private let header: [UInt8]
  private var buffer: [UInt8] = []
  private var written: UInt64 = 0
  private var writebackStart: UInt64 = 0
  private var entries: [IndexEntry] = []

  package init(in directory: Directory, store: Nonce) throws(StoreError) {
    self.directory = directory
    file = try directory.createStoreFile()
    header = PackFormat.header(store: store, nonce: .random())
    buffer.reserveCapacity(Self.bufferBytes + Limits.chunkBytes)
    buffer += header
  }

  /// Bytes so far, without footer.
  package var byteCount: UInt64 { written + UInt64(buffer.count) }
  package var isEmpty: Bool { entries.isEmpty }
  package var isFull: Bool {
    byteCount >= PackFormat.targetBytes || entries.count >= PackFormat.targetEntries
  }

  /// Appends an object that is stored as `bytes`.
  ///
  /// - Throws: `StoreError.tooLarge` for an object that no reader would take: one such entry would
  ///   make its whole index page unreadable.
  package mutating func append(
    _ key: ObjectKey, codec: Codec, stored bytes: Span<UInt8>, plainCount: Int
  ) throws(StoreError) {
    let limit = key.kind.maximumBytes
    guard UInt64(plainCount) <= limit else {
      throw .tooLarge(key.object, bytes: UInt64(plainCount), limit: limit)
    }
    entries.append(
      IndexEntry(
        key: key, container: 0, codec: codec, offset: byteCount,
        storedCount: UInt64(bytes.count), plainCount: UInt64(plainCount)))
    if bytes.count >= Self.bufferBytes / 2 {
      try flush()
      try file.write(bytes, at: written)
      written += UInt64(bytes.count)
    } else {
      buffer.append(bytes)
      if buffer.count >= Self.bufferBytes { try flush() }
    }
    startWriteback()
  }

  private mutating func flush() throws(StoreError) {
    guard !buffer.isEmpty else { return }
    try file.write(buffer.span, at: written)
    written += UInt64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func startWriteback() {
    guard written - writebackStart >= Self.writebackBytes else { return }
    file.startWriteback(from: writebackStart, count: written - writebackStart)
    writebackStart = written
  }

  /// Writes footer and trailer, makes the pack durable and gives it its name. The directory entry
  /// is durable only after the directory `packs/xx` was synchronized, which the commit does.
  package consuming func seal() throws(StoreError) -> SealedContainer {
    entries.sort(by: IndexEntry.precedes)
    let footer = PackFormat.footer(entries)
    var hasher = SHA256Hasher()
    hasher.update(header.span)
    hasher.update(footer.span)
    let id = PackID(hasher.finish())
    let footerOffset = byteCount
    buffer += footer
    buffer += PackFormat.trailer(footerOffset: footerOffset, count: entries.count, id: id)
    try flush()
    try file.synchronize()
    let name = ContainerName.pack(id)
    guard try directory.linkMakingParent(file, as: name.path) else {
      throw .alreadyExists(path: name.path.description)
    }
    return SealedContainer(
      record: ContainerRecord(name: name, size: written), entries: entries)
  }
}
