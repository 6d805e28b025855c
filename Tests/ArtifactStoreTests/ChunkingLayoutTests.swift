import ArtifactStore
import Foundation
import StorePrimitives
import Testing

/// The files of `Tests/vectors/make_layouts.py`, written once.
enum LayoutFiles {
  struct Entry: Sendable {
    let bytes: [UInt8]
    /// The bytes of each tensor or stored member, as the script knows them.
    let parts: [Range<UInt64>]
  }

  static let all: [String: Entry] = {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("chunking-layouts-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      let script = Chunking.script("make_layouts.py")
      _ = try Chunking.python([script, directory.path])
      var entries: [String: Entry] = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: directory.path)
      where !name.hasSuffix(".parts") {
        let file = directory.appendingPathComponent(name)
        let lines = try String(
          contentsOf: file.appendingPathExtension("parts"), encoding: .utf8)
        let parts = lines.split(separator: "\n").compactMap { line -> Range<UInt64>? in
          let numbers = line.split(separator: " ").compactMap { UInt64($0) }
          return numbers.count == 2 ? numbers[0]..<numbers[1] : nil
        }
        entries[name] = Entry(bytes: [UInt8](try Data(contentsOf: file)), parts: parts)
      }
      return entries
    } catch {
      Issue.record(error)
      return [:]
    }
  }()

  static func entry(_ name: String) throws -> Entry { try #require(all[name], "\(name)") }
}

/// Files that real writers made.
@Suite(.enabled(if: Chunking.hasPython)) struct ChunkingLayoutTests {
  private func plan(_ bytes: [UInt8]) throws -> CutPlan? {
    try FileLayout.plan(of: ChunkingMemoryFile(bytes), size: UInt64(bytes.count))
  }

  static let planned = [
    "stored.zip", "mixed.zip", "comment.zip", "descriptor.zip", "zip64.zip", "arrays.npz",
    "model.pt", "plain.safetensors", "meta.safetensors", "order.safetensors",
    "padded.safetensors",
  ]

  @Test(arguments: planned) func largePartsBeginAPiece(name: String) throws {
    let entry = try LayoutFiles.entry(name)
    let file = ChunkingMemoryFile(entry.bytes)
    let plan = try #require(try FileLayout.plan(of: file, size: file.size))
    let large = entry.parts.filter { $0.count >= 64 << 10 }
    #expect(large.count == 3)
    let boundaries = Set(plan.boundaries)
    for part in large { #expect(boundaries.contains(part.lowerBound), "\(part)") }
    #expect(plan.boundaries.allSatisfy { $0 < file.size })
    // Headers and the tail that may hold a comment, through a small buffer.
    #expect(file.reads.largestRead <= 64 << 10)
    #expect(file.reads.bytesRead < 300 << 10)
  }

  /// The bytes between two stored members hold times and checksums: not in a piece with the data.
  @Test(arguments: ["arrays.npz", "descriptor.zip", "model.pt"])
  func membersEndAPieceToo(name: String) throws {
    let entry = try LayoutFiles.entry(name)
    let plan = try #require(try plan(entry.bytes))
    let parts = entry.parts.filter { $0.count >= 64 << 10 && $0.count % (1 << 20) >= 64 << 10 }
    #expect(parts.count == 3)
    for part in parts { #expect(plan.boundaries.contains(part.upperBound), "\(part)") }
  }

  @Test func smallPartsOfACheckpointShareAPiece() throws {
    let entry = try LayoutFiles.entry("model.pt")
    let plan = try #require(try plan(entry.bytes))
    let small = entry.parts.filter { $0.count < 64 << 10 }
    #expect(small.count == 5)
    #expect(plan.boundaries.count < 3 + 3 + 3)
  }

  static let unplanned = [
    // Nothing in it that a plan helps.
    "deflated.zip", "mostly-deflated.zip", "small.safetensors", "empty.zip",
    // Offsets that do not count from the start of the file.
    "prefix.zip",
  ]

  @Test(arguments: unplanned) func otherFilesAreCutByContent(name: String) throws {
    #expect(try plan(try LayoutFiles.entry(name).bytes) == nil)
  }

  @Test func smallFilesAreNoLayout() throws {
    for count in 0...40 { #expect(try plan([UInt8](repeating: 0x7b, count: count)) == nil) }
  }

  // MARK: Zip archives that contradict themselves

  /// "tiny.zip" after a change; the change gets the offset of the first central directory entry.
  private func starts(
    largeBytes: UInt64 = 1, _ change: (inout [UInt8], Int) -> Void
  ) throws -> [UInt64]? {
    var bytes = try LayoutFiles.entry("tiny.zip").bytes
    let directory = try #require(
      bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4b, 1, 2]) })
    change(&bytes, directory)
    var limits = LayoutLimits()
    limits.largeBytes = largeBytes
    limits.largePercent = 0
    return try FileLayout.regionStarts(
      of: ChunkingMemoryFile(bytes), size: UInt64(bytes.count), limits: limits)
  }

  @Test func contradictionsAreCutByContent() throws {
    let memberBytes = 46 + 2
    #expect(try starts { _, _ in } != nil)
    #expect(try starts { $0[$1 + 8] = 1 } == nil, "encrypted")
    #expect(try starts { $0[$1 + 34] = 1 } == nil, "on another disk")
    #expect(try starts { $0[$1 + 24] ^= 1 } == nil, "stored, yet with another length")
    #expect(try starts { $0[$1 + 42] = 1 } == nil, "does not begin with a local header")
    // Both entries name the first member, as the archives that unpack to petabytes do.
    #expect(try starts { $0[$1 + memberBytes + 42] = 0 } == nil, "overlapping")
    #expect(try starts(largeBytes: 999) { _, _ in } != nil)
    #expect(try starts(largeBytes: 999) { $0[$1 + memberBytes + 42] = 0 } == nil, "overlapping")
    let sizeOfDirectory = 2 * memberBytes + 12
    #expect(try starts { $0[$1 + sizeOfDirectory] -= 1 } == nil, "another size of the directory")
    #expect(try starts { bytes, _ in bytes[26] = 3 } == nil, "another name in the local header")
    #expect(try starts { bytes, _ in bytes[8] = 8 } == nil, "another method in the local header")
    #expect(try starts { bytes, _ in bytes[28] = 1 } == nil, "no room for its local header")
  }
}
