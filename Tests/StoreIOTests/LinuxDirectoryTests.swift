import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives
import Testing

/// What every way through the ladders must do alike.
@Suite struct LinuxDirectoryTests {
  @Test(arguments: Rungs.all)
  func namesAndReadsBack(rungs: Rungs) throws {
    let place = try TemporaryDirectory()
    try checkNaming(in: place.open(rungs))
  }

  @Test(arguments: Rungs.all)
  func fileThatIsGivenUpLeavesNothing(rungs: Rungs) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open(rungs)
    _ = try directory.makeDirectory(RelativePath("d"), mode: 0o755)
    for _ in 0..<3 {
      let file = try directory.createUnnamed(in: RelativePath("d"), mode: 0o644)
      try file.write([1].span, at: 0)
      withExtendedLifetime(file) {}
    }
    #expect(try directory.openDirectory(RelativePath("d")).entries().isEmpty)
  }

  @Test(arguments: Rungs.all)
  func modeIsWhatWasAskedFor(rungs: Rungs) throws {
    umask(0o077)
    let place = try TemporaryDirectory()
    let directory = try place.open(rungs)
    for mode: UInt32 in [0o600, 0o644, 0o755, 0o666, 0o777, 0o444] {
      let file = try directory.createFile(RelativePath("f\(mode)"), mode: mode)
      #expect(try file.status().mode == mode)
      let name = try RelativePath("d\(mode)")
      #expect(try directory.makeDirectory(name, mode: mode | 0o700))
      #expect(try directory.status(name)?.mode == mode | 0o700)
      let unnamed = try directory.createUnnamed(in: name, mode: mode)
      #expect(try unnamed.status().mode == mode)
      try unnamed.setMode(0o4711)
      #expect(try unnamed.status().mode == 0o4711)
    }
  }

  @Test(arguments: PathResolution.allCases)
  func directoryKeepsTheGroupBitItInherits(resolution: PathResolution) throws {
    let place = try TemporaryDirectory()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o2755], ofItemAtPath: place.path)
    let directory = try place.open().using(resolution, .unnamed)
    umask(0o077)
    #expect(try directory.makeDirectory(RelativePath("d"), mode: 0o775))
    #expect(try directory.status(RelativePath("d"))?.mode == 0o2775)
  }

  @Test(arguments: PathResolution.allCases)
  func everyByteCanBeInAName(resolution: PathResolution) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open().using(resolution, .unnamed)
    let bytes = (UInt8(1)...255).filter { $0 != UInt8(ascii: "/") }
    for byte in bytes {
      let folder = try RelativePath([0x64, byte])
      #expect(try directory.makeDirectory(folder, mode: 0o755))
      let path = try folder.appending([byte, 0x66])
      try directory.createFile(path, mode: 0o644).write([byte].span, at: 0)
      #expect(try directory.openFile(path).contents() == [byte])
      let link = try folder.appending([0x6c, byte])
      #expect(try directory.makeLink(link, target: [byte]))
      #expect(try directory.linkTarget(link) == [byte])
    }
    let found = try directory.entries()
    #expect(Set(found) == Set(bytes.map { DirectoryEntry(name: [0x64, $0], kind: .directory) }))
    #expect(found.count == bytes.count)
  }

  @Test(arguments: PathResolution.allCases)
  func longestNameAndPath(resolution: PathResolution) throws {
    let place = try TemporaryDirectory()
    let top = try place.open().using(resolution, .unnamed)
    let name = [UInt8](repeating: 0xff, count: 255)
    let step = try RelativePath(name)
    var directory = top
    for _ in 0..<15 {
      #expect(try directory.makeDirectory(step, mode: 0o755))
      directory = try directory.openDirectory(step)
    }
    let last = [UInt8](repeating: 0x7a, count: 255)
    try directory.createFile(RelativePath(last), mode: 0o644).write([7].span, at: 0)
    var path = step
    for _ in 1..<15 { path = try path.appending(name) }
    path = try path.appending(last)
    #expect(path.bytes.count == 4095)
    #expect(try top.openFile(path).contents() == [7])
    #expect(try top.status(path)?.size == 1)
    try top.removeFile(path)
    #expect(try top.status(path) == nil)
  }

  @Test(arguments: PathResolution.allCases)
  func statusTellsNothingFromSomething(resolution: PathResolution) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open().using(resolution, .unnamed)
    let file = try directory.put("file", [1, 2, 3])
    _ = try directory.makeDirectory(RelativePath("d"), mode: 0o755)
    #expect(try directory.status(RelativePath("none")) == nil)
    #expect(try directory.status(RelativePath("none/none")) == nil)
    #expect(try directory.status(RelativePath("d/none")) == nil)
    #expect(try directory.status(RelativePath("file/below")) == nil)
    #expect(try directory.status(RelativePath("file/below/it")) == nil)
    #expect(try directory.status(RelativePath("file")) == file.status())
    #expect(try directory.status(RelativePath("d"))?.kind == .directory)
    #expect(try directory.status(RelativePath("d"))?.device == directory.status().device)
    let attributes = try FileManager.default.attributesOfItem(atPath: place.path + "/file")
    let status = try file.status()
    #expect(attributes[.systemFileNumber] as? UInt64 == status.inode)
    #expect(attributes[.systemNumber] as? UInt64 == status.device)
    let modified = try #require(attributes[.modificationDate] as? Date)
    #expect(abs(modified.timeIntervalSince1970 - Double(status.modified.seconds)) <= 1)
  }

  @Test(arguments: PathResolution.allCases)
  func whatIsNoFileIsNotOpenedAsOne(resolution: PathResolution) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open().using(resolution, .unnamed)
    _ = try directory.makeDirectory(RelativePath("d"), mode: 0o755)
    try #require(output(of: "mkfifo", ["\(place.path)/d/fifo"]) != nil)
    // Nobody writes to the pipe: a plain open would wait for ever.
    #expect(throws: StoreError.unsupportedFileKind(path: "\(place.path)/d/fifo", kind: "fifo")) {
      try directory.openFile(RelativePath("d/fifo"))
    }
    #expect(try directory.status(RelativePath("d/fifo"))?.kind == .fifo)
    let error = #expect(throws: StoreError.self) { try directory.openFile(RelativePath("d")) }
    #expect(code(error) == EISDIR)
    #expect(throws: StoreError.unsupportedFileKind(path: "/dev/null", kind: "characterDevice")) {
      try LinuxDirectory.open("/dev").openFile(RelativePath("null"))
    }
  }

  @Test(arguments: Rungs.all)
  func renames(rungs: Rungs) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open(rungs)
    for name in ["from", "to"] { _ = try directory.makeDirectory(RelativePath(name), mode: 0o755) }
    let target = try directory.openDirectory(RelativePath("to"))
    try directory.put("from/a", [1])
    try directory.put("to/b", [2])
    let source = try RelativePath("from/a")
    #expect(
      try directory.rename(source, to: RelativePath("b"), in: target, replacing: false) == false)
    #expect(try directory.contents("from/a") == [1])
    #expect(try directory.contents("to/b") == [2])
    #expect(try directory.rename(source, to: RelativePath("c"), in: target, replacing: false))
    #expect(try directory.contents("to/c") == [1])
    #expect(try directory.status(source) == nil)
    #expect(
      try target.rename(RelativePath("c"), to: RelativePath("to/b"), in: directory, replacing: true)
    )
    #expect(try directory.contents("to/b") == [1])
    #expect(try target.names() == ["b"])
    let missing = #expect(throws: StoreError.self) {
      try directory.rename(source, to: RelativePath("x"), in: directory, replacing: false)
    }
    #expect(code(missing) == ENOENT)
  }

  @Test(arguments: Rungs.all)
  func directoryIsMovedExclusivelyOrNotAtAll(rungs: Rungs) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open(rungs)
    _ = try directory.makeDirectory(RelativePath("old"), mode: 0o755)
    let (old, new) = (try RelativePath("old"), try RelativePath("new"))
    guard rungs.creation != .renamedName else {
      // Links stand in for the rename here, and no directory has a second name.
      #expect(throws: StoreError.unwritableFileSystem(path: place.path)) {
        try directory.rename(old, to: new, in: directory, replacing: false)
      }
      return #expect(try directory.names() == ["old"])
    }
    #expect(try directory.rename(old, to: new, in: directory, replacing: false))
    #expect(try directory.names() == ["new"])
  }

  @Test(arguments: Rungs.all)
  func removes(rungs: Rungs) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open(rungs)
    _ = try directory.makeDirectory(RelativePath("d"), mode: 0o755)
    try directory.put("d/f")
    let full = #expect(throws: StoreError.self) {
      try directory.removeDirectory(RelativePath("d"))
    }
    #expect(code(full) == ENOTEMPTY)
    let wrong = #expect(throws: StoreError.self) { try directory.removeFile(RelativePath("d")) }
    #expect(code(wrong) == EISDIR)
    try directory.removeFile(RelativePath("d/f"))
    try directory.removeDirectory(RelativePath("d"))
    #expect(try directory.entries().isEmpty)
    let gone = #expect(throws: StoreError.self) { try directory.removeFile(RelativePath("d")) }
    #expect(code(gone) == ENOENT)
  }

  @Test func errorNamesTheCallAndThePath() throws {
    let place = try TemporaryDirectory()
    let directory = try place.open()
    let path = try RelativePath([0x61, 0x0a, 0xff])
    let expected = SystemCallFailure(
      call: "openat", path: "\(place.path)/a\\x0a\\xff", code: ENOENT)
    #expect(throws: StoreError.system(expected)) { try directory.openFile(path) }
    #expect(throws: StoreError.badPath(path: "a\\x00b", .nulByte)) {
      try LinuxDirectory.open(pathBytes: [0x61, 0, 0x62])
    }
  }

  @Test func handleStaysWithItsDirectory() throws {
    let place = try TemporaryDirectory()
    let directory = try place.open()
    _ = try directory.makeDirectory(RelativePath("old"), mode: 0o755)
    let handle = try directory.openDirectory(RelativePath("old"))
    _ = try directory.rename(
      RelativePath("old"), to: RelativePath("new"), in: directory, replacing: false)
    try handle.put("f", [5])
    #expect(try directory.contents("new/f") == [5])
    #expect(try handle.status().inode == directory.status(RelativePath("new"))?.inode)
    try handle.synchronize()
  }

  @Test func entriesAreCompleteForEveryThread() throws {
    let place = try TemporaryDirectory()
    let directory = try place.open()
    let expected = Set((0..<1300).map { "file-\($0)" })
    for name in expected { try directory.put(name) }
    // More than one buffer of entries, one position in the directory for all copies.
    try Workers.run(count: 4) { _ throws(StoreError) in
      for _ in 0..<3 {
        let entries = try directory.entries()
        let names = Set(entries.map { String(decoding: $0.name, as: UTF8.self) })
        #expect(names == expected && entries.count == 1300)
      }
    }
  }
}

/// The life of an unnamed file, in any directory of any file system.
func checkNaming(in directory: LinuxDirectory) throws {
  for name in ["a", "a/b"] {
    #expect(try directory.makeDirectory(RelativePath(name), mode: 0o755))
  }
  #expect(try directory.makeDirectory(RelativePath("a/b"), mode: 0o755) == false)
  let bytes = Array("some content".utf8)
  try nameTwice(bytes, in: directory)
  #expect(try directory.openDirectory(RelativePath("a/b")).names() == ["c", "e"])
  #expect(try directory.contents("a/b/c") == bytes)
  #expect(try directory.contents("a/b/e") == bytes)
  let first = try #require(try directory.status(RelativePath("a/b/c")))
  #expect(first == (try directory.status(RelativePath("a/b/e"))))
  #expect(first.kind == .file && first.mode == 0o640 && first.size == 12)
  let exists = #expect(throws: StoreError.self) {
    try directory.createFile(RelativePath("a/b/c"), mode: 0o644)
  }
  #expect(code(exists) == EEXIST)
}

private func nameTwice(_ bytes: [UInt8], in directory: LinuxDirectory) throws {
  let file = try directory.createUnnamed(in: RelativePath("a/b"), mode: 0o640)
  try file.write(bytes.span, at: 0)
  try file.synchronize()
  #expect(try directory.link(file, as: RelativePath("a/b/c")))
  #expect(try directory.link(file, as: RelativePath("a/b/c")) == false)
  #expect(try directory.link(file, as: RelativePath("a/b/e")))
  try directory.openDirectory(RelativePath("a/b")).synchronize()
}
