package import StoreIO
package import StorePrimitives

/// What a file was when it was hashed; a file that is the same now has the same bytes, but for what
/// `RacyRule` says.
package struct StatFingerprint: Hashable, Sendable {
  package let inode: UInt64
  /// The permission bits.
  package let mode: UInt32
  /// Bytes.
  package let size: UInt64
  package let modified: Timestamp
  package let changed: Timestamp
  /// 0 on the device of the root of the workspace and on network file systems; else the number of
  /// the device. Numbers change when something is mounted again, so the usual one is left out.
  package let device: UInt64

  init(
    inode: UInt64, mode: UInt32, size: UInt64, modified: Timestamp, changed: Timestamp,
    device: UInt64
  ) {
    self.inode = inode
    self.mode = mode
    self.size = size
    self.modified = modified
    self.changed = changed
    self.device = device
  }

  /// `rootDevice` is the device of the root of the workspace, nil on a network file system.
  package init(_ status: FileStatus, rootDevice: UInt64?) {
    let isUsual = rootDevice == nil || rootDevice == status.device
    self.init(
      inode: status.inode, mode: status.mode, size: status.size, modified: status.modified,
      changed: status.changed, device: isUsual ? 0 : status.device)
  }
}

/// Which store a cache speaks for: that nothing was taken away from it since proves that it still
/// holds what it held (rule 23).
package struct StatCacheKey: Hashable, Sendable {
  package let store: Nonce
  package let epoch: UInt64

  package init(store: Nonce, epoch: UInt64) {
    self.store = store
    self.epoch = epoch
  }
}

/// One file of a pin as it was when it was stored.
package struct StatCacheEntry: Hashable, Sendable {
  /// Relative to the pin.
  package let path: RelativePath
  package let fingerprint: StatFingerprint
  package let blob: BlobID

  package init(path: RelativePath, fingerprint: StatFingerprint, blob: BlobID) {
    self.path = path
    self.fingerprint = fingerprint
    self.blob = blob
  }
}

/// The files of a pin, what they were when they were stored, and their ids, in path order.
///
/// Stays encoded in memory, and is decoded as a cursor passes: one array for a million files, not a
/// million. With a million paths of 45 bytes (94 MB) making one takes 0.4 s, saving 0.3 s, loading
/// 0.1 s and looking all of them up 0.2 s (2 cores of 2.1 GHz with instructions for SHA-256).
package struct StatCache: Sendable {
  private let bytes: [UInt8]
  /// Where the entries lie in `bytes`.
  private let place: Range<Int>
  /// How many files there are.
  package let count: Int

  fileprivate init(_ bytes: [UInt8], place: Range<Int>, count: Int) {
    self.bytes = bytes
    self.place = place
    self.count = count
  }

  /// A cache of nothing.
  package static let none = StatCache([], place: 0..<0, count: 0)

  /// The cache of `entries`, as `Builder` makes it.
  package init(_ entries: some Sequence<StatCacheEntry>) {
    var builder = Builder()
    for entry in entries { builder.append(entry) }
    self = builder.finish()
  }

  /// All entries in path order. Setting them is as `Builder` does it. O(n), both.
  package var entries: [StatCacheEntry] {
    get {
      var entries: [StatCacheEntry] = []
      var cursor = cursor()
      while let entry = cursor.next() { entries.append(entry) }
      return entries
    }
    set { self = StatCache(newValue) }
  }

  /// Nil for anything that is no sound cache for `key`: truncated, damaged, of another version, of
  /// another store or epoch. Linear in the bytes: they are hashed.
  package init?(parsing bytes: [UInt8], key: StatCacheKey) {
    guard let found = try? StatCacheFormat.decode(bytes, key: key) else { return nil }
    self.init(bytes, place: found.place, count: found.count)
  }

  /// The bytes that `init(parsing:key:)` reads.
  package func bytes(key: StatCacheKey) -> [UInt8] {
    StatCacheFormat.encode(bytes[place], count: count, key: key)
  }

  /// Before the first entry.
  package func cursor() -> Cursor { Cursor(bytes, place: place, count: count) }
}

// MARK: Making one

extension StatCache {
  /// Makes a cache, one entry after the other.
  package struct Builder: Sendable {
    private var bytes: [UInt8] = []
    private var count = 0
    private var last: [UInt8] = []

    package init() {}

    /// Appends an entry. Left out is one whose path does not come after the last, and one for which
    /// there is no room (`Limits.statCacheBytes`): its file is hashed again, that is all.
    package mutating func append(_ entry: StatCacheEntry) {
      let path = entry.path.bytes
      let needed = StatCacheFormat.leastEntryBytes + path.count
      let room = Limits.statCacheBytes - StatCacheFormat.headerBytes - Digest.byteCount
      guard count == 0 || PathOrder.precedes(last, path), bytes.count + needed <= room else {
        return
      }
      var shared = 0
      let limit = min(path.count, last.count)
      while shared < limit, path[shared] == last[shared] { shared += 1 }
      StatCacheFormat.append(entry, shared: shared, to: &bytes)
      last = path
      count += 1
    }

    /// The cache of all that was appended.
    package func finish() -> StatCache {
      StatCache(bytes, place: 0..<bytes.count, count: count)
    }
  }
}

// MARK: Looking up

extension StatCache {
  /// A place in a cache that only moves forward.
  package struct Cursor: Sendable {
    private let bytes: [UInt8]
    private let end: Int
    /// Entries that were not read.
    private var left: Int
    private var offset: Int
    /// The path of the entry that was read last; empty before the first.
    private var path: [UInt8] = []
    /// Where the rest of that entry stands; nil before the first and behind the last.
    private var record: Int?

    fileprivate init(_ bytes: [UInt8], place: Range<Int>, count: Int) {
      self.bytes = bytes
      end = place.upperBound
      offset = place.lowerBound
      left = count
    }

    /// The id that the file at `path` had when its fingerprint was this; nil when it is not known.
    ///
    /// Ask for paths in ascending order; any may be left out. One that comes after a later one is
    /// not found. O(1) on average when all paths are asked for.
    package mutating func blob(
      at path: RelativePath, _ fingerprint: StatFingerprint
    ) -> BlobID? {
      if record == nil { advance() }
      while record != nil, PathOrder.precedes(self.path, path.bytes) { advance() }
      guard let record, self.path == path.bytes,
        StatCacheFormat.fingerprint(bytes.span, at: record) == fingerprint
      else { return nil }
      return StatCacheFormat.blob(bytes.span, at: record)
    }

    /// The next entry; nil behind the last.
    fileprivate mutating func next() -> StatCacheEntry? {
      advance()
      guard let record, let path = try? RelativePath(path) else { return nil }
      return StatCacheEntry(
        path: path, fingerprint: StatCacheFormat.fingerprint(bytes.span, at: record),
        blob: StatCacheFormat.blob(bytes.span, at: record))
    }

    /// Reads one entry. What cannot be one ends the cache: whoever can write a digest that fits can
    /// write anything.
    private mutating func advance() {
      record = nil
      guard left > 0, let lengths = lengths(), lengths.shared <= path.count else {
        left = 0
        return
      }
      let suffix = offset + StatCacheFormat.lengthBytes
      let next = suffix + lengths.suffix
      guard lengths.shared + lengths.suffix <= Limits.pathBytes,
        next + StatCacheFormat.recordBytes <= end
      else {
        left = 0
        return
      }
      path.removeLast(path.count - lengths.shared)
      path.append(contentsOf: bytes[suffix..<next])
      record = next
      offset = next + StatCacheFormat.recordBytes
      left -= 1
    }

    private func lengths() -> (shared: Int, suffix: Int)? {
      guard offset + StatCacheFormat.lengthBytes <= end else { return nil }
      let shared = StatCacheFormat.number(bytes.span, at: offset, count: 2)
      return (Int(shared), Int(StatCacheFormat.number(bytes.span, at: offset + 2, count: 2)))
    }
  }
}

// MARK: On disk

extension StatCache {
  /// Reads the file `name` in `directory`; `none` when it is missing, unsound or cannot be read.
  package static func load<Directory: DirectoryHandle>(
    _ name: RelativePath, in directory: Directory, key: StatCacheKey
  ) -> StatCache {
    guard let file = try? directory.openFile(name), let size = try? file.status().size,
      size <= Limits.statCacheBytes, let bytes = try? file.read(Int(size), at: 0)
    else { return .none }
    return StatCache(parsing: bytes, key: key) ?? .none
  }

  /// Writes the cache to a file of its own and gives that the name `name`, whatever had it. Nothing
  /// is made durable: a cache may be lost at any time, and half of one is seen.
  package func save<Directory: DirectoryHandle>(
    _ name: RelativePath, in directory: Directory, key: StatCacheKey
  ) throws(StoreError) {
    let temporary = try RelativePath.checked(
      [Array(".\(Nonce.random().hex).tmp".utf8)[...]], below: name.parent)
    let file = try directory.createFile(temporary, mode: 0o600)
    do throws(StoreError) {
      try file.write(bytes(key: key).span, at: 0)
      _ = try directory.rename(temporary, to: name, in: directory, replacing: true)
    } catch {
      try? directory.removeFile(temporary)
      throw error
    }
  }
}

/// Which fingerprints may be kept (rule 22).
package enum RacyRule {
  /// The time stamps of a file are coarse: one that was written just before it was read could be
  /// written again without looking different. So its times must lie this far back, in seconds. Two
  /// are the coarsest that any file system counts in (FAT).
  private static let settlingSeconds: Int64 = 2

  /// Whether the status of a file that was read from `start` on tells every later change.
  package static func isSettled(_ status: FileStatus, at start: Timestamp) -> Bool {
    let newest = max(status.modified, status.changed)
    let (seconds, hasOverflowed) = newest.seconds.addingReportingOverflow(settlingSeconds)
    guard !hasOverflowed else { return false }
    return Timestamp(seconds: seconds, nanoseconds: newest.nanoseconds) <= start
  }
}
