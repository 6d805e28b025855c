import ArtifactStore
import StorePrimitives
import Testing

/// Damaged, lying and random files: a plan inside the file or none, never a trap.
@Suite struct ChunkingHostileLayoutTests {
  private let limits: LayoutLimits = {
    var limits = LayoutLimits()
    limits.largeBytes = 1
    limits.largePercent = 0
    limits.headerBytes = 10_000
    limits.partCount = 5
    return limits
  }()

  /// The region starts after checking that they are such.
  @discardableResult
  private func starts(_ bytes: [UInt8], size: UInt64? = nil) throws -> [UInt64]? {
    let file = ChunkingMemoryFile(bytes, size: size)
    let starts = try FileLayout.regionStarts(of: file, size: file.size, limits: limits)
    if file.reads.largestRead > 64 << 10 { Issue.record("a read of \(file.reads.largestRead)") }
    guard let starts else { return nil }
    let plan = CutPlan(regionStarts: starts, size: file.size)
    let isInside = plan?.boundaries.allSatisfy { $0 == 0 || $0 < file.size } == true
    if !isInside { Issue.record("starts \(starts) in a file of \(file.size)") }
    return starts
  }

  private func safetensors(_ header: String, data: Int = 0, claimed: UInt64? = nil) -> [UInt8] {
    let length = claimed ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) }
      + Array(header.utf8) + [UInt8](repeating: 7, count: data)
  }

  // MARK: Damage

  static let tiny = ["tiny.zip", "tiny64.zip", "tiny-descriptor.zip", "tiny.safetensors"]

  @Test(.enabled(if: Chunking.hasPython), arguments: tiny)
  func everyTruncationIsSafe(name: String) throws {
    let bytes = try LayoutFiles.entry(name).bytes
    #expect(try starts(bytes) != nil)
    for count in bytes.indices {
      #expect(try starts(Array(bytes[..<count])) == nil, "\(count) bytes of \(name)")
    }
    // Shorter than it was when its size was taken.
    for count in bytes.indices {
      let file = ChunkingMemoryFile(Array(bytes[..<count]))
      let starts = try FileLayout.regionStarts(
        of: file, size: UInt64(bytes.count), limits: limits)
      // A zip archive's end is read first; a tensor file's end is not read at all.
      if name.hasSuffix(".zip") { #expect(starts == nil, "\(count) bytes of \(name)") }
    }
  }

  @Test(.enabled(if: Chunking.hasPython), arguments: tiny)
  func everyChangedByteIsSafe(name: String) throws {
    let bytes = try LayoutFiles.entry(name).bytes
    var refused = 0
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << UInt8(bit)
        if try starts(changed) == nil { refused += 1 }
      }
    }
    #expect(refused > 200)
  }

  @Test(.enabled(if: Chunking.hasPython), arguments: tiny)
  func widthsOfOnesAreSafe(name: String) throws {
    let bytes = try LayoutFiles.entry(name).bytes
    for width in [2, 4, 8] {
      for index in 0..<bytes.count - width {
        var changed = bytes
        for offset in index..<index + width { changed[offset] = 0xff }
        try starts(changed)
      }
    }
  }

  @Test(arguments: 1...400 as ClosedRange<UInt64>) func randomBytesAreSafe(seed: UInt64) throws {
    var random = Chunking.SplitMix(state: seed)
    var bytes = Chunking.randomBytes(seed: seed, count: Int.random(in: 9...300, using: &random))
    switch seed % 4 {
    case 0: bytes.replaceSubrange(0..<4, with: [0x50, 0x4b, 3, 4])
    case 1:
      bytes.replaceSubrange(0..<4, with: [0x50, 0x4b, 3, 4])
      bytes += [0x50, 0x4b, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0] + bytes.prefix(8) + [0, 0]
    case 2:
      bytes.replaceSubrange(0..<9, with: [UInt8(bytes.count / 2)] + Array("\0\0\0\0\0\0\0{".utf8))
    default: break
    }
    try starts(bytes)
  }

  /// Random texts of the characters that headers are made of.
  @Test(arguments: 1...200 as ClosedRange<UInt64>) func randomGrammarIsSafe(seed: UInt64) throws {
    var random = Chunking.SplitMix(state: seed)
    let words = [
      "{", "}", "[", "]", ":", ",", "\"", "\\", "\"data_offsets\"", "0", "9",
      "18446744073709551615",
      "\"a\"", "{\"data_offsets\":[0,5]}", "[0,5]", "\"__metadata__\"", " ", "null", "-1e9",
      "\u{1}",
    ]
    for _ in 0..<10 {
      let text = (0..<12).map { _ in words.randomElement(using: &random) ?? "" }.joined()
      try starts(safetensors("{" + text, data: 5))
      try starts(safetensors("{\"a\":{\"data_offsets\":[0,5]}," + text, data: 5))
    }
  }

  // MARK: Claims

  @Test func claimedHeaderLengthsAreBounded() throws {
    let header = "{\"a\":{\"data_offsets\":[0,5]}}"
    #expect(try starts(safetensors(header, data: 5)) == [0, 36, 41])
    for claimed in [
      0, 1, 27, 29, 41, 1_000, 100_000_001, 1 << 32, 1 << 63, .max - 8, .max - 7, .max,
    ] as [UInt64] {
      #expect(try starts(safetensors(header, data: 5, claimed: claimed)) == nil, "\(claimed)")
    }
    // A file as large as a store takes at most, and one that is larger.
    let huge = safetensors(header, claimed: Limits.fileBytes - 8)
    #expect(try starts(huge, size: Limits.fileBytes) == nil)
    #expect(try starts(huge, size: Limits.fileBytes + 1) == nil)
    #expect(try starts(huge, size: .max) == nil)
  }

  @Test func largestFileIsPlanned() throws {
    let end = Limits.fileBytes - 1_000
    let file = ChunkingMemoryFile(
      safetensors("{\"a\":{\"data_offsets\":[0,\(end)]}}"), size: Limits.fileBytes)
    let plan = try #require(try FileLayout.plan(of: file, size: file.size))
    let start = try #require(plan.boundaries.dropFirst().first)
    #expect(plan.pieceBytes(at: start + 77 << 20) == 1 << 20)
  }

  @Test func offsetsThatLieAreRefused() throws {
    func offsets(_ text: String) throws -> [UInt64]? {
      try starts(safetensors("{\"a\":{\"data_offsets\":\(text)}}", data: 9))
    }
    #expect(try offsets("[0,9]") != nil)
    #expect(try offsets(" [ 0 , 9 ] ") != nil)
    for text in [
      "[0,10]", "[5,4]", "[0]", "[]", "[0,9,9]", "[0,9", "[0 9]", "[-1,9]", "[0,9.0]", "[0,1e0]",
      "[00,9]", "[0,09]", "[\"0\",9]", "[0,null]", "{}", "9", "[[0,9]]", "",
      "[0,18446744073709551615]", "[0,18446744073709551616]", "[18446744073709551615,9]",
      "[0,99999999999999999999999999]", "[18446744073709551615,18446744073709551615]",
    ] { #expect(try offsets(text) == nil, "\(text)") }
  }

  @Test func headersThatAreOddAreRefused() throws {
    let tensor = "{\"dtype\":\"U8\",\"shape\":[9],\"data_offsets\":[0,9]}"
    #expect(try starts(safetensors("{\"a\":\(tensor)}", data: 9)) != nil)
    #expect(
      try starts(safetensors("{\"__metadata__\":{\"k\":[{}]},\"a\":\(tensor)} \n", data: 9)) != nil)
    for header in [
      "{\"a\":{}}", "{\"a\":7}", "{\"a\":{\"shape\":[9]}}", "{\"a\":\(tensor),}",
      "{\"a\":\(tensor)}x", "{\"a\":\(tensor)", "{\"a\" \(tensor)}", "{a:\(tensor)}", "[\(tensor)]",
      "{\"a\":\(tensor),\"b\":\(tensor)}", "{\"a\":\(tensor),\"b\":{\"data_offsets\":[8,9]}}",
      "{\"a\":{\"data_offsets\":[0,9],\"data_offsets\":[0,9]}}",
      "{\"a\":{\"data_\\u006fffsets\":[0,9]}}", "{\"a\n\":\(tensor)}", "{\"a\":\(tensor)}\0",
    ] { #expect(try starts(safetensors(header, data: 9)) == nil, "\(header)") }
  }

  @Test func nestingIsBounded() throws {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      func header(_ depth: Int) -> String {
        let value =
          String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        return "{\"__metadata__\":\(value),\"a\":{\"data_offsets\":[0,9]}}"
      }
      #expect(try starts(safetensors(header(10), data: 99)) != nil)
      #expect(try starts(safetensors(header(20), data: 99)) == nil)
      let deep = safetensors(header(20_000), data: 200_000)
      #expect(try FileLayout.plan(of: ChunkingMemoryFile(deep), size: UInt64(deep.count)) == nil)
    }
  }

  @Test func partsAndHeadersAreCounted() throws {
    func header(_ count: Int) -> String {
      "{"
        + (0..<count).map { "\"\($0)\":{\"data_offsets\":[\($0),\($0 + 1)]}" }.joined(
          separator: ",") + "}"
    }
    #expect(try starts(safetensors(header(5), data: 100)) != nil)
    #expect(try starts(safetensors(header(6), data: 100)) == nil)
    let long = "{\"a\":{\"data_offsets\":[0,99999]}}" + String(repeating: " ", count: 10_000)
    #expect(try starts(safetensors(long, data: 99_999)) == nil)
  }

  @Test func failedReadsAreTold() {
    let failure = StoreError.system(SystemCallFailure(call: "pread", path: "memory", code: 5))
    let file = ChunkingMemoryFile([UInt8](repeating: 0, count: 100), failure: failure)
    #expect(throws: failure) { try FileLayout.plan(of: file, size: file.size) }
  }
}
