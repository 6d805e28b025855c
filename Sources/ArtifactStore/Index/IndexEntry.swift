package import StorePrimitives

/// What the bytes behind an id are. Raw values are part of the format.
package enum ObjectKind: UInt8, Sendable, CaseIterable {
  /// A piece of a blob, or a blob that is one piece.
  case chunk = 1
  /// The ordered chunks of a blob; its id is the blob's.
  case recipe = 2
  /// A node of a sorted tree.
  case node = 3
  /// The record of a run.
  case manifest = 4
  /// A blob kept verbatim: the whole of a raw object.
  case whole = 5

  /// The most bytes that an object of this kind may unpack to.
  package var maximumBytes: UInt64 {
    switch self {
    case .chunk: UInt64(Limits.chunkBytes)
    case .recipe: UInt64(Limits.recipeBytes)
    case .node, .manifest: UInt64(Limits.objectBytes)
    case .whole: Limits.fileBytes - 1
    }
  }
}

/// The key of the index: an id and what kind of object it names.
package struct ObjectKey: Hashable, Comparable, Sendable {
  package let digest: Digest
  package let kind: ObjectKind

  package init(_ kind: ObjectKind, _ digest: Digest) {
    self.digest = digest
    self.kind = kind
  }

  package init(_ id: ChunkID) { self.init(.chunk, id.digest) }
  package init(_ id: NodeID) { self.init(.node, id.digest) }

  package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
    if left.digest != right.digest { return left.digest < right.digest }
    return left.kind.rawValue < right.kind.rawValue
  }

  /// The thing this key names, for errors.
  package var object: StoreObject {
    switch kind {
    case .chunk: .chunk(ChunkID(digest))
    case .recipe, .whole: .blob(BlobID(digest))
    case .node: .node(NodeID(digest))
    case .manifest: .manifest(digest)
    }
  }
}

/// How stored bytes become plain ones. Raw values are part of the format.
package enum Codec: UInt8, Sendable, CaseIterable {
  case none = 0
  /// A zlib stream (RFC 1950).
  case zlib = 1
  /// A Zstandard frame (RFC 8878).
  case zstd = 2
}

/// Where an object lies inside one container: 56 bytes in pack footers and segment pages.
///
/// Layout, little-endian: id 32 | container u32 | kind u8 | codec u8 | offset u48 | stored u48 |
/// plain u48. `container` counts in the container table of a segment and is 0 in a pack footer.
package struct IndexEntry: Hashable, Sendable {
  package static let byteCount = 56

  package let key: ObjectKey
  package var container: UInt32
  package let codec: Codec
  /// Bytes from the start of the container.
  package let offset: UInt64
  /// Bytes in the container.
  package let storedCount: UInt64
  /// Bytes once unpacked.
  package let plainCount: UInt64

  package init(
    key: ObjectKey, container: UInt32, codec: Codec, offset: UInt64, storedCount: UInt64,
    plainCount: UInt64
  ) {
    self.key = key
    self.container = container
    self.codec = codec
    self.offset = offset
    self.storedCount = storedCount
    self.plainCount = plainCount
  }

  package func write(to writer: inout ByteWriter) {
    writer.append(key.digest)
    writer.append(container)
    writer.append(key.kind.rawValue)
    writer.append(codec.rawValue)
    writer.append48(offset)
    writer.append48(storedCount)
    writer.append48(plainCount)
  }

  /// Reads an entry and checks what can be checked without its container: known kind and codec, a
  /// plain length within the bound of its kind, and no packed form that is larger than the plain.
  package init(from reader: inout ByteReader) throws(FormatError) {
    let digest = try reader.readDigest()
    container = try reader.read()
    guard let kind = ObjectKind(rawValue: try reader.readByte()) else {
      throw .malformed("unknown object kind")
    }
    guard let codec = Codec(rawValue: try reader.readByte()) else {
      throw .malformed("unknown codec")
    }
    key = ObjectKey(kind, digest)
    self.codec = codec
    offset = try reader.read48()
    storedCount = try reader.read48()
    plainCount = try reader.read48()
    guard plainCount <= kind.maximumBytes else { throw .malformed("object too large") }
    guard codec == .none ? storedCount == plainCount : storedCount < plainCount else {
      throw .malformed("stored length does not fit the plain length")
    }
  }

  /// Whether the entry lies inside a container of `size` bytes.
  package func fits(in size: UInt64) -> Bool { offset <= size && storedCount <= size - offset }

  package static func precedes(_ left: IndexEntry, _ right: IndexEntry) -> Bool {
    if left.key != right.key { return left.key < right.key }
    return (left.container, left.offset) < (right.container, right.offset)
  }
}
