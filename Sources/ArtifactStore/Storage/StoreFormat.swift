package import StorePrimitives

/// The text file `format`: what a program must know to use the store.
///
///     reprostore 1
///     uuid 0123456789abcdef0123456789abcdef
///     hash sha256
///     chunker gear64v1
///     features
///
/// One `key value` a line. `features` lists what a reader and writer must know besides, separated
/// by spaces; none are defined yet. The chunker is only the default: recipes name their own.
package struct StoreFormat: Hashable, Sendable {
  package static let version = "1"
  package static let hash = "sha256"
  package static let chunker = "gear64v1"
  package static let features: [String] = []

  package let uuid: Nonce

  package init(uuid: Nonce) { self.uuid = uuid }

  package var text: String {
    """
    reprostore \(Self.version)
    uuid \(uuid.hex)
    hash \(Self.hash)
    chunker \(Self.chunker)
    features

    """
  }

  /// Reads the file at `path` (for messages) and refuses what this program does not know, naming
  /// both sides.
  package init(parsing bytes: [UInt8], path: String) throws(StoreError) {
    let object = StoreObject.format(path: path)
    guard bytes.count <= 4096, let text = String(validating: bytes, as: UTF8.self) else {
      throw .corrupt(object, .malformed("no text of a few lines"))
    }
    let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
    func value(_ key: Substring) -> [Substring]? {
      lines.first { $0.first == key }.map { Array($0.dropFirst()) }
    }
    guard let version = value("reprostore")?.first else {
      throw .corrupt(object, .wrongMagic(expected: "reprostore"))
    }
    guard version == Self.version else {
      throw .unsupportedStore(.formatVersion(found: String(version), supported: Self.version))
    }
    guard let hash = value("hash")?.first, hash == Self.hash else {
      let found = value("hash")?.first.map(String.init) ?? "none"
      throw .unsupportedStore(.hash(found: found, supported: Self.hash))
    }
    let features = (value("features") ?? []).map(String.init)
    let unknown = features.filter { !Self.features.contains($0) }
    guard unknown.isEmpty else {
      throw .unsupportedStore(.features(unknown: unknown, supported: Self.features))
    }
    guard let chunker = value("chunker")?.first, chunker == Self.chunker else {
      let found = value("chunker")?.first.map(String.init) ?? "none"
      throw .unsupportedStore(.chunker(found: found, supported: [Self.chunker]))
    }
    guard let hex = value("uuid")?.first, let uuid = Nonce(hex: hex) else {
      throw .corrupt(object, .malformed("no uuid"))
    }
    self.uuid = uuid
  }
}
