import StoreIO
package import StorePrimitives

/// The layout of a root file (docs/formats.md): the fields in order, then SHA-256 of all before.
package enum RootFormat {
  package static let version: UInt16 = 1
  private static let magic = "RPSROOT1"

  /// The bytes and the id of a root.
  package static func encode(_ root: Root) -> (bytes: [UInt8], id: RootID) {
    var writer = ByteWriter()
    writer.append(contentsOf: magic.utf8)
    writer.append(version)
    writer.append(root.readFeatures)
    writer.append(root.writeFeatures)
    writer.append(root.sequence)
    writer.append(root.epoch)
    writer.append(root.previous.digest)
    writer.append(root.nonce)
    writer.append(UInt64(bitPattern: root.created.seconds))
    writer.append(root.created.nanoseconds)
    write(root.refsBase, to: &writer)
    writer.appendVarint(UInt64(root.refEdits.count))
    for edit in root.refEdits {
      writer.appendCounted(edit.name.path.bytes)
      writer.append(UInt8(edit.record == nil ? 0 : 1))
      if let record = edit.record { writer.appendCounted(record) }
    }
    write(root.absent, to: &writer)
    writer.appendVarint(UInt64(root.segments.count))
    for segment in root.segments {
      writer.append(segment.id.digest)
      writer.append(segment.entryCount)
    }
    writer.appendVarint(UInt64(root.condemned.count))
    for condemnation in root.condemned {
      condemnation.container.write(to: &writer)
      writer.append(condemnation.state.rawValue)
      writer.append(UInt64(bitPattern: condemnation.since))
    }
    let id = RootID(SHA256.digest(of: writer.bytes))
    writer.append(id.digest)
    return (writer.bytes, id)
  }

  private static func write(_ node: NodeID?, to writer: inout ByteWriter) {
    writer.append(UInt8(node == nil ? 0 : 1))
    if let node { writer.append(node.digest) }
  }

  /// Reads a root, after its trailing digest was checked, so that damage is told from a foreign
  /// format only when the bytes are whole.
  package static func decode(_ bytes: [UInt8]) throws(FormatError) -> (root: Root, id: RootID) {
    guard bytes.count >= magic.utf8.count + Digest.byteCount else { throw .truncated }
    let end = bytes.count - Digest.byteCount
    let stated = Digest(bytes.span.extracting(end..<bytes.count))
    let found = SHA256.digest(of: Array(bytes[..<end]))
    guard found == stated else { throw .digestMismatch(expected: stated, found: found) }
    var reader = ByteReader(Array(bytes[..<end]))
    try reader.expect(magic)
    let version = try reader.read(UInt16.self)
    guard version == Self.version else {
      throw .unsupportedVersion(found: Int(version), supported: Int(Self.version))
    }
    return (try read(&reader), RootID(found))
  }

  private static func read(_ reader: inout ByteReader) throws(FormatError) -> Root {
    var root = Root()
    root.readFeatures = try reader.read()
    root.writeFeatures = try reader.read()
    guard root.readFeatures == 0 else { throw .unsupportedFeatures(root.readFeatures) }
    root.sequence = try reader.read()
    root.epoch = try reader.read()
    // Whoever extends the root adds one.
    guard root.sequence < .max, root.epoch < .max else { throw .malformed("number too large") }
    root.previous = RootID(try reader.readDigest())
    root.nonce = try reader.readNonce()
    let seconds = Int64(bitPattern: try reader.read())
    root.created = Timestamp(seconds: seconds, nanoseconds: try reader.read())
    root.refsBase = try readNode(&reader)
    for _ in 0..<(try reader.readCount(minimumBytes: 4)) {
      let edit = try readEdit(&reader)
      guard root.refEdits.last.map({ $0.name < edit.name }) ?? true else {
        throw .malformed("refs out of order")
      }
      root.refEdits.append(edit)
    }
    root.absent = try readNode(&reader)
    for _ in 0..<(try reader.readCount(minimumBytes: 40)) {
      let id = SegmentID(try reader.readDigest())
      root.segments.append(SegmentSummary(id: id, entryCount: try reader.read()))
    }
    for _ in 0..<(try reader.readCount(minimumBytes: 73)) {
      root.condemned.append(try readCondemnation(&reader))
    }
    try reader.expectEnd()
    return root
  }

  private static func readNode(_ reader: inout ByteReader) throws(FormatError) -> NodeID? {
    switch try reader.readByte() {
    case 0: return nil
    case 1: return NodeID(try reader.readDigest())
    default: throw .malformed("bad flag")
    }
  }

  private static func readEdit(_ reader: inout ByteReader) throws(FormatError) -> RefEdit {
    let bytes = Array(try reader.readCounted(limit: Limits.pathBytes))
    let name = try RefName.parse(bytes)
    switch try reader.readByte() {
    case 0: return RefEdit(name, nil)
    case 1: return RefEdit(name, Array(try reader.readCounted(limit: Limits.valueBytes)))
    default: throw .malformed("bad flag")
    }
  }

  private static func readCondemnation(
    _ reader: inout ByteReader
  ) throws(FormatError) -> Condemnation {
    let container = try ContainerRecord(from: &reader)
    guard let state = Condemnation.State(rawValue: try reader.readByte()) else {
      throw .malformed("bad state of a condemned container")
    }
    return Condemnation(
      container: container, state: state, since: Int64(bitPattern: try reader.read()))
  }
}
