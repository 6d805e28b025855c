import ArtifactStore
import StorePrimitives
import Testing

@Suite struct ChunkingGearTests {
  static let small = ChunkerParameters(minimumBytes: 4, meanBytes: 8, maximumBytes: 16)
  /// Around the window of 64 bytes on purpose.
  static let many = [
    small,
    ChunkerParameters(minimumBytes: 1, meanBytes: 3, maximumBytes: 5),
    ChunkerParameters(minimumBytes: 1, meanBytes: 40, maximumBytes: 300),
    ChunkerParameters(minimumBytes: 63, meanBytes: 80, maximumBytes: 130),
    ChunkerParameters(minimumBytes: 64, meanBytes: 80, maximumBytes: 80),
    ChunkerParameters(minimumBytes: 65, meanBytes: 99, maximumBytes: 257),
    ChunkerParameters(minimumBytes: 128, meanBytes: 190, maximumBytes: 300),
  ]

  /// The definition, one byte at a time and from the chunk's start: what lies more than 64 bytes
  /// back has left the hash, so a warm-up of 64 bytes must give the same.
  static func reference(_ bytes: [UInt8], _ parameters: ChunkerParameters) -> [Int] {
    let target = UInt64(parameters.meanBytes - parameters.minimumBytes)
    let table = GearTable.values
    var lengths: [Int] = []
    var length = 0
    var hash: UInt64 = 0
    for byte in bytes {
      hash = hash &* 2 &+ table[Int(byte)]
      length += 1
      // hash * target < 2^64
      let isCut = hash.multipliedFullWidth(by: target).high == 0
      guard length == parameters.maximumBytes || length >= parameters.minimumBytes && isCut
      else { continue }
      lengths.append(length)
      length = 0
      hash = 0
    }
    return length > 0 ? lengths + [length] : lengths
  }

  @Test(.enabled(if: Chunking.hasPython)) func tableIsDerivedFromItsName() throws {
    let script = """
      import hashlib
      for b in range(256):
        d = hashlib.sha256(b"reprostore-gear-v1" + bytes([b])).digest()
        print(int.from_bytes(d[:8], "big"))
      """
    let derived = try Chunking.python(["-c", script]).split(separator: "\n").map { UInt64($0) }
    #expect(derived == GearTable.values.map { $0 })
  }

  @Test func thresholdIsTheTargetsShareOfAllHashes() {
    #expect(GearChunker(.standard).threshold == 1 << 49)
    #expect(GearChunker(Self.small).threshold == 1 << 62)
    let third = ChunkerParameters(minimumBytes: 1, meanBytes: 4, maximumBytes: 9)
    #expect(GearChunker(third).threshold == UInt64.max / 3)
  }

  @Test(arguments: many) func everySmallLengthIsCutAsTheReferenceDoes(_ it: ChunkerParameters) {
    let chunker = GearChunker(it)
    for seed in 1...3 as ClosedRange<UInt64> {
      for count in 0...3 * it.maximumBytes {
        let bytes = Chunking.randomBytes(seed: seed &* 1_000 &+ UInt64(count), count: count)
        #expect(
          Chunking.lengths(bytes, chunker) == Self.reference(bytes, it),
          "seed \(seed), \(count) bytes, \(it)")
      }
    }
  }

  @Test func standardIsCutAsTheReferenceDoes() {
    for seed in 1...2 as ClosedRange<UInt64> {
      var bytes = Chunking.randomBytes(seed: seed, count: 900_000)
      // A stretch without cuts, so that the maximum is met too.
      for index in 200_000..<600_000 { bytes[index] = 0 }
      let lengths = Chunking.lengths(bytes, GearChunker(.standard))
      #expect(lengths == Self.reference(bytes, .standard), "seed \(seed)")
      #expect(lengths.contains(256 << 10))
    }
  }

  @Test(arguments: [small, many[5]]) func everySplitGivesTheSameCuts(_ it: ChunkerParameters) {
    let count = it.maximumBytes < 20 ? 90 : 2 * it.maximumBytes
    let step = it.maximumBytes < 20 ? 1 : 37
    let bytes = Chunking.randomBytes(seed: 5, count: count)
    let cutter = Cutter.content(GearChunker(it))
    let whole = Chunking.lengths([bytes[...]], cutter)
    #expect(whole.count > 1)
    for first in stride(from: 0, through: count, by: step) {
      #expect(Chunking.lengths([bytes[..<first], bytes[first...]], cutter) == whole)
      for second in stride(from: first, through: count, by: step) {
        let parts = [bytes[..<first], bytes[first..<second], bytes[second...]]
        #expect(Chunking.lengths(parts, cutter) == whole, "split at \(first) and \(second)")
      }
    }
  }

  @Test func noAnswerBeforeThereIsOne() {
    let chunker = GearChunker(.standard)
    let zeros = [UInt8](repeating: 0, count: 300 << 10)
    let span = zeros.span
    #expect(chunker.cut(span.extracting(first: 0), isLast: false) == nil)
    #expect(chunker.cut(span.extracting(first: 0), isLast: true) == nil)
    #expect(chunker.cut(span.extracting(first: 1), isLast: false) == nil)
    #expect(chunker.cut(span.extracting(first: 1), isLast: true) == 1)
    #expect(chunker.cut(span.extracting(first: (256 << 10) - 1), isLast: false) == nil)
    #expect(chunker.cut(span.extracting(first: (256 << 10) - 1), isLast: true) == (256 << 10) - 1)
    #expect(chunker.cut(span.extracting(first: 256 << 10), isLast: false) == 256 << 10)
    #expect(chunker.cut(span, isLast: false) == 256 << 10)
  }

  /// After 64 equal bytes the hash is -table[byte]: a run of any byte must not cut, or it becomes
  /// a row of shortest chunks.
  @Test func runsOfOneByteBecomeLongestChunks() {
    let threshold = GearChunker(.standard).threshold
    for value in GearTable.values { #expect(0 &- value >= threshold) }
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>) func cutsComeBackAfterAnEdit(seed: UInt64) {
    let chunker = GearChunker(
      ChunkerParameters(minimumBytes: 512, meanBytes: 1024, maximumBytes: 4096))
    var random = Chunking.SplitMix(state: seed)
    let old = Chunking.randomBytes(seed: seed, count: 100_000)
    let place = Int.random(in: 0..<60_000, using: &random)
    let inserted = Chunking.randomBytes(
      seed: ~seed, count: Int.random(in: 1...3_000, using: &random))
    let new = old[..<place] + inserted + old[place...]
    let oldEnds = ends(Chunking.lengths(old, chunker))
    let newEnds = ends(Chunking.lengths(Array(new), chunker))
    // Before the edit nothing changes; behind it the ends agree again and then for good.
    #expect(oldEnds.filter { $0 <= place } == newEnds.filter { $0 <= place }, "seed \(seed)")
    let moved = Set(oldEnds.map { $0 + inserted.count })
    let meeting = newEnds.first { $0 > place + inserted.count && moved.contains($0) }
    #expect((meeting ?? .max) - place - inserted.count < 16 * 1024, "seed \(seed)")
    let from = meeting ?? .max
    #expect(newEnds.filter { $0 >= from } == moved.filter { $0 >= from }.sorted())
  }

  private func ends(_ lengths: [Int]) -> [Int] {
    lengths.reduce(into: []) { $0.append(($0.last ?? 0) + $1) }
  }

  /// The proportions of the standard parameters, 64 times smaller.
  @Test func lengthsAreAsTheParametersSay() {
    let it = ChunkerParameters(minimumBytes: 512, meanBytes: 1024, maximumBytes: 4096)
    let lengths = Chunking.lengths(
      Chunking.randomBytes(seed: 99, count: 2_000_000), GearChunker(it)
    ).dropLast()
    #expect(lengths.allSatisfy { $0 >= 512 && $0 <= 4096 })
    let mean = Double(lengths.reduce(0, +)) / Double(lengths.count)
    #expect(abs(mean - 1024) < 40)
    // exp(-3584 / 512) = 0.09 % of about 1,950 chunks.
    #expect(lengths.count { $0 == 4096 } < 10)
  }

  // MARK: Golden

  struct Golden: Sendable {
    let seed: UInt64
    let count: Int
    let parameters: ChunkerParameters
    let lengths: [Int]
  }

  /// What `Tests/vectors/gear_cuts.py` printed; never change them: stores hold such chunks.
  static let golden = [
    Golden(
      seed: 20_240_601, count: 2 << 20, parameters: .standard,
      lengths: [
        42631, 78406, 52730, 74865, 42074, 74218, 56345, 74979, 37115, 35418, 38748, 59433, 43643,
        79205, 79200, 110688, 56714, 34663, 36348, 44588, 92483, 100771, 97228, 62132, 89538, 60695,
        39190, 93141, 120531, 100648, 72205, 16579,
      ]),
    Golden(
      seed: 7, count: 200, parameters: small,
      lengths: [
        13, 5, 16, 4, 6, 8, 4, 10, 5, 4, 4, 4, 16, 7, 6, 6, 4, 11, 12, 6, 4, 4, 9, 4, 6, 6, 6, 8, 2,
      ]),
  ]

  @Test(arguments: golden) func cutsAreGolden(_ it: Golden) {
    let bytes = Chunking.randomBytes(seed: it.seed, count: it.count)
    #expect(Chunking.lengths(bytes, GearChunker(it.parameters)) == it.lengths)
  }

  @Test(.enabled(if: Chunking.hasPython), arguments: golden)
  func pythonCutsTheSame(_ it: Golden) throws {
    let script = Chunking.script("gear_cuts.py")
    let numbers = [
      Int(it.seed), it.count, it.parameters.minimumBytes, it.parameters.meanBytes,
      it.parameters.maximumBytes,
    ]
    let printed = try Chunking.python([script] + numbers.map(String.init))
    #expect(printed.split(separator: "\n").map { Int($0) } == it.lengths.map { $0 })
  }
}
