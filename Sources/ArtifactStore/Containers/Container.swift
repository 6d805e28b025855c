package import StorePrimitives

/// The name of a file that holds objects. Names are never reused: a nonce is part of each.
package enum ContainerName: Hashable, Sendable {
  case pack(PackID)
  /// A blob kept verbatim.
  case rawObject(BlobID, Nonce)
  /// The first bytes of a blob, kept verbatim: a raw object that still grows, was cut off, or ended
  /// when the rest turned out to be known.
  case part(Nonce)

  /// The key of the container in the store: `packs/xx/<id>`, `raw/xx/<sha256>-<nonce>` or
  /// `raw/xx/part-<nonce>`.
  package var path: RelativePath {
    switch self {
    case .pack(let id): StoreLayout.path("packs", id.digest, suffix: "")
    case .rawObject(let blob, let nonce):
      StoreLayout.path("raw", blob.digest, suffix: "-" + nonce.hex)
    case .part(let nonce): StoreLayout.part(nonce)
    }
  }

  package var object: StoreObject {
    switch self {
    case .pack(let id): .pack(id)
    case .rawObject(let blob, let nonce): .rawObject(name: blob.digest.hex + "-" + nonce.hex)
    case .part(let nonce): .rawObject(name: "part-" + nonce.hex)
    }
  }
}

/// A container and the bytes of it that are promised never to change.
///
/// 64 bytes in the container table of a segment, little-endian: kind u8 (1 pack, 2 raw object, 3
/// part) | zeros 7 | size u64 | digest 32 (zeros for a part) | nonce 16 (zeros for a pack).
package struct ContainerRecord: Hashable, Sendable {
  package static let byteCount = 64

  package let name: ContainerName
  /// Bytes. A raw object that was still growing when it was committed may be longer on disk.
  package let size: UInt64

  package init(name: ContainerName, size: UInt64) {
    self.name = name
    self.size = size
  }

  package func write(to writer: inout ByteWriter) {
    let kind: UInt8
    var digest = Digest.zero
    var nonce = Nonce(high: 0, low: 0)
    switch name {
    case .pack(let id): (kind, digest) = (1, id.digest)
    case .rawObject(let blob, let own): (kind, digest, nonce) = (2, blob.digest, own)
    case .part(let own): (kind, nonce) = (3, own)
    }
    writer.append(kind)
    writer.appendZeros(7)
    writer.append(size)
    writer.append(digest)
    writer.append(nonce)
  }

  package init(from reader: inout ByteReader) throws(FormatError) {
    let kind = try reader.readByte()
    try reader.expectZeros(7)
    size = try reader.read()
    guard size < Limits.fileBytes else { throw .malformed("container too large") }
    let digest = try reader.readDigest()
    let nonce = try reader.readNonce()
    switch kind {
    case 1 where nonce == Nonce(high: 0, low: 0): name = .pack(PackID(digest))
    case 2: name = .rawObject(BlobID(digest), nonce)
    case 3 where digest == .zero: name = .part(nonce)
    case 1, 3: throw .malformed("reserved bytes are not zero")
    default: throw .malformed("unknown kind of container")
    }
  }
}

/// A container that is durable, with the objects in it, ready to be named in a segment.
package struct SealedContainer: Sendable {
  package let record: ContainerRecord
  /// Entries whose `container` is not set yet.
  package let entries: [IndexEntry]

  package init(record: ContainerRecord, entries: [IndexEntry]) {
    self.record = record
    self.entries = entries
  }
}
