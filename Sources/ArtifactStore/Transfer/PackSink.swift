package import StoreIO
package import StorePrimitives

/// Writes objects into packs for one thread: one pack for pieces of files, one for metadata.
package final class PackSink<Directory: DirectoryHandle> {
  private let session: WriteSession<Directory>
  private var chunks: PackWriter<Directory>?
  private var metadata: PackWriter<Directory>?
  private var compressor = Compressor()
  private let isDryRun: Bool

  package init(_ session: WriteSession<Directory>, isDryRun: Bool) {
    self.session = session
    self.isDryRun = isDryRun
  }

  /// Stores a piece of a file unless the store has it. With `packing` a codec is tried.
  /// - Returns: whether the piece is new.
  package func store(
    _ id: ChunkID, _ bytes: Span<UInt8>, packing: Bool
  ) throws(StoreError) -> Bool {
    guard try session.claim(ObjectKey(id)) else { return false }
    try write(id, bytes, packing: packing)
    return true
  }

  /// Stores a piece that this thread has claimed.
  package func write(
    _ id: ChunkID, _ bytes: Span<UInt8>, packing: Bool
  ) throws(StoreError) {
    guard !isDryRun else { return }
    let codec = packing ? compressor.pack(bytes) : .none
    if codec == .none {
      try append(&chunks, ObjectKey(id), codec, bytes, plainCount: bytes.count)
    } else {
      try compressor.takePacked { (packed) throws(StoreError) in
        try append(&chunks, ObjectKey(id), codec, packed, plainCount: bytes.count)
      }
    }
  }

  /// Whether `bytes`, a sample of a large file, pack to at most `percent` of their length.
  package func pays(_ bytes: Span<UInt8>, percent: Int) -> Bool {
    compressor.pays(bytes, percent: percent)
  }

  /// Stores a recipe or a node unless the store has it.
  package func store(metadata key: ObjectKey, _ bytes: [UInt8]) throws(StoreError) {
    guard try session.claim(key), !isDryRun else { return }
    let codec = compressor.pack(bytes.span)
    if codec == .none {
      try append(&metadata, key, codec, bytes.span, plainCount: bytes.count)
    } else {
      try compressor.takePacked { (packed) throws(StoreError) in
        try append(&metadata, key, codec, packed, plainCount: bytes.count)
      }
    }
  }

  private func append(
    _ writer: inout PackWriter<Directory>?, _ key: ObjectKey, _ codec: Codec,
    _ stored: Span<UInt8>, plainCount: Int
  ) throws(StoreError) {
    if writer == nil {
      writer = try PackWriter(in: session.store.directory, store: session.store.uuid)
    }
    try writer?.append(key, codec: codec, stored: stored, plainCount: plainCount)
    if writer?.isFull == true { try seal(&writer) }
  }

  private func seal(_ writer: inout PackWriter<Directory>?) throws(StoreError) {
    guard let full = writer.take() else { return }
    try session.register(try full.seal())
  }

  /// Makes everything durable that was stored, and hands it to the session.
  package func finish() throws(StoreError) {
    try seal(&chunks)
    try seal(&metadata)
  }
}
