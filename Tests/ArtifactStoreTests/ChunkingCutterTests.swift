import ArtifactStore
import StorePrimitives
import Testing

@Suite struct ChunkingCutterTests {
  static let kibi: UInt64 = 1 << 10
  static let mebi: UInt64 = 1 << 20

  /// The pieces of a planned file, as the plan alone tells them.
  private func pieces(_ plan: CutPlan, size: UInt64) -> [UInt64] {
    var pieces: [UInt64] = []
    var offset: UInt64 = 0
    while offset < size {
      let length = min(UInt64(plan.pieceBytes(at: offset)), size - offset)
      pieces.append(length)
      offset += length
    }
    return pieces
  }

  /// The pieces in KiB of a file with regions of these KiB.
  private func pieces(ofRegions regions: [UInt64]) throws -> [UInt64] {
    var starts: [UInt64] = []
    var size: UInt64 = 0
    for region in regions {
      starts.append(size)
      size += region * Self.kibi
    }
    let plan = try #require(CutPlan(regionStarts: starts, size: size))
    return pieces(plan, size: size).map { $0 / Self.kibi }
  }

  @Test func regionsAreCutEveryMebibyteFromTheirStart() throws {
    #expect(try pieces(ofRegions: [3]) == [3])
    #expect(try pieces(ofRegions: [3, 2500, 1024, 100]) == [3, 1024, 1024, 452, 1024, 100])
  }

  @Test func smallRegionsJoinThePieceBeforeThem() throws {
    // A row of small ones, up to 256 KiB.
    #expect(try pieces(ofRegions: [100, 60, 60, 60, 60, 60, 60, 200]) == [100, 240, 120, 200])
    // A small tail takes them in; a full piece, a tail of 64 KiB and a large region do not.
    #expect(try pieces(ofRegions: [100, 1054, 40, 10, 90]) == [100, 1024, 80, 90])
    #expect(try pieces(ofRegions: [100, 1024, 40, 10, 90]) == [100, 1024, 50, 90])
    #expect(try pieces(ofRegions: [100, 1088, 40, 10, 90]) == [100, 1024, 64, 50, 90])
    #expect(try pieces(ofRegions: [100, 30, 64, 30]) == [100, 30, 64, 30])
  }

  @Test func headerStandsAlone() throws {
    #expect(try pieces(ofRegions: [3, 30, 30, 500]) == [3, 60, 500])
    #expect(try pieces(ofRegions: [9, 30, 30, 500]) == [9, 60, 500])
  }

  @Test func emptyRegionsAreNoCuts() throws {
    let plan = try #require(
      CutPlan(regionStarts: [0, 0, 5, 5, 70_000, 70_000, 90_000], size: 90_000))
    #expect(plan.boundaries == [0, 5, 70_000])
    #expect(try #require(CutPlan(regionStarts: [0], size: 0)).boundaries == [0])
  }

  @Test func startsThatAreNoneAreRefused() {
    #expect(CutPlan(regionStarts: [], size: 9) == nil)
    #expect(CutPlan(regionStarts: [1], size: 9) == nil)
    #expect(CutPlan(regionStarts: [0, 4, 3], size: 9) == nil)
    #expect(CutPlan(regionStarts: [0, 10], size: 9) == nil)
    #expect(CutPlan(regionStarts: [0, .max], size: .max) == nil)
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>) func planKeepsItsPromises(seed: UInt64) throws {
    var random = Chunking.SplitMix(state: seed)
    let lengths = (0..<60).map { _ in
      UInt64.random(in: 0...UInt64(1) << UInt64.random(in: 1...23, using: &random), using: &random)
    }
    var starts: [UInt64] = []
    var size: UInt64 = 0
    for length in lengths {
      starts.append(size)
      size += length
    }
    let plan = try #require(CutPlan(regionStarts: starts, size: size))
    #expect(plan.boundaries.first == 0)
    #expect(zip(plan.boundaries, plan.boundaries.dropFirst()).allSatisfy { $0 < $1 })
    let pieces = pieces(plan, size: size)
    #expect(pieces.allSatisfy { $0 > 0 && $0 <= Self.mebi }, "seed \(seed)")
    #expect(pieces.reduce(0, +) == size)
    let pieceStarts = Set(pieces.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) })
    let large = zip(starts, lengths).filter { $1 >= CutPlan.smallBytes }.map(\.0)
    #expect(Set(large).isSubset(of: pieceStarts), "seed \(seed): large regions begin a piece")

    // A header that grows moves every cut behind it by as much, and no cut else.
    let growth = UInt64.random(in: 1...3_000_000, using: &random)
    let header = lengths.first { $0 > 0 } ?? 0
    let moved = starts.map { $0 >= header && $0 > 0 ? $0 + growth : $0 }
    let grown = try #require(CutPlan(regionStarts: moved, size: size + growth))
    #expect(
      grown.boundaries.dropFirst().map { $0 - growth } == Array(plan.boundaries.dropFirst()),
      "seed \(seed)")
  }

  // MARK: Cutter

  @Test func chunkersAreNamedInTheFormat() throws {
    #expect(ChunkerID.whole.rawValue == 0)
    #expect(Cutter.standard.chunkerID.rawValue == 1)
    let plan = try #require(CutPlan(regionStarts: [0], size: 1))
    #expect(Cutter.planned(plan).chunkerID.rawValue == 2)
  }

  @Test func plannedCutsNeedTheirBytes() throws {
    let plan = try #require(CutPlan(regionStarts: [0, 70_000], size: 2_000_000))
    let cutter = Cutter.planned(plan)
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    let span = zeros.span
    #expect(cutter.cut(span.extracting(first: 69_999), at: 0, isLast: false) == nil)
    #expect(cutter.cut(span.extracting(first: 70_000), at: 0, isLast: false) == 70_000)
    #expect(cutter.cut(span, at: 0, isLast: true) == 70_000)
    #expect(cutter.cut(span.extracting(first: 0), at: 70_000, isLast: true) == nil)
    #expect(cutter.cut(span, at: 70_000, isLast: false) == 1 << 20)
    // The file has become shorter, or longer, than the plan knew.
    #expect(cutter.cut(span.extracting(first: 500), at: 70_000, isLast: true) == 500)
    #expect(cutter.cut(span, at: 70_000 + 7 << 20, isLast: false) == 1 << 20)
  }

  @Test(arguments: [1, 1_000, 70_000, 300_000, 2_200_000])
  func plannedCutsDoNotDependOnBuffers(bufferBytes: Int) throws {
    let size = 2_200_000
    let plan = try #require(
      CutPlan(regionStarts: [0, 300, 400, 90_000, 1_700_000], size: UInt64(size)))
    let bytes = [UInt8](repeating: 1, count: size)
    let step = max(bufferBytes, 50)
    let buffers = stride(from: 0, to: size, by: step).map { bytes[$0..<min($0 + step, size)] }
    #expect(
      Chunking.lengths(buffers, .planned(plan))
        == pieces(plan, size: UInt64(size)).map { Int($0) })
  }

  /// Whatever the parameters, no chunk is longer than the limit, and that many bytes are enough.
  @Test func noChunkIsLongerThanTheLimit() {
    let wide = ChunkerParameters(minimumBytes: 2 << 20, meanBytes: 3 << 20, maximumBytes: 4 << 20)
    let cutter = Cutter.content(GearChunker(wide))
    let zeros = [UInt8](repeating: 0, count: (1 << 20) + 1)
    let span = zeros.span
    #expect(cutter.cut(span.extracting(first: (1 << 20) - 1), at: 0, isLast: false) == nil)
    #expect(cutter.cut(span.extracting(first: 1 << 20), at: 0, isLast: false) == 1 << 20)
    #expect(cutter.cut(span, at: 0, isLast: true) == 1 << 20)
  }
}
