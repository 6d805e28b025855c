import StorePrimitives

/// Objects of a repository as `git cat-file` prints them.
extension GitRepository {
  /// An object that git was asked for.
  struct Object: Hashable {
    let id: String
    /// `blob`, `tree`, `commit` or `tag`.
    let kind: String
    /// Bytes.
    let size: Int
  }

  /// What each of `names` stands for; nil for what is not there. No name may hold a line end.
  func objects(_ names: [String]) throws -> [Object?] {
    guard !names.isEmpty else { return [] }
    let output = try output(["cat-file", "--batch-check"], input: Self.lines(names))
    let lines = output.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.count == names.count + 1 else { throw GitErrors.malformed("cat-file") }
    return lines.dropLast().map(Self.object)
  }

  private static func lines(_ names: [String]) -> [UInt8] {
    Array(names.map { "\($0)\n" }.joined().utf8)
  }

  /// Reads `<id> <kind> <size>`; nil for `<name> missing`.
  private static func object(_ line: ArraySlice<UInt8>) -> Object? {
    let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
    guard words.count == 3, GitCommitID.isWhole(words[0]), let size = Int(words[2]), size >= 0
    else { return nil }
    return Object(id: words[0], kind: words[1], size: size)
  }

  /// Calls `body` with each of `objects` and its bytes, in order. Holds no more than 64 MiB of them
  /// at a time, unless one alone is larger.
  func forEachContent(
    of objects: [Object], _ body: (Object, ArraySlice<UInt8>) throws -> Void
  ) throws {
    var batch: [Object] = []
    var bytes = 0
    for object in objects {
      if !batch.isEmpty, bytes + object.size > 64 << 20 {
        try read(batch, bytes, body)
        batch = []
        bytes = 0
      }
      batch.append(object)
      bytes += object.size
    }
    if !batch.isEmpty { try read(batch, bytes, body) }
  }

  private func read(
    _ batch: [Object], _ bytes: Int, _ body: (Object, ArraySlice<UInt8>) throws -> Void
  ) throws {
    // A line before and a line end behind each.
    let output = try output(
      ["cat-file", "--batch"], input: Self.lines(batch.map(\.id)), limit: bytes + batch.count * 256)
    var rest = output[...]
    for object in batch {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")),
        Self.object(rest[..<end]) == object, rest.count > end - rest.startIndex + 1 + object.size
      else { throw GitErrors.malformed("cat-file") }
      let start = end + 1
      try body(object, rest[start..<start + object.size])
      rest = rest[(start + object.size + 1)...]
    }
  }
}
