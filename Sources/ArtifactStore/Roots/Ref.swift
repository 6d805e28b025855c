package import StoreIO
package import StorePrimitives

/// The name of a ref: `pins/…`, `tags/…`, `runs/…` or `sessions/…`.
package struct RefName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package enum Space: String, CaseIterable, Sendable {
    case pins, tags, runs, sessions, uploads
  }

  package let path: RelativePath

  private init(path: RelativePath) { self.path = path }

  /// `space/name`. A name has 1 to 200 bytes of printable ASCII without space, `:`, `@`, `*`, `?`,
  /// `[`, `\`, `~` and `^`; its components obey the rules of paths and do not begin with `-`.
  package init(_ space: Space, _ name: String) throws(StoreError) {
    let forbidden = Array(" :@*?[\\~^".utf8)
    let isGood = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !forbidden.contains($0) }
    guard isGood, name.utf8.count <= 200, !name.hasPrefix("-"),
      let path = try? RelativePath("\(space.rawValue)/\(name)")
    else { throw .badRefName(name) }
    self.path = path
  }

  /// Reads a name from a root. Names of a space that this program does not know are kept as they
  /// are.
  package static func parse(_ bytes: [UInt8]) throws(FormatError) -> RefName {
    let path: RelativePath
    do {
      path = try RelativePath(bytes)
    } catch {
      throw .malformed("bad ref name: \(error)")
    }
    guard path.parent != nil else { throw .malformed("ref name without a space") }
    return RefName(path: path)
  }

  /// The part after the space.
  package var name: String { String(description.drop { $0 != "/" }.dropFirst()) }

  /// Whether the ref is in `space`.
  package func isIn(_ space: Space) -> Bool {
    path.components.first?.elementsEqual(space.rawValue.utf8) ?? false
  }

  package var description: String { path.description }

  package static func < (left: RefName, right: RefName) -> Bool { left.path < right.path }
}

/// What a ref points at and where it came from.
///
/// Stored as typed fields, each a number varint, a length varint and the bytes, in ascending order;
/// a reader skips numbers it does not know.
package struct RefRecord: Hashable, Sendable {
  package enum Target: Hashable, Sendable {
    case tree(TreeID)
    case blob(BlobID, size: UInt64, executable: Bool)
    case manifest(Digest)
    /// A long add that is not finished: the segments it has committed so far.
    case session([SegmentID])
  }

  package var target: Target
  /// The path in its workspace, for a pin.
  package var path: RelativePath?
  /// When the ref was set: advisory.
  package var created: Timestamp
  /// The git commit that was checked out, 40 or 64 hexadecimal digits.
  package var gitCommit: String?
  /// The directory of the workspace and the host, for people.
  package var workspace: String?
  /// Who set it, for people.
  package var who: String?

  package init(target: Target, created: Timestamp) {
    self.target = target
    self.created = created
  }

  private enum Field: UInt64 {
    case tree = 1
    case blob = 2
    case manifest = 3
    case session = 4
    case path = 5
    case created = 6
    case gitCommit = 7
    case workspace = 8
    case who = 9
  }

  package var bytes: [UInt8] {
    var writer = ByteWriter()
    func field(_ field: Field, _ fill: (inout ByteWriter) -> Void) {
      var content = ByteWriter()
      fill(&content)
      writer.appendVarint(field.rawValue)
      writer.appendCounted(content.bytes)
    }
    switch target {
    case .tree(let id): field(.tree) { $0.append(id.digest) }
    case .blob(let id, let size, let executable):
      field(.blob) {
        $0.append(id.digest)
        $0.append(size)
        $0.append(UInt8(executable ? 1 : 0))
      }
    case .manifest(let id): field(.manifest) { $0.append(id) }
    case .session(let segments): field(.session) { for id in segments { $0.append(id.digest) } }
    }
    if let path { field(.path) { $0.append(contentsOf: path.bytes) } }
    field(.created) {
      $0.append(UInt64(bitPattern: created.seconds))
      $0.append(created.nanoseconds)
    }
    if let gitCommit { field(.gitCommit) { $0.append(contentsOf: gitCommit.utf8) } }
    if let workspace { field(.workspace) { $0.append(contentsOf: workspace.utf8) } }
    if let who { field(.who) { $0.append(contentsOf: who.utf8) } }
    return writer.bytes
  }

  /// Reads a record: fields in ascending order, exactly one of them a target.
  package init(_ bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    var target: Target?
    var last: UInt64 = 0
    created = Timestamp(seconds: 0, nanoseconds: 0)
    while reader.remaining > 0 {
      let number = try reader.readVarint()
      guard number > last else { throw .malformed("fields of a ref out of order") }
      last = number
      let content = Array(try reader.readCounted(limit: Limits.valueBytes))
      guard let field = Field(rawValue: number) else { continue }
      switch field {
      case .tree, .blob, .manifest, .session:
        guard target == nil else { throw .malformed("ref with two targets") }
        target = try RefRecord.target(field, content)
      case .path:
        do { path = try RelativePath(content) } catch { throw .malformed("bad path in a ref") }
      case .created: created = try RefRecord.time(content)
      case .gitCommit: gitCommit = try RefRecord.text(content)
      case .workspace: workspace = try RefRecord.text(content)
      case .who: who = try RefRecord.text(content)
      }
    }
    guard let target else { throw .malformed("ref without a target") }
    self.target = target
  }

  private static func target(
    _ field: Field, _ content: [UInt8]
  ) throws(FormatError) -> Target {
    var reader = ByteReader(content)
    let target: Target
    switch field {
    case .blob: target = try blob(&reader)
    case .manifest: target = .manifest(try reader.readDigest())
    case .session:
      var segments: [SegmentID] = []
      while reader.remaining > 0 { segments.append(SegmentID(try reader.readDigest())) }
      target = .session(segments)
    default: target = .tree(TreeID(try reader.readDigest()))
    }
    try reader.expectEnd()
    return target
  }

  private static func blob(_ reader: inout ByteReader) throws(FormatError) -> Target {
    let id = BlobID(try reader.readDigest())
    let size = try reader.read(UInt64.self)
    let flag = try reader.readByte()
    guard size < Limits.fileBytes, flag < 2 else { throw .malformed("bad blob in a ref") }
    return .blob(id, size: size, executable: flag == 1)
  }

  private static func time(_ content: [UInt8]) throws(FormatError) -> Timestamp {
    var reader = ByteReader(content)
    let seconds = Int64(bitPattern: try reader.read())
    let time = Timestamp(seconds: seconds, nanoseconds: try reader.read())
    try reader.expectEnd()
    return time
  }

  private static func text(_ content: [UInt8]) throws(FormatError) -> String {
    guard let text = String(validating: content, as: UTF8.self) else {
      throw .malformed("bad text in a ref")
    }
    return text
  }
}
