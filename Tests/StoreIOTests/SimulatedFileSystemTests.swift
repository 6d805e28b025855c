import ArtifactStoreTesting
import Glibc
import StoreIO
import StorePrimitives
import Testing

/// The errors are those that Linux 6.18 gave on ext4 for the same calls.
@Suite("Simulated file system")
struct SimulatedFileSystemTests {
  private let fileSystem: SimulatedFileSystem
  private let root: SimulatedDirectory

  init() throws {
    fileSystem = SimulatedFileSystem()
    try fileSystem.populate(["a/b/c/x": [1], "f": [2], "full/x": [3]])
    root = fileSystem.root
    #expect(try root.makeLink(RelativePath("s"), target: Array("a".utf8)))
    #expect(try root.makeDirectory(RelativePath("e"), mode: 0o700))
  }

  @Test("A link is not followed, a file is no directory")
  func opens() throws {
    #expect(errorCode { _ = try root.openFile(RelativePath("s")) } == ELOOP)
    #expect(errorCode { _ = try root.openFile(RelativePath("s/b")) } == ELOOP)
    #expect(errorCode { _ = try root.openDirectory(RelativePath("s")) } == ELOOP)
    #expect(errorCode { _ = try root.openDirectory(RelativePath("s/b")) } == ELOOP)
    #expect(errorCode { _ = try root.openDirectory(RelativePath("f")) } == ENOTDIR)
    #expect(errorCode { _ = try root.openFile(RelativePath("f/x")) } == ENOTDIR)
    #expect(errorCode { _ = try root.openFile(RelativePath("none")) } == ENOENT)
    #expect(errorCode { _ = try root.openFile(RelativePath("a")) } == EISDIR)
    #expect(errorCode { _ = try root.createUnnamed(in: RelativePath("f"), mode: 0) } == ENOTDIR)
    #expect(errorCode { _ = try root.status(RelativePath("s/x")) } == ELOOP)
    #expect(try root.status(RelativePath("f/x")) == nil)
    #expect(try root.status(RelativePath("none/x")) == nil)
    #expect(try root.status(RelativePath("s"))?.kind == .symbolicLink)
  }

  @Test("A name is made once", arguments: ["s", "a", "f"])
  func exclusiveNames(name: String) throws {
    let path = try RelativePath(name)
    #expect(errorCode { _ = try root.createFile(path, mode: 0o644) } == EEXIST)
    #expect(try root.makeDirectory(path, mode: 0o755) == false)
    #expect(try root.makeLink(path, target: [65]) == false)
    let file = try root.createUnnamed(in: RelativePath("a"), mode: 0o444)
    #expect(try root.link(file, as: path) == false)
    #expect(try root.link(file, as: RelativePath("new")))
    #expect(errorCode { _ = try root.makeDirectory(RelativePath("f/x"), mode: 0) } == ENOTDIR)
    #expect(errorCode { _ = try root.makeDirectory(RelativePath("n/x"), mode: 0) } == ENOENT)
  }

  @Test(
    "A rename that cannot be",
    arguments: [
      ("a", "a/b/d", EINVAL), ("a/b/c", "a", ENOTEMPTY), ("f", "a", EISDIR), ("a", "f", ENOTDIR),
      ("e", "full", ENOTEMPTY), ("s", "e", EISDIR), ("full", "s", ENOTDIR), ("n", "n2", ENOENT),
      ("n", "f/x", ENOTDIR), ("f/x", "n/x", ENOTDIR), ("f", "s/x", ELOOP), ("f", "n/x", ENOENT),
    ])
  func impossibleRenames(from: String, to: String, code: Int32) throws {
    let before = fileSystem.fingerprint
    #expect(errorCode { _ = try rename(from, to, replacing: true) } == code)
    #expect(fileSystem.fingerprint == before)
  }

  private func rename(_ from: String, _ to: String, replacing: Bool) throws -> Bool {
    try root.rename(RelativePath(from), to: RelativePath(to), in: root, replacing: replacing)
  }

  @Test("A rename that must not replace")
  func renamesWithoutReplacing() throws {
    let before = fileSystem.fingerprint
    for (from, to) in [("f", "a"), ("a", "a/b"), ("a/b/c", "a"), ("a", "a"), ("f", "s")] {
      #expect(try rename(from, to, replacing: false) == false, "\(from) to \(to)")
    }
    #expect(errorCode { _ = try rename("none", "a", replacing: false) } == ENOENT)
    #expect(try rename("a", "a", replacing: true))
    #expect(fileSystem.fingerprint == before)
    #expect(try rename("f", "g", replacing: false))
    #expect(try rename("full", "e", replacing: true))
    #expect(fileSystem.paths == ["a/", "a/b/", "a/b/c/", "a/b/c/x", "e/", "e/x", "g", "s"])
  }

  @Test("A rename between two names of one file does nothing")
  func renamesOfOneFile() throws {
    #expect(try root.link(root.openFile(RelativePath("f")), as: RelativePath("f2")))
    #expect(try rename("f", "f2", replacing: true))
    #expect(try root.get("f") == root.get("f2"))
    #expect(try root.status(RelativePath("f")) == root.status(RelativePath("f2")))
  }

  @Test("Removal tells files from directories")
  func removals() throws {
    #expect(errorCode { try root.removeFile(RelativePath("a")) } == EISDIR)
    #expect(errorCode { try root.removeDirectory(RelativePath("f")) } == ENOTDIR)
    #expect(errorCode { try root.removeDirectory(RelativePath("s")) } == ENOTDIR)
    #expect(errorCode { try root.removeDirectory(RelativePath("full")) } == ENOTEMPTY)
    #expect(errorCode { try root.removeFile(RelativePath("none")) } == ENOENT)
    try root.removeFile(RelativePath("s"))
    try root.removeDirectory(RelativePath("e"))
    #expect(try root.status(RelativePath("a"))?.kind == .directory)
  }

  @Test("Links hold bytes")
  func links() throws {
    #expect(try root.linkTarget(RelativePath("s")) == Array("a".utf8))
    #expect(errorCode { _ = try root.linkTarget(RelativePath("f")) } == EINVAL)
    #expect(errorCode { _ = try root.makeLink(RelativePath("q"), target: []) } == ENOENT)
    let long = pattern(Limits.linkTargetBytes + 1)
    #expect(errorCode { _ = try root.makeLink(RelativePath("q"), target: long) } == ENAMETOOLONG)
    #expect(try root.makeLink(RelativePath("q"), target: long.dropLast()))
  }

  @Test("A removed directory takes nothing more")
  func removedDirectories() throws {
    let dead = try root.openDirectory(RelativePath("e"))
    try root.removeDirectory(RelativePath("e"))
    let path = try RelativePath("x")
    let file = try root.openFile(RelativePath("f"))
    #expect(errorCode { _ = try dead.createFile(path, mode: 0) } == ENOENT)
    #expect(errorCode { _ = try dead.makeDirectory(path, mode: 0) } == ENOENT)
    #expect(errorCode { _ = try dead.link(file, as: path) } == ENOENT)
    #expect(errorCode { try dead.removeFile(path) } == ENOENT)
    #expect(
      errorCode { _ = try root.rename(RelativePath("f"), to: path, in: dead, replacing: true) }
        == ENOENT)
    #expect(try dead.entries().isEmpty)
    #expect(try dead.status().kind == .directory)
    try dead.synchronize()
  }

  @Test("A file lives as long as a name or a handle")
  func lifeOfFiles() throws {
    let file = try root.put("new", pattern(5000))
    try root.removeFile(RelativePath("new"))
    #expect(try file.all() == pattern(5000))
    #expect(errorCode { _ = try root.link(file, as: RelativePath("again")) } == ENOENT)
    let unnamed = try root.createUnnamed(in: RelativePath("e"), mode: 0o600)
    #expect(try root.link(unnamed, as: RelativePath("one")))
    #expect(try root.link(unnamed, as: RelativePath("two")))
    try root.removeFile(RelativePath("one"))
    try root.removeFile(RelativePath("two"))
    #expect(errorCode { _ = try root.link(unnamed, as: RelativePath("three")) } == ENOENT)
  }

  @Test("A file that was opened to be read is not written")
  func readOnlyHandles() throws {
    let file = try root.openFile(RelativePath("f"))
    let bytes: [UInt8] = [7]
    #expect(errorCode { try file.write(bytes, at: 0) } == EBADF)
    #expect(errorCode { try file.truncate(to: 0) } == EINVAL)
    try file.setMode(0o400)
    #expect(try root.status(RelativePath("f"))?.mode == 0o400)
    let large = try root.put("large", bytes)
    #expect(errorCode { try large.write(bytes, at: UInt64.max - 1) } == EFBIG)
    #expect(errorCode { try large.truncate(to: 1 << 44) } == EFBIG)
    try large.truncate(to: 1 << 44 - 4096)
    #expect(try large.read(1 << 43, 3) == [0, 0, 0])
  }

  @Test("Another file system is another device")
  func otherFileSystems() throws {
    let other = SimulatedFileSystem()
    let path = try RelativePath("f")
    let file = try other.root.createFile(path, mode: 0)
    let new = try RelativePath("new")
    #expect(errorCode { _ = try root.link(file, as: new) } == EXDEV)
    #expect(
      errorCode { _ = try root.rename(path, to: new, in: other.root, replacing: true) } == EXDEV)
  }

  @Test("Entries come in one order, which is not that of the names")
  func entryOrder() throws {
    let names = (0..<20).map { "n\($0 + 10)" }
    var orders: Set<[String]> = []
    for shift in 0..<3 {
      let fileSystem = SimulatedFileSystem()
      for name in names[shift...] + names[..<shift] {
        _ = try fileSystem.root.makeLink(RelativePath(name), target: [65])
      }
      let found = try fileSystem.root.entries()
      #expect(found.allSatisfy { $0.kind == .symbolicLink })
      let again = try fileSystem.snapshot().root.entries()
      #expect(again == found)
      orders.insert(found.map { String(decoding: $0.name, as: UTF8.self) })
    }
    for order in orders {
      #expect(order.sorted() == names)
      #expect(order != names)
    }
  }
}
