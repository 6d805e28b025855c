package import StorePrimitives

/// The layout of a segment: header 64 | inputs n x 32 | containers n x 64 | pages n x 40 | the
/// pages, 64 KiB each but the last, which ends with its last entry (docs/formats.md).
///
/// The id is SHA-256 of everything before the pages. The page table holds for each page the first
/// 8 bytes of its first id (the fence) and its SHA-256, so a lookup reads and checks one page.
package enum SegmentFormat {
  package static let headerBytes = 64
  package static let pageBytes = 64 << 10
  /// Entries in a full page; 16 bytes of zeros follow them.
  package static let entriesPerPage = pageBytes / IndexEntry.byteCount
  package static let version: UInt16 = 1
  package static let fenceBytes = 40
  private static let magic = "RPSINDX1"

  /// magic 8 | version u16 | zeros 6 | entries u64 | inputs u32 | containers u32 | pages u32 |
  /// zeros 28
  package struct Header: Hashable, Sendable {
    package let entryCount: UInt64
    package let inputCount: Int
    package let containerCount: Int
    package let pageCount: Int

    package init(entryCount: Int, inputCount: Int, containerCount: Int) {
      self.entryCount = UInt64(entryCount)
      self.inputCount = inputCount
      self.containerCount = containerCount
      pageCount = (entryCount + entriesPerPage - 1) / entriesPerPage
    }

    package func write(to writer: inout ByteWriter) {
      writer.append(contentsOf: magic.utf8)
      writer.append(version)
      writer.appendZeros(6)
      writer.append(entryCount)
      writer.append(UInt32(inputCount))
      writer.append(UInt32(containerCount))
      writer.append(UInt32(pageCount))
      writer.appendZeros(28)
    }

    package init(from reader: inout ByteReader) throws(FormatError) {
      try reader.expect(magic)
      let found = try reader.read(UInt16.self)
      guard found == version else {
        throw .unsupportedVersion(found: Int(found), supported: Int(version))
      }
      try reader.expectZeros(6)
      entryCount = try reader.read()
      inputCount = Int(try reader.read(UInt32.self))
      containerCount = Int(try reader.read(UInt32.self))
      pageCount = Int(try reader.read(UInt32.self))
      try reader.expectZeros(28)
      let perPage = UInt64(entriesPerPage)
      guard entryCount <= UInt64(pageCount) * perPage,
        pageCount == 0 || entryCount > UInt64(pageCount - 1) * perPage
      else { throw .malformed("page count does not fit the entries") }
      guard tableBytes <= Limits.segmentTableBytes else { throw .malformed("tables too large") }
    }

    /// Bytes of the tables between the header and the first page.
    package var tableBytes: Int {
      inputCount * Digest.byteCount + containerCount * ContainerRecord.byteCount
        + pageCount * fenceBytes
    }

    /// Bytes of the whole segment.
    package var fileBytes: UInt64 {
      guard pageCount > 0 else { return UInt64(headerBytes + tableBytes) }
      return pageOffset(pageCount - 1) + UInt64(byteCount(ofPage: pageCount - 1))
    }

    /// Where page `index` begins, in bytes from the start of the segment.
    package func pageOffset(_ index: Int) -> UInt64 {
      UInt64(headerBytes + tableBytes) + UInt64(index) * UInt64(pageBytes)
    }

    /// Bytes of page `index`.
    package func byteCount(ofPage index: Int) -> Int {
      guard index == pageCount - 1 else { return pageBytes }
      return entryCount(ofPage: index) * IndexEntry.byteCount
    }

    /// Entries in page `index`.
    package func entryCount(ofPage index: Int) -> Int {
      let before = UInt64(index) * UInt64(entriesPerPage)
      return Int(min(UInt64(entriesPerPage), entryCount - before))
    }
  }
}

/// What one page of a segment is expected to be.
package struct SegmentFence: Hashable, Sendable {
  /// The first 8 bytes of the first id of the page.
  package let prefix: UInt64
  package let digest: Digest
}
