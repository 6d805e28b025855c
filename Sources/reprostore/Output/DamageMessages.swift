import ArtifactStore
import StorePrimitives

/// The words for damage of a store.
enum DamageMessages {
  static func corrupt(_ object: StoreObject, _ error: FormatError) -> UserMessage {
    UserMessage(
      "corrupt", "\(object.words) is damaged: \(words(error))", try: cure(object),
      status: .damage)
  }

  static func missing(_ object: StoreObject) -> UserMessage {
    UserMessage("missing", "\(object.words) is missing", try: cure(object), status: .damage)
  }

  private static func words(_ error: FormatError) -> String {
    switch error {
    case .truncated: "it is too short"
    case .wrongMagic(let expected): "it does not begin with \(expected)"
    case .unsupportedVersion(let found, let supported):
      "it has version \(found), and this program knows \(supported)"
    case .unsupportedFeatures(let bits):
      "it needs features that this program does not know (\(String(bits, radix: 16)))"
    case .digestMismatch(_, let found): "its bytes hash to sha256:\(found.hex)"
    case .malformed(let reason): reason
    }
  }

  /// What brings the object back.
  private static func cure(_ object: StoreObject) -> String {
    switch object {
    case .format(let path): "copy \(path) back from a backup of the store"
    case .root, .segment, .pack, .rawObject:
      "copy \(object.fileName) back from a backup of the store, then: reprostore fsck --full"
    case .blob, .chunk, .node, .manifest: "reprostore fsck --full (it names the damaged file)"
    }
  }
}

extension StoreObject {
  /// What the object is, for people.
  var words: String {
    switch self {
    case .format(let path): path
    case .root(let sequence): "root \(sequence) (\(fileName))"
    case .segment: "the index segment \(fileName)"
    case .pack: "the pack \(fileName)"
    case .rawObject: "the raw object \(fileName)"
    case .blob(let id): "file content \(id)"
    case .chunk(let id): "chunk \(id)"
    case .node(let id): "tree node \(id)"
    case .manifest(let digest): "manifest sha256:\(digest.hex)"
    }
  }

  /// The word for the kind of object that scripts get.
  var kindName: String {
    switch self {
    case .format: "format"
    case .root: "root"
    case .segment: "segment"
    case .pack: "pack"
    case .rawObject: "rawObject"
    case .blob: "blob"
    case .chunk: "chunk"
    case .node: "node"
    case .manifest: "manifest"
    }
  }

  /// The file of the store that the object is, relative to the store; empty for one inside a file.
  var fileName: String {
    switch self {
    case .format: StoreLayout.format.description
    case .root(let sequence): StoreLayout.root(sequence).description
    case .segment(let id): StoreLayout.segment(id).description
    case .pack(let id): ContainerName.pack(id).path.description
    case .rawObject(let name): "raw/\(Self.hexPart(of: name).prefix(2))/\(name)"
    case .blob, .chunk, .node, .manifest: ""
    }
  }

  /// The digits that a raw object, or a part of one, is filed under.
  private static func hexPart(of name: String) -> Substring {
    let prefix = "part-"
    return name.hasPrefix(prefix) ? name.dropFirst(prefix.count) : name[...]
  }
}
