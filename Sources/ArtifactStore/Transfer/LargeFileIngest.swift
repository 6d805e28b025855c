package import StoreIO
package import StorePrimitives

/// Reads one file that has more than one chunk, a block at a time.
///
/// Each block feeds two hash lanes: the whole file and its chunks. The first block decides where
/// the bytes go. A file of 4 MiB or more that does not pack well becomes a raw object, until a
/// quarter of it turns out to be known; from then on only unknown chunks are written, into packs.
/// Nothing is written twice (rule 16).
package final class LargeFileIngest<Directory: DirectoryHandle> {
  /// Bytes read at once; the tail of the last chunk of the block before stands in front of them.
  private static var blockBytes: Int { 4 << 20 }
  /// A file below this size goes into packs: few files on the disk, and one `fsync` for many.
  private static var rawMinimumBytes: UInt64 { 4 << 20 }
  /// A file above this size goes into packs, whose entries need not be held until the end.
  private static var rawMaximumBytes: UInt64 { 64 << 30 }

  /// Where the bytes of the file go.
  private enum Destination {
    case undecided
    case packs(packing: Bool)
    case raw(RawObjectWriter<Directory>)
  }

  package struct Result {
    package let blob: BlobID
    package let counts: IngestCounts
  }

  private struct Chunk {
    let id: ChunkID
    let range: Range<Int>
    let isNew: Bool
  }

  private let source: Directory.File
  private let clone: RawObjectWriter<Directory>?
  private let size: UInt64
  private let mayBeRaw: Bool
  private let worker: IngestWorker<Directory>
  private let cutter: Cutter
  private let whole: WholeFileLane
  private var hasher = SHA256Hasher()
  private var counts = IngestCounts()
  private var pieces: [Recipe.Piece] = []
  private var destination = Destination.undecided
  private var checkpoints: [WriteSession<Directory>.GrowingCheckpoint] = []
  private var checkpointed: UInt64 = 0

  package init(
    _ file: Directory.File, _ size: UInt64, worker: IngestWorker<Directory>
  ) throws(StoreError) {
    // A clone is a still picture of the file, so it is read in its place.
    let directory = worker.session.store.directory
    let mayBeRaw = !worker.isDryRun && size >= Self.rawMinimumBytes && size <= Self.rawMaximumBytes
    let clone = mayBeRaw ? try RawObjectWriter.cloning(file, in: directory) : nil
    self.clone = clone
    source = clone?.file ?? file
    self.mayBeRaw = mayBeRaw
    self.size = size
    self.worker = worker
    if let plan = try FileLayout.plan(of: file, size: size) {
      cutter = .planned(plan)
    } else {
      cutter = .content(GearChunker(.standard))
    }
    whole = try WholeFileLane(concurrent: size >= UInt64(4 * Self.blockBytes))
  }

  /// Stores the file; nil when it did not have the size that its status said.
  package func run() throws(StoreError) -> Result? {
    do throws(StoreError) {
      let blob = try readAll()
      return blob.map { Result(blob: $0, counts: counts) }
    } catch {
      _ = whole.finish()
      throw error
    }
  }

  private func readAll() throws(StoreError) -> BlobID? {
    var offset: UInt64 = 0
    var tail: [UInt8] = []
    while offset < size {
      try worker.progress.checkCancelled()
      var block = whole.freeBlock()
      let count = Int(min(UInt64(Self.blockBytes), size - offset))
      let start = tail.count
      block.resize(to: start + count)
      block.replaceStart(with: tail.span)
      guard try source.read(into: &block, start..<start + count, at: offset) == count else {
        try abandon()
        return nil
      }
      whole.update(block, start..<start + count)
      offset += UInt64(count)
      tail = try ingest(block, at: offset - UInt64(start + count), isLast: offset == size)
      worker.progress.advance(bytes: count)
    }
    let blob = BlobID(whole.finish())
    try finish(blob)
    return blob
  }

  /// Cuts, hashes and stores the whole chunks of a block; returns what is left of it.
  private func ingest(
    _ block: [UInt8], at offset: UInt64, isLast: Bool
  ) throws(StoreError) -> [UInt8] {
    var chunks: [Chunk] = []
    var position = 0
    while let count = cutter.cut(
      block.span.extracting(position..<block.count), at: offset + UInt64(position),
      isLast: isLast)
    {
      let range = position..<position + count
      let id = ChunkID(hasher.digest(of: block.span.extracting(range)))
      let isNew = try worker.session.claim(ObjectKey(id))
      chunks.append(Chunk(id: id, range: range, isNew: isNew))
      pieces.append(Recipe.Piece(id: id, count: count))
      if isNew { counts.newBytes += UInt64(count) } else { counts.reusedBytes += UInt64(count) }
      position += count
      if position == block.count { break }
    }
    try choose(for: block, chunks)
    try write(block, chunks)
    return Array(block[position...])
  }

  // MARK: Where the bytes go

  private func choose(for block: [UInt8], _ chunks: [Chunk]) throws(StoreError) {
    switch destination {
    case .undecided:
      destination = try firstChoice(for: block)
    case .raw(let writer) where isMostlyKnown:
      destination = .packs(packing: true)
      try publishPart(writer)
    case .raw, .packs:
      break
    }
  }

  /// Whether a quarter of the bytes so far were in the store.
  private var isMostlyKnown: Bool {
    counts.reusedBytes > 0 && counts.reusedBytes * 4 >= counts.newBytes + counts.reusedBytes
  }

  private func firstChoice(for block: [UInt8]) throws(StoreError) -> Destination {
    let isPacked = PackedMedia.matches(block.span)
    guard mayBeRaw, !isMostlyKnown else { return .packs(packing: !isPacked) }
    if !isPacked, try packsWell() { return .packs(packing: true) }
    if let clone { return .raw(clone) }
    return .raw(try RawObjectWriter(in: worker.session.store.directory))
  }

  /// Whether three samples of the file pack to four fifths.
  private func packsWell() throws(StoreError) -> Bool {
    let sampleBytes = 64 << 10
    var sample: [UInt8] = []
    for part in [UInt64(1), 3, 5] {
      sample += try source.read(sampleBytes, at: size / 6 * part)
    }
    return worker.sink.pays(sample.span, percent: Compressor.largeFilePercent)
  }

  private func write(_ block: [UInt8], _ chunks: [Chunk]) throws(StoreError) {
    switch destination {
    case .undecided:
      return
    case .packs(let packing):
      for chunk in chunks where chunk.isNew {
        try worker.sink.write(chunk.id, block.span.extracting(chunk.range), packing: packing)
      }
    case .raw(var writer):
      destination = .undecided  // The writer has one owner.
      for chunk in chunks {
        try writer.append(chunk.id, block.span.extracting(chunk.range))
      }
      if CheckpointPolicy.isDue(
        bytes: writer.byteCount - checkpointed, entries: 0, after: checkpointed)
      {
        try checkpoint(&writer)
      }
      destination = .raw(writer)
    }
  }

  private func checkpoint(_ writer: inout RawObjectWriter<Directory>) throws(StoreError) {
    guard writer.byteCount < size else { return }
    checkpointed = writer.byteCount
    let checkpoint = try worker.session.checkpoint { () throws(StoreError) in
      try writer.checkpoint()
    }
    if let checkpoint { checkpoints.append(checkpoint) }
  }

  // MARK: The end

  /// Keeps the part of a raw object that was written before the rest turned out to be known, or
  /// before the file changed: other threads may rely on its pieces by now.
  private func publishPart(_ writer: RawObjectWriter<Directory>) throws(StoreError) {
    try publish(try writer.publishPart())
  }

  private func publish(_ container: SealedContainer) throws(StoreError) {
    try worker.session.register(container, superseding: checkpoints)
    checkpoints = []
  }

  /// Ends the reading of a file that turned out to have another size.
  private func abandon() throws(StoreError) {
    _ = whole.finish()
    if case .raw(let writer) = destination { try publishPart(writer) }
  }

  private func finish(_ blob: BlobID) throws(StoreError) {
    if case .raw(let writer) = destination {
      try publish(try writer.publish(blob))
    }
    let recipe = Recipe(
      blob: blob, size: size, chunker: cutter.chunkerID.rawValue, pieces: pieces)
    try worker.sink.store(metadata: ObjectKey(.recipe, blob.digest), recipe.bytes)
  }
}
