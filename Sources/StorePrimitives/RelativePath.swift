/// A path below some directory, as raw bytes: `a/b/c`, never absolute, never with `.` or `..`.
///
/// Linux file names are bytes, not text; so are these. Order is byte order with `/` below every
/// other byte: a directory's entries are neighbours, and a sorted walk yields a sorted list.
public struct RelativePath: Hashable, Sendable {
  public let bytes: [UInt8]

  /// Checks the rules of a path: 1 to 4,095 bytes, components of 1 to 255 bytes without NUL,
  /// none of them `.` or `..`.
  public init(_ bytes: [UInt8]) throws(PathError) {
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.count <= Limits.pathBytes else { throw .tooLong }
    try RelativePath.checkComponents(bytes.span)
    self.bytes = bytes
  }

  public init(_ text: String) throws(PathError) { try self.init(Array(text.utf8)) }

  private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// A path that this program wrote itself; traps on a bad one.
  package init(trusted text: String) {
    guard let path = try? RelativePath(text) else { preconditionFailure("bad path \(text)") }
    self = path
  }

  /// Computed and inlined: loops over bytes in other modules compare with it.
  @inlinable package static var slash: UInt8 { UInt8(ascii: "/") }

  /// Allocates nothing: a walk makes a path of each entry.
  private static func checkComponents(_ bytes: Span<UInt8>) throws(PathError) {
    var start = 0
    var holdsNul = false
    var onlyDots = true
    for index in 0...bytes.count {
      let byte = index < bytes.count ? bytes[index] : slash
      guard byte == slash else {
        holdsNul = holdsNul || byte == 0
        onlyDots = onlyDots && byte == UInt8(ascii: ".")
        continue
      }
      let count = index - start
      guard count > 0 else { throw .emptyComponent }
      guard count <= Limits.componentBytes else { throw .componentTooLong }
      guard !holdsNul else { throw .nulByte }
      guard !(onlyDots && count <= 2) else { throw .dotComponent }
      start = index + 1
      onlyDots = true
    }
  }

  /// The components in order.
  public var components: [ArraySlice<UInt8>] { bytes.split(separator: RelativePath.slash) }

  /// The path without its last component; nil for a single component.
  public var parent: RelativePath? {
    guard let cut = bytes.lastIndex(of: RelativePath.slash) else { return nil }
    return RelativePath(unchecked: Array(bytes[..<cut]))
  }

  /// The last component.
  public var name: ArraySlice<UInt8> {
    guard let cut = bytes.lastIndex(of: RelativePath.slash) else { return bytes[...] }
    return bytes[(cut + 1)...]
  }

  /// `self/name`; throws when the result breaks the rules of a path.
  public func appending(_ name: some Collection<UInt8>) throws(PathError) -> RelativePath {
    try RelativePath(bytes + [RelativePath.slash] + name)
  }

  /// `self` below `directory`, or `self` itself when that is nil.
  public func inside(_ directory: RelativePath?) throws(PathError) -> RelativePath {
    guard let directory else { return self }
    return try directory.appending(bytes)
  }

  /// Whether `self` is `directory` or lies below it.
  public func isInside(_ directory: RelativePath) -> Bool {
    bytes.starts(with: directory.bytes)
      && (bytes.count == directory.bytes.count
        || bytes[directory.bytes.count] == RelativePath.slash)
  }
}

extension RelativePath: Comparable {
  public static func < (left: RelativePath, right: RelativePath) -> Bool {
    PathOrder.precedes(left.bytes, right.bytes)
  }
}

/// Byte order with `/` below every other byte.
package enum PathOrder {
  package static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    let common = min(left.count, right.count)
    for index in 0..<common where left[index] != right[index] {
      if left[index] == RelativePath.slash { return true }
      if right[index] == RelativePath.slash { return false }
      return left[index] < right[index]
    }
    return left.count < right.count
  }
}

/// Which rule a path broke.
public enum PathError: Error, Hashable, Sendable {
  case empty, tooLong, emptyComponent, componentTooLong, nulByte, dotComponent
}

extension RelativePath: CustomStringConvertible {
  /// The path as text, in the one reversible escape of this project: see `PathText`.
  public var description: String { PathText.escape(bytes) }
}

/// The one reversible text form of path bytes, the same in messages, lock, JSON and manifest.
///
/// Valid UTF-8 stays as it is; a backslash becomes `\\`; each byte of a control character (U+0000
/// to U+001F, U+007F to U+009F) and each that is not part of valid UTF-8 becomes `\xNN` with two
/// lowercase digits. Some terminals obey U+0080 to U+009F, so a file name could write to the
/// screen.
package enum PathText {
  package static func escape(_ bytes: [UInt8]) -> String {
    var text = ""
    var index = 0
    while index < bytes.count {
      let length = scalarLength(bytes, at: index)
      let byte = bytes[index]
      let isSecondControl = byte == 0xc2 && length == 2 && bytes[index + 1] < 0xa0
      if length == 0 || byte < 0x20 || byte == 0x7f || isSecondControl {
        text += "\\x" + Hex.encode([byte].span)
        index += 1
      } else if byte == UInt8(ascii: "\\") {
        text += "\\\\"
        index += 1
      } else {
        text += String(decoding: bytes[index..<index + length], as: UTF8.self)
        index += length
      }
    }
    return text
  }

  /// Nil when `text` has a backslash that is not followed by `\` or `xNN`.
  package static func unescape(_ text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    let source = Array(text.utf8)
    var index = 0
    while index < source.count {
      guard source[index] == UInt8(ascii: "\\") else {
        bytes.append(source[index])
        index += 1
        continue
      }
      guard index + 1 < source.count else { return nil }
      if source[index + 1] == UInt8(ascii: "\\") {
        bytes.append(source[index + 1])
        index += 2
        continue
      }
      guard source[index + 1] == UInt8(ascii: "x"), index + 3 < source.count,
        let value = Hex.decode(String(decoding: source[index + 2...index + 3], as: UTF8.self))
      else { return nil }
      bytes += value
      index += 4
    }
    return bytes
  }

  /// The bytes of the UTF-8 scalar at `index`, or 0 when there is no valid one.
  private static func scalarLength(_ bytes: [UInt8], at index: Int) -> Int {
    if bytes[index] < 0x80 { return 1 }
    for length in 2...4 where index + length <= bytes.count {
      let text = String(validating: bytes[index..<index + length], as: UTF8.self)
      if text?.unicodeScalars.count == 1 { return length }
    }
    return 0
  }
}
