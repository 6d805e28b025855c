import ArtifactStoreTesting
import Glibc
import StoreIO
import StorePrimitives
import Testing

@Suite("Settings of the simulated file system")
struct SimulatedSettingsTests {
  private func make(
    _ change: (inout SimulatedFileSystem.Settings) -> Void
  ) -> SimulatedFileSystem {
    var settings = SimulatedFileSystem.Settings()
    change(&settings)
    return SimulatedFileSystem(settings)
  }

  @Test("A full file system takes what fits and then fails")
  func capacity() throws {
    let root = make { $0.capacity = 4 * 4096 }.root
    try root.put("a", pattern(4096 + 1))
    #expect(try root.freeBytes() == 2 * 4096)
    let bytes = pattern(3 * 4096)
    let file = try root.createFile(RelativePath("b"), mode: 0o644)
    #expect(errorCode { try file.write(bytes, at: 100) } == ENOSPC)
    #expect(try file.status().size == 2 * 4096)
    #expect(try file.read(100, 9000) == Array(bytes.prefix(2 * 4096 - 100)))
    #expect(try root.freeBytes() == 0)
    try file.write(Array(bytes.prefix(50)), at: 0)
    try root.removeFile(RelativePath("a"))
    #expect(try root.freeBytes() == 2 * 4096)
    try file.write(pattern(4096), at: 2 * 4096)
    #expect(errorCode { try file.write(pattern(2 * 4096), at: 5 * 4096) } == ENOSPC)
    try file.truncate(to: 1)
    #expect(try root.freeBytes() == 3 * 4096)
  }

  @Test("An open file keeps its space")
  func spaceOfOpenFiles() throws {
    let root = make { $0.capacity = 2 * 4096 }.root
    var file: SimulatedFile? = try root.put("a", pattern(4096))
    let second = try root.openFile(RelativePath("a"))
    try root.removeFile(RelativePath("a"))
    #expect(try root.freeBytes() == 4096)
    file = nil
    #expect(file == nil)
    #expect(try root.freeBytes() == 4096)
    #expect(try second.status().size == 4096)
  }

  @Test("Closing the last handle of a removed file frees its space")
  func spaceOfClosedFiles() throws {
    let root = make { $0.capacity = 2 * 4096 }.root
    do {
      let file = try root.createUnnamed(in: directory(root), mode: 0o600)
      try file.write(pattern(8192), at: 0)
      #expect(try root.freeBytes() == 0)
    }
    #expect(try root.freeBytes() == 2 * 4096)
  }

  private func directory(_ root: SimulatedDirectory) throws -> RelativePath {
    let path = try RelativePath("d")
    _ = try root.makeDirectory(path, mode: 0o755)
    return path
  }

  @Test("A clone shares its blocks until they are written")
  func clones() throws {
    let root = make {
      $0.capacity = 3 * 4096
      $0.canClone = true
    }.root
    let source = try root.put("a", pattern(5000))
    let file = try root.createFile(RelativePath("b"), mode: 0o644)
    #expect(try file.clone(source))
    #expect(try root.freeBytes() == 4096)
    try file.write([9], at: 10)
    #expect(try root.freeBytes() == 0)
    #expect(errorCode { try file.write([9], at: 4999) } == ENOSPC)
    try file.write([8], at: 11)
    #expect(try root.get("a") == pattern(5000))
    var expected = pattern(5000)
    expected[10] = 9
    expected[11] = 8
    expectEqualBytes(try root.get("b"), expected)
    #expect(errorCode { _ = try file.clone(source) } == EINVAL)
    try root.removeFile(RelativePath("a"))
    #expect(try root.get("b") == expected)
  }

  @Test("Without clones the answer is no")
  func noClones() throws {
    let root = make { _ in }.root
    let source = try root.put("a", [1])
    let file = try root.createFile(RelativePath("b"), mode: 0o644)
    #expect(try file.clone(source) == false)
    #expect(try file.status().size == 0)
  }

  @Test("Without unnamed files there is a temporary name until the file is closed")
  func temporaryNames() throws {
    let fileSystem = make { $0.hasUnnamedFiles = false }
    let root = fileSystem.root
    let directory = try directory(root)
    do {
      let file = try root.createUnnamed(in: directory, mode: 0o600)
      let other = try root.createUnnamed(in: directory, mode: 0o600)
      #expect(try root.link(file, as: RelativePath("a")))
      #expect(try root.openDirectory(directory).entries().count == 2)
      #expect(try other.status().size == 0)
      #expect(fileSystem.paths.count == 4)
    }
    #expect(fileSystem.paths == ["a", "d/"])
    let withUnnamed = make { _ in }
    let path = try self.directory(withUnnamed.root)
    let file = try withUnnamed.root.createUnnamed(in: path, mode: 0o600)
    #expect(try file.status().mode == 0o600)
    #expect(withUnnamed.paths == ["d/"])
  }

  @Test("Times grow with each change, in steps of the granularity")
  func times() throws {
    let fine = make { _ in }.root
    let first = try fine.put("a", [1])
    let before = try first.status()
    try first.write([2], at: 0)
    let after = try first.status()
    #expect(before.modified < after.modified && before.changed < after.changed)
    try first.setMode(0o600)
    #expect(try first.status().modified == after.modified)
    #expect(try first.status().changed > after.changed)

    let fileSystem = make { $0.timestampGranularity = 4_000_000 }
    let second = try fileSystem.root.put("a", [1])
    let coarse = try second.status()
    try second.write([2], at: 0)
    #expect(try second.status() == coarse)
    fileSystem.advanceClock(seconds: 3)
    try second.write([3], at: 0)
    #expect(try second.status().modified.seconds == coarse.modified.seconds + 3)
  }

  @Test("Entries need not tell what they are")
  func unknownKinds() throws {
    let root = make { $0.entriesTellKind = false }.root
    _ = try directory(root)
    #expect(try root.entries() == [DirectoryEntry(name: Array("d".utf8), kind: .unknown)])
  }

  @Test("A snapshot is a file system of its own")
  func snapshots() throws {
    let fileSystem = make { _ in }
    try fileSystem.populate(["a/b": pattern(10), "c": []])
    let snapshot = fileSystem.snapshot()
    #expect(snapshot.fingerprint == fileSystem.fingerprint)
    try fileSystem.root.removeFile(RelativePath("c"))
    try snapshot.root.put("d", [1])
    #expect(fileSystem.files == ["a/b": pattern(10)])
    #expect(snapshot.files == ["a/b": pattern(10), "c": [], "d": [1]])
  }
}
