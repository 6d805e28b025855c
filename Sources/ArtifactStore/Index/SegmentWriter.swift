package import StoreIO
package import StorePrimitives

/// A segment as bytes, ready to be written.
package struct EncodedSegment: Sendable {
  package let id: SegmentID
  package let bytes: [UInt8]
  package let entryCount: Int

  package init(id: SegmentID, bytes: [UInt8], entryCount: Int) {
    self.id = id
    self.bytes = bytes
    self.entryCount = entryCount
  }
}

/// Builds segments. The result depends on the input alone: who has the inputs of a merged segment
/// can make it again instead of fetching it.
package enum SegmentWriter {
  /// The segment of new containers. O(n log n) in the entries.
  package static func encode(_ containers: [SealedContainer]) -> EncodedSegment {
    var records: [ContainerRecord] = []
    var entries: [IndexEntry] = []
    for (index, container) in containers.enumerated() {
      records.append(container.record)
      entries += container.entries.map { entry in
        var placed = entry
        placed.container = UInt32(index)
        return placed
      }
    }
    return encode(entries, containers: records, inputs: [])
  }

  /// The segment that stands for `segments`, whose ids it names: every entry of each, equal ones
  /// once.
  package static func merge<Directory: DirectoryHandle>(
    _ segments: [Segment<Directory>]
  ) throws(StoreError) -> EncodedSegment {
    var places: [ContainerRecord: UInt32] = [:]
    var records: [ContainerRecord] = []
    var entries: [IndexEntry] = []
    for segment in segments {
      for record in segment.containers where places[record] == nil {
        places[record] = UInt32(records.count)
        records.append(record)
      }
      try segment.forEachEntry { (entry) throws(StoreError) in
        var placed = entry
        placed.container = places[segment.containers[Int(entry.container)]] ?? 0
        entries.append(placed)
      }
    }
    return encode(entries, containers: records, inputs: segments.map(\.id))
  }

  private static func encode(
    _ unsorted: [IndexEntry], containers: [ContainerRecord], inputs: [SegmentID]
  ) -> EncodedSegment {
    let entries = sortedUnique(unsorted)
    let header = SegmentFormat.Header(
      entryCount: entries.count, inputCount: inputs.count, containerCount: containers.count)
    var pages = ByteWriter(reserving: header.pageCount * SegmentFormat.pageBytes)
    var fences = ByteWriter(reserving: header.pageCount * SegmentFormat.fenceBytes)
    var hasher = SHA256Hasher()
    for page in 0..<header.pageCount {
      let start = page * SegmentFormat.entriesPerPage
      let count = header.entryCount(ofPage: page)
      for entry in entries[start..<start + count] { entry.write(to: &pages) }
      pages.appendZeros(header.byteCount(ofPage: page) - count * IndexEntry.byteCount)
      let from = page * SegmentFormat.pageBytes
      fences.append(entries[start].key.digest.prefix)
      fences.append(hasher.digest(of: pages.bytes.span.extracting(from..<pages.count)))
    }
    var writer = ByteWriter(reserving: Int(header.fileBytes))
    header.write(to: &writer)
    for input in inputs { writer.append(input.digest) }
    for container in containers { container.write(to: &writer) }
    writer.append(contentsOf: fences.bytes)
    let id = SegmentID(hasher.digest(of: writer.bytes.span))
    writer.append(contentsOf: pages.bytes)
    return EncodedSegment(id: id, bytes: writer.bytes, entryCount: entries.count)
  }

  private static func sortedUnique(_ entries: [IndexEntry]) -> [IndexEntry] {
    let sorted = entries.sorted(by: IndexEntry.precedes)
    var unique: [IndexEntry] = []
    unique.reserveCapacity(sorted.count)
    for entry in sorted where unique.last != entry { unique.append(entry) }
    return unique
  }
}
