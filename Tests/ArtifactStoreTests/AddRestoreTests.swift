import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

@Suite struct AddRestoreTests {
  /// One directory with everything that a tree can hold.
  static func populate<Directory>(_ bench: Workbench<Directory>, seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    try bench.write("data/empty", [])
    try bench.write("data/one", [7])
    try bench.write("data/a/run.sh", Array("#!/bin/sh\n".utf8), mode: 0o755)
    try bench.write("data/a.txt", Array(repeating: 65, count: 5000))
    try bench.write("data/a/b/c/deep", random.bytes(300))
    try bench.write("data/exactly one chunk", random.bytes(256 << 10))
    try bench.write("data/two chunks", random.bytes((256 << 10) + 1))
    try bench.write("data/raw", random.bytes(5 << 20))
    try bench.write("data/packs well", Array(repeating: 9, count: 6 << 20))
    for index in 0..<40 { try bench.write("data/many/\(index)", random.bytes(index * 97)) }
    _ = try bench.root.makeDirectory(RelativePath(trusted: "data/hollow"), mode: 0o755)
    _ = try bench.root.makeLink(RelativePath(trusted: "data/a/link"), target: Array("../one".utf8))
    let odd = try RelativePath(Array("data/odd\n".utf8) + [0xff, 0xfe, 0x5c])
    try bench.root.createFile(odd, mode: 0o644).write([1, 2].span, at: 0)
  }

  @Test(arguments: [1, 2, 4], [false, true])
  func everythingComesBack(workers: Int, canClone: Bool) throws {
    var settings = SimulatedFileSystem.Settings()
    settings.canClone = canClone
    let bench = try SimulatedBench.create(in: SimulatedFileSystem(settings).root)
    try Self.populate(bench, seed: 1)
    let report = try bench.add(workers: workers)
    #expect(report.pins.count == 1)
    #expect(report.newBytes > 0)
    try bench.restore("data", to: "out", workers: workers)
    #expect(try bench.contents(of: "out") == bench.contents(of: "data"))
    #expect(try bench.problems() == [])
  }

  @Test func everythingComesBackOnDisk() throws {
    let folder = try TemporaryDirectory()
    let bench = try Workbench.create(in: try LinuxDirectory.open(folder.path))
    try Self.populate(bench, seed: 2)
    try bench.add(workers: 2)
    try bench.restore("data", to: "out", workers: 2)
    #expect(try bench.contents(of: "out") == bench.contents(of: "data"))
    #expect(try bench.problems() == [])
  }

  @Test func sameContentHasTheSameTreeAndCostsNothing() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    try Self.populate(bench, seed: 3)
    let first = try bench.add()
    let second = try bench.add()
    #expect(second.newBytes == 0)
    #expect(second.reusedBytes == first.newBytes + first.reusedBytes)
    #expect(second.pins.first?.target == first.pins.first?.target)
    #expect(second.pins.first?.isUnchanged == true)
    #expect(first.pins.first?.isUnchanged == false)
    #expect(second.writtenBytes == 0)
  }

  @Test func dryRunWritesNothing() throws {
    let system = SimulatedFileSystem()
    let bench = try SimulatedBench.create(in: system.root)
    try Self.populate(bench, seed: 4)
    let before = system.fingerprint
    let dry = try bench.add { $0.isDryRun = true }
    #expect(system.fingerprint == before)
    let real = try bench.add()
    #expect(dry.newBytes == real.newBytes)
    #expect(dry.pins.first?.target == real.pins.first?.target)
  }

  @Test func oldVersionsStay() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    try bench.write("data/a", [1])
    let first = try #require(try bench.add().pins.first?.target.digest)
    try bench.write("data/a", [2])
    try bench.write("data/b", [3])
    try bench.add()
    try bench.restore("sha256:\(first.hex)", to: "old")
    try bench.restore(String(first.hex.prefix(9)), to: "prefix")
    try bench.restore("data", to: "new")
    #expect(try bench.contents(of: "old") == ["a": .file([1], executable: false)])
    #expect(try bench.contents(of: "prefix") == bench.contents(of: "old"))
    #expect(try bench.contents(of: "new") == bench.contents(of: "data"))
  }

  @Test func aPartIsRestored() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    try bench.write("data/x/y/1", [1])
    try bench.write("data/x/y/2", [2])
    try bench.write("data/x.txt", [3])
    try bench.add()
    try bench.restore("data:x", to: "directory")
    try bench.restore("data:x/y/2", to: "file")
    #expect(Set(try bench.contents(of: "directory").keys) == ["y", "y/1", "y/2"])
    #expect(try bench.contents(of: "file") == ["2": .file([2], executable: false)])
    #expect(throws: StoreError.noSuchEntry(path: "z")) { try bench.restore("data:z", to: "no") }
  }

  /// A quarter of the file is known, at the front, at the end or in the middle: only the rest
  /// costs.
  @Test(arguments: [0, 1, 2], [false, true])
  func changedLargeFilesShareChunks(place: Int, canClone: Bool) throws {
    var settings = SimulatedFileSystem.Settings()
    settings.canClone = canClone
    let bench = try SimulatedBench.create(in: SimulatedFileSystem(settings).root)
    var random = SeededRandom(seed: 5)
    let shared = random.bytes(24 << 20)
    try bench.write("data/file", shared)
    try bench.add()
    let new = random.bytes(4 << 20)
    let changed: [[UInt8]] = [
      new + shared, shared + new,
      Array(shared[..<(12 << 20)]) + new + shared[(12 << 20)...],
    ]
    try bench.write("data/file", changed[place])
    let report = try bench.add()
    #expect(report.newBytes < 5 << 20)
    // What was written before it turned out that the rest is known may count twice.
    #expect(report.writtenBytes < 7 << 20)
    try bench.restore("data", to: "out")
    #expect(try bench.contents(of: "out") == bench.contents(of: "data"))
    #expect(try bench.problems() == [])
  }

  @Test func manySmallCommitsLeaveFewSegments() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    for index in 0..<300 {
      try bench.write("data/file", Array("\(index)".utf8))
      try bench.add()
    }
    let snapshot = try bench.open().snapshot()
    #expect(snapshot.root.segments.count <= 24)
    #expect(snapshot.root.refEdits.count <= 257)
    #expect(try snapshot.refs(in: .pins).count == 300)
    #expect(try bench.problems() == [])
  }
}
