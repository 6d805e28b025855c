import StoreIO

/// The layout of a safetensors file: `u64 N | N bytes of JSON | data`, numbers little-endian, with
/// `"data_offsets": [begin, end]` relative to the data for each tensor.
///
/// Reference: the format description of huggingface/safetensors. This is no JSON parser: it finds
/// the offsets, keeps to the nesting, and calls unusable what it does not expect.
struct SafetensorsHeader<File: FileHandle>: ~Copyable {
  private var reader: HeaderReader<File>
  private let size: UInt64
  private let limits: LayoutLimits
  /// The key that was read last, or its first 16 bytes.
  private var key: [UInt8] = []
  private var tensors: [Range<UInt64>] = []

  /// Arrays and objects inside one another at most, in what is passed over.
  private static var depth: Int { 16 }

  init(reader: consuming HeaderReader<File>, size: UInt64, limits: LayoutLimits) {
    self.reader = reader
    self.size = size
    self.limits = limits
  }

  /// Reads the header. At most `LayoutLimits.headerBytes` steps, and n log n for n tensors.
  mutating func parts() throws(LayoutFailure) -> FileParts {
    reader.move(to: 0..<size)
    let length = try reader.number(8)
    guard length >= 2, length <= limits.headerBytes, length <= reader.remaining else {
      throw .unusable
    }
    let dataStart = 8 + length
    reader.move(to: 8..<dataStart)
    try readTensors(dataBytes: size - dataStart)
    while reader.remaining > 0 { guard isSpace(try reader.next()) else { throw .unusable } }
    return try arrange(dataStart: dataStart)
  }

  /// Checks that no two tensors overlap. The header may name them in any order.
  private mutating func arrange(dataStart: UInt64) throws(LayoutFailure) -> FileParts {
    tensors.sort { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
    var parts = FileParts()
    var dataEnd: UInt64 = 0
    for tensor in tensors {
      guard tensor.lowerBound >= dataEnd else { throw .unusable }
      dataEnd = tensor.upperBound
      parts.starts.append(dataStart + tensor.lowerBound)
      let bytes = tensor.upperBound - tensor.lowerBound
      if bytes >= limits.largeBytes { parts.largeBytes += bytes }
    }
    parts.starts.append(dataStart + dataEnd)
    return parts
  }

  // MARK: The grammar

  private mutating func readTensors(dataBytes: UInt64) throws(LayoutFailure) {
    guard try opens("{", closedBy: "}") else { return }
    repeat {
      try readKey()
      if isKey("__metadata__") {
        try skipValue(depth: 0)
      } else {
        try readTensor(dataBytes: dataBytes)
      }
    } while try continues(closedBy: "}")
  }

  private mutating func readTensor(dataBytes: UInt64) throws(LayoutFailure) {
    guard UInt64(tensors.count) < limits.partCount, try opens("{", closedBy: "}") else {
      throw .unusable
    }
    var found: Range<UInt64>?
    repeat {
      try readKey()
      if isKey("data_offsets") {
        guard found == nil else { throw .unusable }
        found = try readOffsets()
      } else {
        try skipValue(depth: 0)
      }
    } while try continues(closedBy: "}")
    guard let found, found.upperBound <= dataBytes else { throw .unusable }
    tensors.append(found)
  }

  private mutating func readOffsets() throws(LayoutFailure) -> Range<UInt64> {
    guard try opens("[", closedBy: "]") else { throw .unusable }
    let begin = try readNumber()
    guard try continues(closedBy: "]") else { throw .unusable }
    let end = try readNumber()
    guard try !continues(closedBy: "]"), begin <= end else { throw .unusable }
    return begin..<end
  }

  private mutating func readNumber() throws(LayoutFailure) -> UInt64 {
    try skipSpaces()
    var value: UInt64 = 0
    var digits = 0
    while case let byte = try reader.peek(), isDigit(byte) {
      let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      guard !tooLarge, !overflow, digits == 0 || value > 0 else { throw .unusable }
      value = sum
      digits += 1
      _ = try reader.next()
    }
    guard digits > 0 else { throw .unusable }
    return value
  }

  /// Passes over any value; what a number or a word says is not looked at.
  private mutating func skipValue(depth: Int) throws(LayoutFailure) {
    guard depth < Self.depth else { throw .unusable }
    try skipSpaces()
    switch try reader.peek() {
    case UInt8(ascii: "\""): try readString()
    case UInt8(ascii: "{"):
      guard try opens("{", closedBy: "}") else { return }
      repeat {
        try readKey()
        try skipValue(depth: depth + 1)
      } while try continues(closedBy: "}")
    case UInt8(ascii: "["):
      guard try opens("[", closedBy: "]") else { return }
      repeat { try skipValue(depth: depth + 1) } while try continues(closedBy: "]")
    default: try skipWord()
    }
  }

  /// Passes over a number, `true`, `false` or `null`.
  private mutating func skipWord() throws(LayoutFailure) {
    var length = 0
    while case let byte = try reader.peek(), isWordByte(byte) {
      length += 1
      _ = try reader.next()
    }
    guard length > 0 else { throw .unusable }
  }

  // MARK: The parts of the grammar

  /// Takes `open`; false when `close` follows at once, and takes that too.
  private mutating func opens(
    _ open: Unicode.Scalar, closedBy close: Unicode.Scalar
  ) throws(LayoutFailure) -> Bool {
    try expect(open)
    try skipSpaces()
    guard try reader.peek() == UInt8(ascii: close) else { return true }
    _ = try reader.next()
    return false
  }

  /// Takes a comma (true) or `close` (false).
  private mutating func continues(closedBy close: Unicode.Scalar) throws(LayoutFailure) -> Bool {
    try skipSpaces()
    let byte = try reader.next()
    guard byte != UInt8(ascii: ",") else { return true }
    guard byte == UInt8(ascii: close) else { throw .unusable }
    return false
  }

  private mutating func readKey() throws(LayoutFailure) {
    try readString()
    try expect(":")
  }

  /// Keeps the first 16 bytes in `key` as they are written: an escape in a key that matters makes
  /// it another key, and the header unusable.
  private mutating func readString() throws(LayoutFailure) {
    try expect("\"")
    key.removeAll(keepingCapacity: true)
    while case let byte = try reader.next(), byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw .unusable }
      if key.count < 16 { key.append(byte) }
      if byte == UInt8(ascii: "\\") { _ = try reader.next() }
    }
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(LayoutFailure) {
    try skipSpaces()
    guard try reader.next() == UInt8(ascii: character) else { throw .unusable }
  }

  private mutating func skipSpaces() throws(LayoutFailure) {
    while isSpace(try reader.peek()) { _ = try reader.next() }
  }

  private func isKey(_ name: String) -> Bool { key.elementsEqual(name.utf8) }

  private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
      || byte == UInt8(ascii: "E") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: ".")
  }
}
