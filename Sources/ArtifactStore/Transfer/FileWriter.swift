import StoreIO
import StorePrimitives

/// Writes restored files: the work of one thread of a restore.
final class FileWriter<Directory: DirectoryHandle> {
  /// Bytes of a container that are read at once for neighbouring objects.
  private static var spanBytes: UInt64 { 4 << 20 }
  /// A gap this small between two objects is read over rather than asked for apart.
  private static var gapBytes: UInt64 { 64 << 10 }
  private static var copyBytes: Int { 4 << 20 }

  private(set) var report = RestoreReport()
  private let reader: ObjectReader<Directory>
  private let target: Directory
  private let linking: LinkMode
  private let progress: Progress
  private var span: [UInt8] = []
  private var plain: [UInt8] = []

  /// A file that is one chunk, and where that lies.
  private struct Single {
    let entry: TreeEntry
    let place: Location
    var end: UInt64 { place.offset + place.storedCount }
  }

  init(
    _ snapshot: Snapshot<Directory>, into target: Directory, linking: LinkMode = .automatic,
    progress: Progress
  ) {
    reader = snapshot.reader()
    self.target = target
    self.linking = linking
    self.progress = progress
  }

  /// Writes the files of `batch`: those of one chunk in the order in which they lie in the store.
  func write(_ batch: [TreeEntry]) throws(StoreError) {
    var singles: [Single] = []
    for entry in batch {
      try progress.checkCancelled()
      guard case .file(let blob, _, _) = entry.content else { continue }
      let key = ObjectKey(.chunk, blob.digest)
      if let place = try reader.snapshot.view.readablePlaces(of: key, atMost: 1).first {
        singles.append(Single(entry: entry, place: place))
      } else {
        try write(large: entry, blob)
      }
    }
    singles.sort { Self.precedes($0.place, $1.place) }
    var start = 0
    while start < singles.count {
      let end = Self.endOfRun(singles, from: start)
      try write(run: singles[start..<end])
      start = end
    }
  }

  private static func precedes(_ left: Location, _ right: Location) -> Bool {
    if left.container.name != right.container.name {
      return left.container.name.path < right.container.name.path
    }
    return left.offset < right.offset
  }

  private static func endOfRun(_ singles: [Single], from start: Int) -> Int {
    var end = start + 1
    while end < singles.count,
      singles[end].place.container == singles[start].place.container,
      singles[end].place.offset <= singles[end - 1].end + gapBytes,
      singles[end].end - singles[start].place.offset <= spanBytes
    {
      end += 1
    }
    return end
  }

  private func write(run: ArraySlice<Single>) throws(StoreError) {
    guard let first = run.first, let last = run.map(\.end).max() else { return }
    let start = first.place.offset
    let count = Int(last - start)
    var bytes: [UInt8] = []
    swap(&bytes, &span)
    defer { swap(&bytes, &span) }
    bytes.resize(to: count)
    let file = try? reader.file(first.place.container)
    let found = try file?.read(into: &bytes, 0..<count, at: start) ?? 0
    for single in run {
      let offset = Int(single.place.offset - start)
      let stored = offset..<offset + Int(single.place.storedCount)
      guard stored.upperBound <= found,
        try write(single, from: bytes.span.extracting(stored))
      else {
        // The slow way finds another copy, or says what is wrong.
        try writeAlone(single)
        continue
      }
    }
  }

  /// False when what lies there is damaged.
  private func write(_ single: Single, from stored: Span<UInt8>) throws(StoreError) -> Bool {
    var plain: [UInt8] = []
    swap(&plain, &self.plain)
    defer { swap(&plain, &self.plain) }
    let isPlain = single.place.codec == .none
    do throws(StoreError) {
      if isPlain {
        try reader.check(stored, of: single.place)
      } else {
        try reader.unpack(stored, of: single.place, into: &plain)
      }
    } catch {
      guard error.isDamage else { throw error }
      return false
    }
    if isPlain {
      try create(single.entry, stored)
    } else {
      try create(single.entry, plain.span)
    }
    return true
  }

  private func writeAlone(_ single: Single) throws(StoreError) {
    var bytes: [UInt8] = []
    try reader.read(single.place.key, into: &bytes)
    try create(single.entry, bytes.span)
  }

  private func create(_ entry: TreeEntry, _ bytes: Span<UInt8>) throws(StoreError) {
    guard UInt64(bytes.count) == entry.size else {
      throw .corrupt(entry.object, .malformed("the tree has another size for it"))
    }
    try createFile(entry).write(bytes, at: 0)
    done(entry)
    progress.advance(bytes: bytes.count)
  }

  private func createFile(_ entry: TreeEntry) throws(StoreError) -> Directory.File {
    var mode: UInt32 = 0o644
    if case .file(_, _, executable: true) = entry.content { mode = 0o755 }
    do {
      return try target.createFile(entry.path, mode: mode)
    } catch .system(let failure) where failure.isTaken {
      throw .namesCollide(
        path: target.displayPath, first: entry.path.description,
        second: FoldedNames.lower(entry.path))
    }
  }

  private func done(_ entry: TreeEntry) {
    report.files += 1
    report.bytes += entry.size
    progress.advance(files: 1)
  }

  // MARK: Large files

  private func write(large entry: TreeEntry, _ blob: BlobID) throws(StoreError) {
    let whole = ObjectKey(.whole, blob.digest)
    for place in try reader.snapshot.view.readablePlaces(of: whole)
    where place.plainCount == entry.size {
      do throws(StoreError) {
        if try !link(place, as: entry) { try copy(place, to: try createFile(entry)) }
        return done(entry)
      } catch {
        guard error.isDamage else { throw error }
        if try target.status(entry.path) != nil { try target.removeFile(entry.path) }
      }
    }
    let file = try createFile(entry)
    let content = try BlobContent(blob, reader)
    guard content.size == entry.size else {
      throw .corrupt(entry.object, .malformed("the tree has another size for it"))
    }
    try content.forEachPiece(progress) { (offset, bytes) throws(StoreError) in
      try file.write(bytes, at: offset)
      progress.advance(bytes: bytes.count)
    }
    done(entry)
  }

  /// Makes `entry` a second name of the raw object, once that was hashed (rule 26). False when it
  /// must be copied: an executable has another mode than the store's files.
  private func link(_ place: Location, as entry: TreeEntry) throws(StoreError) -> Bool {
    guard case .hardlink(let user) = linking, !entry.content.isExecutable else { return false }
    let source = try reader.file(place.container)
    // The container may be longer than the object in it.
    guard try source.status().size == place.plainCount else { return false }
    guard try source.usage().owner == user else {
      throw .cannotLink(path: source.displayPath, .otherOwner)
    }
    try check(place, in: source)
    let store = reader.snapshot.store.directory
    do throws(StoreError) {
      _ = try store.linkFile(place.container.name.path, as: entry.path, in: target)
    } catch .system(let failure) where failure.isOtherFileSystem {
      throw .cannotLink(path: target.displayPath, .otherFileSystem)
    }
    report.linkedFiles += 1
    return true
  }

  /// Copies a raw object, or clones it, and hashes what has arrived.
  private func copy(_ place: Location, to file: Directory.File) throws(StoreError) {
    let source = try reader.file(place.container)
    let isClone = linking.mayClone ? try file.clone(source) : false
    guard isClone || !linking.mustClone else {
      throw .cannotLink(path: target.displayPath, .noReflinks)
    }
    // The container may be longer than the object in it.
    if isClone { try file.truncate(to: place.plainCount) }
    try check(place, in: isClone ? file : source, copyingTo: isClone ? nil : file)
    if isClone { report.clonedFiles += 1 }
  }

  /// Hashes the raw object that `file` holds, and copies it on the way.
  private func check(
    _ place: Location, in file: Directory.File, copyingTo copy: Directory.File? = nil
  ) throws(StoreError) {
    var hasher = SHA256Hasher()
    var offset: UInt64 = 0
    var span: [UInt8] = []
    swap(&span, &self.span)
    defer { swap(&span, &self.span) }
    span.resize(to: Self.copyBytes)
    while offset < place.plainCount {
      try progress.checkCancelled()
      let count = Int(min(UInt64(Self.copyBytes), place.plainCount - offset))
      guard try file.read(into: &span, 0..<count, at: offset) == count else {
        throw .corrupt(place.container.name.object, .truncated)
      }
      let bytes = span.span.extracting(0..<count)
      hasher.update(bytes)
      if let copy { try copy.write(bytes, at: offset) }
      offset += UInt64(count)
      progress.advance(bytes: count)
    }
    let found = hasher.finish()
    guard found == place.key.digest else {
      throw .corrupt(
        place.key.object, .digestMismatch(expected: place.key.digest, found: found))
    }
  }
}

extension TreeEntry {
  /// What the entry names in the store, for errors.
  fileprivate var object: StoreObject {
    guard case .file(let blob, _, _) = content else { return .node(NodeID(Digest.zero)) }
    return .blob(blob)
  }
}
