import StoreIO
import StorePrimitives

/// The layout of a stat cache (docs/formats.md).
///
/// magic 8 | version u16 | zeros 6 | store 16 | epoch u64 | count u64 | entries | SHA-256 of all
/// before. An entry: shared u16, suffix length u16, suffix; then `recordBytes` of numbers and the
/// id of the blob. Paths are front-coded as those of tree nodes are.
enum StatCacheFormat {
  static let magic = "RPSSTAT1"
  static let version: UInt16 = 1
  static let headerBytes = 48
  /// Both lengths of a path.
  static let lengthBytes = 4
  /// All of an entry behind its path.
  static let recordBytes = 84
  /// An entry needs a byte of path, at least.
  static let leastEntryBytes = lengthBytes + 1 + recordBytes

  // MARK: Whole caches

  static func encode(_ entries: ArraySlice<UInt8>, count: Int, key: StatCacheKey) -> [UInt8] {
    var writer = ByteWriter(reserving: headerBytes + entries.count + Digest.byteCount)
    writer.append(contentsOf: magic.utf8)
    writer.append(version)
    writer.appendZeros(6)
    writer.append(key.store)
    writer.append(key.epoch)
    writer.append(UInt64(count))
    writer.append(contentsOf: entries)
    writer.append(SHA256.digest(of: writer.bytes))
    return writer.bytes
  }

  /// How many entries `bytes` have, and where they lie; the entries themselves are looked at when
  /// they are read.
  ///
  /// - Throws: for everything but a whole, undamaged cache of that key.
  static func decode(
    _ bytes: [UInt8], key: StatCacheKey
  ) throws(FormatError) -> (count: Int, place: Range<Int>) {
    var reader = ByteReader(bytes)
    try reader.expect(magic)
    let found: UInt16 = try reader.read()
    guard found == version else {
      throw .unsupportedVersion(found: Int(found), supported: Int(version))
    }
    try reader.expectZeros(6)
    let store = try reader.readNonce()
    let epoch: UInt64 = try reader.read()
    guard StatCacheKey(store: store, epoch: epoch) == key else {
      throw .malformed("of another store or epoch")
    }
    let count: UInt64 = try reader.read()
    let end = bytes.count - Digest.byteCount
    guard end >= headerBytes, bytes.count <= Limits.statCacheBytes else { throw .truncated }
    guard count <= UInt64((end - headerBytes) / leastEntryBytes) else { throw .truncated }
    let digest = SHA256.digest(of: bytes.span.extracting(0..<end))
    guard digest == Digest(bytes.span.extracting(end..<bytes.count)) else {
      throw .malformed("damaged")
    }
    return (Int(count), headerBytes..<end)
  }

  // MARK: Entries

  /// Appends the entry of a path that has `shared` bytes in common with the one before.
  static func append(_ entry: StatCacheEntry, shared: Int, to bytes: inout [UInt8]) {
    let path = entry.path.bytes
    append(UInt64(shared), count: 2, to: &bytes)
    append(UInt64(path.count - shared), count: 2, to: &bytes)
    bytes.append(contentsOf: path[shared...])
    let fingerprint = entry.fingerprint
    append(fingerprint.inode, to: &bytes)
    append(fingerprint.size, to: &bytes)
    append(fingerprint.device, to: &bytes)
    append(fingerprint.modified, to: &bytes)
    append(fingerprint.changed, to: &bytes)
    append(UInt64(fingerprint.mode), count: 4, to: &bytes)
    for index in 0..<4 { append(entry.blob.digest.word(index).byteSwapped, to: &bytes) }
  }

  private static func append(_ time: Timestamp, to bytes: inout [UInt8]) {
    append(UInt64(bitPattern: time.seconds), to: &bytes)
    append(UInt64(time.nanoseconds), count: 4, to: &bytes)
  }

  /// Appends the low `count` bytes of a number, low ones first.
  private static func append(_ number: UInt64, count: Int = 8, to bytes: inout [UInt8]) {
    for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * shift))) }
  }

  /// The `count` bytes at `offset` as a number.
  static func number(_ bytes: Span<UInt8>, at offset: Int, count: Int = 8) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[offset + index]) << (8 * index) }
    return value
  }

  /// What stands behind the path of an entry; the caller has checked that `recordBytes` are there.
  static func fingerprint(_ bytes: Span<UInt8>, at offset: Int) -> StatFingerprint {
    StatFingerprint(
      inode: number(bytes, at: offset),
      mode: UInt32(truncatingIfNeeded: number(bytes, at: offset + 48, count: 4)),
      size: number(bytes, at: offset + 8),
      modified: time(bytes, at: offset + 24), changed: time(bytes, at: offset + 36),
      device: number(bytes, at: offset + 16))
  }

  static func blob(_ bytes: Span<UInt8>, at offset: Int) -> BlobID {
    let digest = offset + recordBytes - Digest.byteCount
    return BlobID(Digest(bytes.extracting(digest..<digest + Digest.byteCount)))
  }

  private static func time(_ bytes: Span<UInt8>, at offset: Int) -> Timestamp {
    Timestamp(
      seconds: Int64(bitPattern: number(bytes, at: offset)),
      nanoseconds: UInt32(truncatingIfNeeded: number(bytes, at: offset + 8, count: 4)))
  }
}
