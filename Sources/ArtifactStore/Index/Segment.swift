package import StoreIO
package import StorePrimitives
import Synchronization

/// An open segment: header and tables in memory, pages read and checked when they are needed.
package final class Segment<Directory: DirectoryHandle>: Sendable {
  package let id: SegmentID
  package let header: SegmentFormat.Header
  package let inputs: [SegmentID]
  package let containers: [ContainerRecord]
  package let fences: [SegmentFence]
  private let file: Directory.File
  private let cache: PageCache

  /// Opens a segment and checks that its tables hash to its id.
  package init(
    _ id: SegmentID, in directory: Directory, cache: PageCache
  ) throws(StoreError) {
    let object = StoreObject.segment(id)
    let path = StoreLayout.segment(id)
    guard let size = try directory.status(path)?.size else { throw .missing(object) }
    file = try directory.openFile(path)
    let head = try file.read(SegmentFormat.headerBytes, at: 0)
    let header = try object.parsing { () throws(FormatError) in
      var reader = ByteReader(head)
      let header = try SegmentFormat.Header(from: &reader)
      guard header.fileBytes == size else { throw .truncated }
      return header
    }
    let tables = try file.read(header.tableBytes, at: UInt64(SegmentFormat.headerBytes))
    let (inputs, containers, fences) = try object.parsing { () throws(FormatError) in
      var hasher = SHA256Hasher()
      hasher.update(head.span)
      hasher.update(tables.span)
      let found = hasher.finish()
      guard found == id.digest else {
        throw .digestMismatch(expected: id.digest, found: found)
      }
      return try Self.parse(tables, header)
    }
    self.id = id
    self.header = header
    self.inputs = inputs
    self.containers = containers
    self.fences = fences
    self.cache = cache
  }

  private static func parse(
    _ tables: [UInt8], _ header: SegmentFormat.Header
  ) throws(FormatError) -> ([SegmentID], [ContainerRecord], [SegmentFence]) {
    var reader = ByteReader(tables)
    var inputs: [SegmentID] = []
    for _ in 0..<header.inputCount { inputs.append(SegmentID(try reader.readDigest())) }
    var containers: [ContainerRecord] = []
    for _ in 0..<header.containerCount { containers.append(try ContainerRecord(from: &reader)) }
    var fences: [SegmentFence] = []
    for _ in 0..<header.pageCount {
      let prefix = try reader.read(UInt64.self)
      guard fences.last.map({ $0.prefix <= prefix }) ?? true else {
        throw .malformed("fences out of order")
      }
      fences.append(SegmentFence(prefix: prefix, digest: try reader.readDigest()))
    }
    return (inputs, containers, fences)
  }

  /// All places of `key` in this segment. One page is read, in rare cases two: ids that share their
  /// first 8 bytes may lie on both sides of a page border. O(log n).
  package func find(_ key: ObjectKey) throws(StoreError) -> [IndexEntry] {
    let prefix = key.digest.prefix
    var found: [IndexEntry] = []
    var page = max(0, firstPage(above: prefix) - 1)
    while page > 0, fences[page].prefix == prefix { page -= 1 }
    while page < fences.count, fences[page].prefix <= prefix {
      try search(page, for: key, into: &found)
      page += 1
    }
    return found
  }

  /// The number of pages whose fence is at most `prefix`.
  private func firstPage(above prefix: UInt64) -> Int {
    var low = 0
    var high = fences.count
    while low < high {
      let middle = (low + high) / 2
      if fences[middle].prefix <= prefix { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func search(
    _ page: Int, for key: ObjectKey, into found: inout [IndexEntry]
  ) throws(StoreError) {
    let bytes = try self.page(page)
    let count = header.entryCount(ofPage: page)
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      let start = middle * IndexEntry.byteCount
      let digest = Digest(bytes.span.extracting(start..<start + Digest.byteCount))
      if digest < key.digest { low = middle + 1 } else { high = middle }
    }
    while low < count {
      let entry = try self.entry(low, of: bytes)
      guard entry.key.digest == key.digest else { return }
      if entry.key == key { found.append(entry) }
      low += 1
    }
  }

  private func entry(_ index: Int, of page: [UInt8]) throws(StoreError) -> IndexEntry {
    try StoreObject.segment(id).parsing { () throws(FormatError) in
      var reader = ByteReader(page, from: index * IndexEntry.byteCount)
      let entry = try IndexEntry(from: &reader)
      guard Int(entry.container) < containers.count,
        entry.fits(in: containers[Int(entry.container)].size)
      else { throw .malformed("entry outside its container") }
      return entry
    }
  }

  /// The bytes of a page, checked against the digest of the table.
  private func page(_ index: Int) throws(StoreError) -> [UInt8] {
    if let cached = cache.page(index, of: id) { return cached }
    let bytes = try file.read(header.byteCount(ofPage: index), at: header.pageOffset(index))
    let found = SHA256.digest(of: bytes)
    guard found == fences[index].digest else {
      throw .corrupt(
        .segment(id), .digestMismatch(expected: fences[index].digest, found: found))
    }
    cache.insert(bytes, page: index, of: id)
    return bytes
  }

  /// Calls `body` with every entry in order, after all of its page was checked. Throws when the
  /// entries are not in order or a fence is not that of its page: look-ups would miss some.
  package func forEachEntry(
    _ body: (IndexEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    var last: IndexEntry?
    for index in fences.indices {
      let bytes = try page(index)
      for position in 0..<header.entryCount(ofPage: index) {
        let entry = try entry(position, of: bytes)
        let isInOrder = last.map { IndexEntry.precedes($0, entry) } ?? true
        guard isInOrder, position > 0 || entry.key.digest.prefix == fences[index].prefix else {
          throw .corrupt(.segment(id), .malformed("entries out of order"))
        }
        last = entry
        try body(entry)
      }
    }
  }
}

/// The pages of segments that were read last, up to a bound. Shared by threads.
package final class PageCache: Sendable {
  /// 64 MiB: the index of about 75 GB of 64 KiB chunks stays in memory.
  package static let defaultPages = 1024

  private struct Key: Hashable {
    let segment: SegmentID
    let page: Int
  }

  /// Two generations: a page that is used moves to the young one; when that is full the old one
  /// goes. Close to least-recently-used at the cost of a dictionary.
  private struct State {
    var young: [Key: [UInt8]] = [:]
    var old: [Key: [UInt8]] = [:]
  }

  private let state = Mutex(State())
  private let capacity: Int

  package init(pages: Int = PageCache.defaultPages) { capacity = max(2, pages) }

  package func page(_ index: Int, of segment: SegmentID) -> [UInt8]? {
    let key = Key(segment: segment, page: index)
    return state.withLock { state in
      if let page = state.young[key] { return page }
      guard let page = state.old.removeValue(forKey: key) else { return nil }
      insert(page, key, &state)
      return page
    }
  }

  package func insert(_ bytes: [UInt8], page index: Int, of segment: SegmentID) {
    state.withLock { insert(bytes, Key(segment: segment, page: index), &$0) }
  }

  private func insert(_ bytes: [UInt8], _ key: Key, _ state: inout State) {
    if state.young.count >= capacity / 2 {
      state.old = state.young
      state.young = [:]
    }
    state.young[key] = bytes
  }
}
