/// A name that is a SHA-256: one type per kind of object, so a tree cannot be passed for a blob.
public protocol DigestIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
  var digest: Digest { get }
  init(_ digest: Digest)
}

extension DigestIdentifier {
  /// The written form, `sha256:` and 64 hexadecimal digits.
  public var description: String { "sha256:" + digest.hex }

  public static func < (left: Self, right: Self) -> Bool { left.digest < right.digest }
}

/// The content of one file: the SHA-256 of its bytes, as `sha256sum` prints it.
public struct BlobID: DigestIdentifier {
  public let digest: Digest
  public init(_ digest: Digest) { self.digest = digest }
}

/// A piece of a blob, at most 1 MiB: the SHA-256 of the piece.
public struct ChunkID: DigestIdentifier {
  public let digest: Digest
  public init(_ digest: Digest) { self.digest = digest }
}

/// A version of a directory: the SHA-256 of the root node of its tree.
public struct TreeID: DigestIdentifier {
  public let digest: Digest
  public init(_ digest: Digest) { self.digest = digest }
}

/// One node of a sorted tree: the SHA-256 of its bytes.
public struct NodeID: DigestIdentifier {
  public let digest: Digest
  public init(_ digest: Digest) { self.digest = digest }
}

/// A pack: the SHA-256 of its header and footer (never of its payload; see docs/formats.md).
public struct PackID: DigestIdentifier {
  public let digest: Digest
  public init(_ digest: Digest) { self.digest = digest }
}

/// An index segment: the SHA-256 of its header, tables and page digests.
public struct SegmentID: DigestIdentifier {
  public let digest: Digest
  public init(_ digest: Digest) { self.digest = digest }
}

/// A root: the SHA-256 of its bytes.
public struct RootID: DigestIdentifier {
  public let digest: Digest
  public init(_ digest: Digest) { self.digest = digest }
}

/// 128 random bits that make a name unique for all time, so that nothing deleted can come back.
public struct Nonce: Hashable, Sendable, CustomStringConvertible {
  public static let byteCount = 16
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Draws from the system's random numbers.
  public static func random() -> Nonce {
    Nonce(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
  }

  /// 32 lowercase hexadecimal digits.
  public var hex: String {
    let text = String(high, radix: 16).leftPadded(to: 16)
    return text + String(low, radix: 16).leftPadded(to: 16)
  }

  public var description: String { hex }

  /// Reads exactly 32 lowercase hexadecimal digits.
  public init?(hex: some StringProtocol) {
    guard hex.utf8.count == 32, Hex.decode(hex) != nil,
      let high = UInt64(hex.prefix(16), radix: 16), let low = UInt64(hex.suffix(16), radix: 16)
    else { return nil }
    self.init(high: high, low: low)
  }
}

extension String {
  /// `self` with zeros before it, `width` characters in all.
  package func leftPadded(to width: Int) -> String {
    String(repeating: "0", count: Swift.max(0, width - utf8.count)) + self
  }
}
