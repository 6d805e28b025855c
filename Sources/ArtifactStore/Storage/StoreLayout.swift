package import StorePrimitives

/// The key space of a store: which file lies where. The same keys on a disk and on a bucket.
package enum StoreLayout {
  package static let format = RelativePath(trusted: "format")
  package static let latest = RelativePath(trusted: "latest")
  package static let roots = RelativePath(trusted: "roots")
  package static let temporary = RelativePath(trusted: "tmp")

  /// Every directory of a store, parents first and `tmp` last; all are made when it is created, so
  /// that a commit never has to make a parent durable.
  package static var directories: [RelativePath] {
    let leaves = parents.flatMap { parent in
      (0..<256).map { "\(parent)/" + String($0, radix: 16).leftPadded(to: 2) }
    }
    let names = ["roots", "quarantine"] + parents + leaves
    return names.map(RelativePath.init(trusted:)) + [temporary]
  }

  /// The directories that have one below them for each first byte of a name.
  package static let parents = ["index", "packs", "raw"]

  /// `directory/xx/<hex><suffix>`, where `xx` are the first two digits.
  package static func path(
    _ directory: String, _ digest: Digest, suffix: String
  ) -> RelativePath {
    let hex = digest.hex
    return RelativePath(trusted: "\(directory)/\(hex.prefix(2))/\(hex)\(suffix)")
  }

  package static func part(_ nonce: Nonce) -> RelativePath {
    RelativePath(trusted: "raw/\(nonce.hex.prefix(2))/part-\(nonce.hex)")
  }

  package static func segment(_ id: SegmentID) -> RelativePath {
    path("index", id.digest, suffix: "")
  }

  /// `roots/` and 2^64 - 1 - sequence in 16 digits, so that a listing has the newest first.
  package static func root(_ sequence: UInt64) -> RelativePath {
    RelativePath(trusted: "roots/" + rootKey(sequence))
  }

  package static func rootKey(_ sequence: UInt64) -> String {
    String(UInt64.max - sequence, radix: 16).leftPadded(to: 16)
  }

  /// The sequence number of a name in `roots/`; nil for a name that no writer makes.
  package static func sequence(ofRootKey key: [UInt8]) -> UInt64? {
    guard key.count == 16, let text = String(validating: key, as: UTF8.self),
      Hex.decode(text) != nil, let value = UInt64(text, radix: 16)
    else { return nil }
    return UInt64.max - value
  }
}
