import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// Packs, raw objects and segments of which any byte is wrong: whatever is handed out is right.
@Suite struct HostileFileTests {
  private let samples: FormatSamples
  private let sample: SampleStore

  init() throws {
    samples = try FormatSamples()
    sample = try SampleStore(samples)
  }

  private var packed: [UInt8] { samples.hello + samples.manyA + samples.manyB }

  @Test func theSampleIsSound() throws {
    #expect(try sample.read(samples.blob) == packed)
    #expect(try sample.bench.problems() == [])
  }

  @Test func aPackWithAWrongByteHandsOutNothingWrong() throws {
    let path = samples.pack.container.record.name.path
    let key = samples.pack.id
    var silent = 0
    for mutant in Mutations(of: samples.pack.bytes, seed: 1, isShort: true) {
      try sample.write(path, mutant)
      // A restore goes by the index, so it needs neither footer nor trailer.
      let handedOut = try? sample.read(samples.blob)
      #expect(handedOut == nil || handedOut == packed)
      let entries = try? PackReader.entries(of: key, in: sample.store.directory)
      #expect(entries == nil || entries == samples.pack.container.entries)
      if handedOut != nil, entries != nil { silent += 1 }
    }
    // Only where a packed object has more than one form, such as the level in a zlib header.
    #expect(silent < 20, "\(silent) mutants look sound")
  }

  @Test func aSegmentWithAWrongByteTellsNothingWrong() throws {
    let segment = samples.segment
    let tables = 64 + 2 * 64 + 40
    let path = StoreLayout.segment(segment.id)
    let expected = try places(segment.id)
    let wholeSegment = segment.bytes
    for index in Array(0..<tables + 60)
      + stride(from: tables + 60, to: wholeSegment.count, by: 3001)
    {
      for flip in [1, 0x80] as [UInt8] {
        var mutant = wholeSegment
        mutant[index] ^= flip
        try sample.write(path, mutant)
        #expect(throws: StoreError.self, "byte \(index)") { try places(segment.id) }
      }
    }
    for count in stride(from: 0, to: wholeSegment.count, by: 2003) {
      try sample.write(path, Array(wholeSegment[..<count]))
      #expect(throws: StoreError.self, "\(count) bytes") { try places(segment.id) }
    }
    try sample.write(path, wholeSegment)
    #expect(try places(segment.id) == expected)
    #expect(expected.count == 7)
  }

  /// Every entry of the segment, found one by one.
  private func places(_ id: SegmentID) throws(StoreError) -> [IndexEntry] {
    let segment = try Segment(id, in: sample.store.directory, cache: PageCache())
    var found: [IndexEntry] = []
    for container in [samples.pack.container, samples.rawObject] {
      for entry in container.entries { found += try segment.find(entry.key) }
    }
    return found
  }

  // MARK: Sealed by somebody who means harm

  @Test func aForgedPackIsReadOrRefused() throws {
    let footer = samples.pack.bytes[(samples.pack.bytes.count - 64 - 4 * 56)...].dropLast(64)
    let body = samples.pack.bytes.dropLast(64 + footer.count)
    var refused = 0
    for mutant in Mutations(of: footer, seed: 2, isShort: true) {
      let id = PackID(SHA256.digest(of: Array(body[..<64]) + mutant))
      let name = ContainerName.pack(id)
      let trailer = PackFormat.trailer(
        footerOffset: UInt64(body.count), count: (mutant.count + 28) / 56, id: id)
      try sample.write(name.path, body + mutant + trailer)
      do throws(StoreError) {
        let entries = try PackReader.entries(of: id, in: sample.store.directory)
        #expect(entries.allSatisfy { $0.offset >= 64 && $0.fits(in: UInt64(body.count)) })
        #expect(PackFormat.footer(entries) == mutant)
      } catch {
        refused += 1
      }
      try sample.store.directory.removeFile(name.path)
    }
    #expect(refused > 300)
  }

  @Test func aForgedIndexLeadsToNothingWrong() throws {
    var refused = 0
    let region = Array(samples.segment.bytes[64..<64 + 2 * 64]) + page.prefix(7 * 56)
    for mutant in Mutations(of: region, seed: 3, isShort: true) where mutant.count == region.count {
      let forged = forge(mutant)
      try sample.write(StoreLayout.segment(forged.id), forged.bytes)
      let summary = SegmentSummary(id: forged.id, entryCount: 7)
      var root = try sample.store.snapshot().root
      root.segments = [summary]
      let link = RootChain<SimulatedDirectory>.Link(root: root, id: RootID(.zero))
      let snapshot = try Snapshot(of: link, in: try sample.bench.open(), damage: nil)
      do throws(StoreError) {
        var bytes: [UInt8] = []
        let content = try BlobContent<SimulatedDirectory>(samples.blob, snapshot.reader())
        try content.forEachPiece(Progress()) { (_, piece) throws(StoreError) in bytes.append(piece)
        }
        #expect(bytes == packed)
        try snapshot.view.segments.first?.forEachEntry { (entry) throws(StoreError) in _ = entry }
      } catch {
        refused += 1
      }
      try sample.store.directory.removeFile(StoreLayout.segment(forged.id))
    }
    #expect(refused > 300)
  }

  private var page: [UInt8] { Array(samples.segment.bytes.suffix(SegmentFormat.pageBytes)) }

  /// A segment with other containers and entries, whose digests are right.
  private func forge(_ region: [UInt8]) -> EncodedSegment {
    let page = Array(region[128...]) + self.page[(7 * 56)...]
    let fence = Array(page[..<8].reversed()) + SHA256.digest(of: page).bytes
    let head = Array(samples.segment.bytes[..<64]) + region[..<128] + fence
    return EncodedSegment(
      id: SegmentID(SHA256.digest(of: head)), bytes: head + page, entryCount: 7)
  }
}
