import StoreIO

/// The layout of a zip archive, read from its central directory.
///
/// Reference: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory),
/// 4.3.14 to 4.3.16 (end records), 4.5.3 (zip64 extra field). Archives in several parts, encrypted
/// members, offsets that do not count from the file's start, and anything that contradicts itself
/// are unusable.
struct ZipDirectory<File: FileHandle>: ~Copyable {
  private var reader: HeaderReader<File>
  private let size: UInt64
  private let limits: LayoutLimits

  init(reader: consuming HeaderReader<File>, size: UInt64, limits: LayoutLimits) {
    self.reader = reader
    self.size = size
    self.limits = limits
  }

  /// Whether a file that begins with `head` may be an archive: it begins with a local header.
  static func isMagic(_ head: [UInt8]) -> Bool { head.starts(with: [0x50, 0x4b, 3, 4]) }

  /// Reads the directory, and the local header of each large stored member.
  mutating func parts() throws(LayoutFailure) -> FileParts {
    let end = try findEnd()
    var members = try readMembers(end)
    members.sort { $0.offset < $1.offset }
    var parts = FileParts()
    for (index, member) in members.enumerated() {
      let next = index + 1 < members.count ? members[index + 1].offset : end.directory.lowerBound
      parts.starts.append(member.offset)
      guard let data = try dataRange(member, before: next) else { continue }
      // The end too: a descriptor may follow, and the same tensor in another format has none.
      parts.starts += [data.lowerBound, data.upperBound]
      parts.largeBytes += data.upperBound - data.lowerBound
    }
    parts.starts.append(end.directory.lowerBound)
    return parts
  }

  // MARK: Local headers

  /// Where the bytes of a large stored member are; nil for other members.
  private mutating func dataRange(
    _ member: ZipMember, before next: UInt64
  ) throws(LayoutFailure) -> Range<UInt64>? {
    let headerEnd = member.offset + ZipFormat.localHeaderBytes
    guard headerEnd + member.nameBytes + member.bytes <= next else { throw .unusable }
    guard member.isStored, member.bytes >= limits.largeBytes else { return nil }
    reader.move(to: member.offset..<headerEnd)
    guard try reader.number(4) == ZipFormat.localMagic else { throw .unusable }
    try reader.skip(2)
    guard try reader.number(2) & ZipFormat.unknownFlags == 0 else { throw .unusable }
    guard try reader.number(2) == ZipFormat.stored else { throw .unusable }
    try reader.skip(16)
    guard try reader.number(2) == member.nameBytes else { throw .unusable }
    let start = headerEnd + member.nameBytes + (try reader.number(2))
    guard start + member.bytes <= next else { throw .unusable }
    return start..<start + member.bytes
  }

  // MARK: The central directory

  private mutating func readMembers(_ end: ZipEnd) throws(LayoutFailure) -> [ZipMember] {
    reader.move(to: end.directory)
    var members: [ZipMember] = []
    for _ in 0..<end.memberCount { members.append(try readMember(end)) }
    guard reader.remaining == 0 else { throw .unusable }
    return members
  }

  private mutating func readMember(_ end: ZipEnd) throws(LayoutFailure) -> ZipMember {
    guard try reader.number(4) == ZipFormat.memberMagic else { throw .unusable }
    try reader.skip(4)
    guard try reader.number(2) & ZipFormat.unknownFlags == 0 else { throw .unusable }
    let isStored = try reader.number(2) == ZipFormat.stored
    try reader.skip(8)
    var bytes = try reader.number(4)
    var plainBytes = try reader.number(4)
    let nameBytes = try reader.number(2)
    let extraBytes = try reader.number(2)
    let commentBytes = try reader.number(2)
    guard try reader.number(2) == 0 else { throw .unusable }
    try reader.skip(6)
    var offset = try reader.number(4)
    try reader.skip(nameBytes)
    var wide = Zip64Field(numbers: try readZip64Field(extraBytes: extraBytes))
    plainBytes = try wide.widen(plainBytes)
    bytes = try wide.widen(bytes)
    offset = try wide.widen(offset)
    try reader.skip(commentBytes)
    guard bytes <= size, offset < end.directory.lowerBound, !isStored || bytes == plainBytes else {
      throw .unusable
    }
    return ZipMember(offset: offset, bytes: bytes, nameBytes: nameBytes, isStored: isStored)
  }

  /// The numbers of the zip64 extra field (at most the three that are looked at); empty without it.
  private mutating func readZip64Field(extraBytes: UInt64) throws(LayoutFailure) -> [UInt64] {
    var left = extraBytes
    var numbers: [UInt64] = []
    while left >= 4 {
      let kind = try reader.number(2)
      var fieldBytes = try reader.number(2)
      guard fieldBytes <= left - 4 else { throw .unusable }
      left -= 4 + fieldBytes
      if kind == ZipFormat.zip64Field {
        guard numbers.isEmpty else { throw .unusable }
        while fieldBytes >= 8, numbers.count < 3 {
          numbers.append(try reader.number(8))
          fieldBytes -= 8
        }
      }
      try reader.skip(fieldBytes)
    }
    // Up to three bytes that are no field: aligners leave them.
    try reader.skip(left)
    return numbers
  }

  // MARK: The end records

  /// Finds the end record, which the archive's comment may follow.
  private mutating func findEnd() throws(LayoutFailure) -> ZipEnd {
    let tailBytes = min(size, ZipFormat.endBytes + ZipFormat.commentBytes)
    guard tailBytes >= ZipFormat.endBytes else { throw .unusable }
    reader.move(to: size - tailBytes..<size)
    let tail = try reader.bytes(Int(tailBytes))
    let first = tail.count - Int(ZipFormat.endBytes)
    for index in stride(from: first, through: 0, by: -1) where tail[index] == 0x50 {
      guard tail[index + 1] == 0x4b, tail[index + 2] == 5, tail[index + 3] == 6 else { continue }
      let comment = Int(tail[index + 20]) | Int(tail[index + 21]) << 8
      guard index + Int(ZipFormat.endBytes) + comment == tail.count else { continue }
      return try readEnd(at: size - tailBytes + UInt64(index))
    }
    throw .unusable
  }

  private mutating func readEnd(at offset: UInt64) throws(LayoutFailure) -> ZipEnd {
    if let wide = try readZip64End(before: offset) { return wide }
    reader.move(to: offset + 4..<offset + ZipFormat.endBytes)
    guard try reader.number(4) == 0 else { throw .unusable }
    let membersHere = try reader.number(2)
    let members = try reader.number(2)
    let bytes = try reader.number(4)
    let start = try reader.number(4)
    guard members == membersHere else { throw .unusable }
    return try checkedEnd(members: members, start: start, bytes: bytes, before: offset)
  }

  /// The zip64 end record; nil without its locator. torch.save writes both for any size, so that
  /// the fields of the plain end record need not be saturated.
  private mutating func readZip64End(before end: UInt64) throws(LayoutFailure) -> ZipEnd? {
    guard end >= ZipFormat.locatorBytes + ZipFormat.zip64EndBytes else { return nil }
    let locator = end - ZipFormat.locatorBytes
    reader.move(to: locator..<end)
    guard try reader.number(4) == ZipFormat.locatorMagic else { return nil }
    guard try reader.number(4) == 0 else { throw .unusable }
    let offset = try reader.number(8)
    guard try reader.number(4) == 1, offset <= locator - ZipFormat.zip64EndBytes else {
      throw .unusable
    }
    reader.move(to: offset..<locator)
    guard try reader.number(4) == ZipFormat.zip64EndMagic else { throw .unusable }
    guard try reader.number(8) == locator - offset - 12 else { throw .unusable }
    try reader.skip(4)
    guard try reader.number(8) == 0 else { throw .unusable }
    let membersHere = try reader.number(8)
    let members = try reader.number(8)
    let bytes = try reader.number(8)
    let start = try reader.number(8)
    guard members == membersHere else { throw .unusable }
    return try checkedEnd(members: members, start: start, bytes: bytes, before: offset)
  }

  private func checkedEnd(
    members: UInt64, start: UInt64, bytes: UInt64, before end: UInt64
  ) throws(LayoutFailure) -> ZipEnd {
    guard members <= limits.partCount, bytes <= limits.headerBytes, start <= end,
      bytes == end - start
    else { throw .unusable }
    return ZipEnd(directory: start..<end, memberCount: members)
  }
}

/// One member, as the central directory tells it.
private struct ZipMember {
  /// Where its local header begins.
  let offset: UInt64
  /// Its bytes in the archive.
  let bytes: UInt64
  let nameBytes: UInt64
  let isStored: Bool
}

/// Where the central directory is and how many members it names.
private struct ZipEnd {
  let directory: Range<UInt64>
  let memberCount: UInt64
}

/// Gives the 64-bit values that stand for saturated 32-bit fields, in their fixed order.
private struct Zip64Field {
  private var numbers: ArraySlice<UInt64>

  init(numbers: [UInt64]) { self.numbers = numbers[...] }

  mutating func widen(_ value: UInt64) throws(LayoutFailure) -> UInt64 {
    guard value == ZipFormat.wide else { return value }
    guard let number = numbers.popFirst() else { throw .unusable }
    return number
  }
}

/// The numbers of the format.
private enum ZipFormat {
  static let localMagic: UInt64 = 0x0403_4b50
  static let memberMagic: UInt64 = 0x0201_4b50
  static let zip64EndMagic: UInt64 = 0x0606_4b50
  static let locatorMagic: UInt64 = 0x0706_4b50

  static let localHeaderBytes: UInt64 = 30
  static let endBytes: UInt64 = 22
  static let commentBytes: UInt64 = 0xffff
  static let locatorBytes: UInt64 = 20
  static let zip64EndBytes: UInt64 = 56

  static let stored: UInt64 = 0
  static let zip64Field: UInt64 = 1
  /// A 32-bit field that says: look into the zip64 field.
  static let wide: UInt64 = 0xffff_ffff
  /// Bit 0: encrypted; bit 5: patch data; bit 6: strong encryption; bit 13: masked headers.
  static let unknownFlags: UInt64 = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 13
}
