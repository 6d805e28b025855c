import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

extension SimulatedFileSystem {
  /// The images under `model` that may be left after the whole log.
  func lastImages(_ model: CrashModel, randomSubsets: Int = 64) -> [CrashImage] {
    acknowledge("end")
    let count = log.count
    let images = crashImages(model, randomSubsets: randomSubsets, seed: 7)
    return images.filter { $0.prefix == count }
  }
}

/// What a crash may and may not leave; the states that are expected are all that the model has.
@Suite("Crash images")
struct SimulatedCrashTests {
  private let fileSystem: SimulatedFileSystem
  private let root: SimulatedDirectory

  init() throws {
    fileSystem = SimulatedFileSystem()
    try fileSystem.populate(["d/old": pattern(4096), "e/x": [1]])
    root = fileSystem.root
  }

  /// What the last images have at `path`, without repetition.
  private func states(
    _ path: String, _ model: CrashModel, randomSubsets: Int = 64
  ) -> Set<[UInt8]?> {
    let images = fileSystem.lastImages(model, randomSubsets: randomSubsets)
    return Set(images.map { $0.image.files[path] })
  }

  @Test("Nothing pending, nothing lost", arguments: CrashModel.allCases)
  func durable(model: CrashModel) throws {
    try root.put("a", pattern(9000), synchronized: true)
    try root.synchronize()
    let images = fileSystem.lastImages(model)
    #expect(images.count == 1)
    #expect(images.first?.image.fingerprint == fileSystem.fingerprint)
    try root.put("b", [1])
    fileSystem.makeDurable()
    #expect(fileSystem.log.isEmpty)
    #expect(fileSystem.lastImages(model).map(\.image.files) == [fileSystem.files])
  }

  @Test("Data without fsync: none, zeros, or some blocks", arguments: CrashModel.allCases)
  func unsynchronizedData(model: CrashModel) throws {
    let bytes = pattern(2 * 4096)
    try root.put("a", bytes)
    try root.synchronize()
    let found = states("a", model, randomSubsets: 300)
    let zeros = [UInt8](repeating: 0, count: 4096)
    let expected: [[UInt8]] = [
      [], bytes, zeros + zeros, Array(bytes.prefix(4096)), bytes.prefix(4096) + zeros,
      zeros + bytes.suffix(4096),
    ]
    for bytes in expected { #expect(found.contains(bytes)) }
    #expect(!found.contains(nil))
  }

  @Test("A name without fsync of its directory", arguments: CrashModel.allCases)
  func unsynchronizedLink(model: CrashModel) throws {
    let file = try root.createUnnamed(in: RelativePath("d"), mode: 0o444)
    try file.write(pattern(100), at: 0)
    try file.synchronize()
    #expect(try root.link(file, as: RelativePath("d/new")))
    #expect(states("d/new", model) == [nil, pattern(100)])
    try root.synchronize("e")
    #expect(states("d/new", model) == [nil, pattern(100)])
    try file.synchronize()
    // The journal holds the file's link count and the entry in one transaction.
    #expect(states("d/new", model) == (model == .ordered ? [pattern(100)] : [nil, pattern(100)]))
    try root.synchronize("d")
    #expect(states("d/new", model) == [pattern(100)])
  }

  @Test("A file without a name is in no image", arguments: CrashModel.allCases)
  func unnamedFiles(model: CrashModel) throws {
    let file = try root.createUnnamed(in: RelativePath("d"), mode: 0o444)
    try file.write(pattern(100), at: 0)
    try file.synchronize()
    for image in fileSystem.lastImages(model) {
      #expect(image.image.paths == ["d/", "d/old", "e/", "e/x"])
    }
  }

  @Test("A removal without fsync of its directory", arguments: CrashModel.allCases)
  func unsynchronizedRemoval(model: CrashModel) throws {
    try root.removeFile(RelativePath("d/old"))
    #expect(states("d/old", model) == [nil, pattern(4096)])
    try root.synchronize("d")
    #expect(states("d/old", model) == [nil])
  }

  @Test("A last write is torn between sectors only", arguments: CrashModel.allCases)
  func tornWrites(model: CrashModel) throws {
    let file = try root.put("d/new", pattern(4096), synchronized: true)
    try root.synchronize("d")
    let new = pattern(4096, from: 100)
    try file.write(new, at: 0)
    let found = states("d/new", model, randomSubsets: 0)
    let expected = stride(from: 0, through: 4096, by: 512).map {
      new.prefix($0) + pattern(4096).dropFirst($0)
    }
    #expect(found == Set(expected.map { Array($0) }))
  }

  @Test("A torn write ends at a sector of the file, not of the write")
  func tornAppends() throws {
    let file = try root.put("d/new", pattern(300), synchronized: true)
    try root.synchronize("d")
    try file.write(pattern(600), at: 300)
    let whole = pattern(300) + pattern(600)
    let zeros = [UInt8](repeating: 0, count: 600)
    let expected: [[UInt8]] = [
      pattern(300), pattern(300) + zeros, whole, Array(whole.prefix(512)),
      Array(whole.prefix(512) + zeros.prefix(388)),
    ]
    #expect(states("d/new", .adversarial, randomSubsets: 0) == Set(expected))
  }

  @Test("A rename in one directory is whole", arguments: CrashModel.allCases)
  func renameInOneDirectory(model: CrashModel) throws {
    try root.put("d/temporary", [7, 7], synchronized: true)
    try root.synchronize("d")
    let old = try RelativePath("d/old")
    let temporary = try RelativePath("d/temporary")
    #expect(try root.rename(temporary, to: old, in: root, replacing: true))
    let found = Set(fileSystem.lastImages(model).map { $0.image.files.filter { $0.key != "e/x" } })
    #expect(found == [["d/temporary": [7, 7], "d/old": pattern(4096)], ["d/old": [7, 7]]])
  }

  @Test("A rename between directories may be parted where the model says so")
  func renameBetweenDirectories() throws {
    let from = try RelativePath("d/old")
    #expect(try root.rename(from, to: RelativePath("e/new"), in: root, replacing: false))
    func found(_ model: CrashModel) -> Set<[String]> {
      Set(fileSystem.lastImages(model).map { $0.image.files.keys.sorted() })
    }
    let both = ["d/old", "e/new", "e/x"]
    #expect(found(.ordered) == [["d/old", "e/x"], ["e/new", "e/x"]])
    #expect(found(.adversarial) == [["d/old", "e/x"], ["e/new", "e/x"], both, ["e/x"]])
    try root.synchronize("e")
    #expect(found(.ordered) == [["e/new", "e/x"]])
    #expect(found(.adversarial) == [["e/new", "e/x"], both])
    try root.synchronize("d")
    #expect(found(.adversarial) == [["e/new", "e/x"]])
  }

  @Test("A directory without fsync of its parent", arguments: CrashModel.allCases)
  func unsynchronizedDirectory(model: CrashModel) throws {
    #expect(try root.makeDirectory(RelativePath("n"), mode: 0o755))
    try root.put("n/a", [1], synchronized: true)
    try root.synchronize("n")
    try root.put("n/b", [2], synchronized: true)
    try root.put("n/c", [])
    let found = fileSystem.lastImages(model).map { image in
      image.image.paths.filter { $0.hasPrefix("n") }
    }
    var expected: Set<[String]> = [["n/", "n/a", "n/b", "n/c"], ["n/", "n/a", "n/b"]]
    if model == .adversarial { expected.formUnion([[], ["n/", "n/a"], ["n/", "n/a", "n/c"]]) }
    #expect(Set(found) == expected)
    try root.synchronize("n")
    try root.synchronize()
    #expect(fileSystem.lastImages(model).map { $0.image.fingerprint } == [fileSystem.fingerprint])
  }

  @Test("A directory moves as a whole", arguments: CrashModel.allCases)
  func movedDirectory(model: CrashModel) throws {
    #expect(
      try root.rename(RelativePath("d"), to: RelativePath("e/d"), in: root, replacing: false))
    func found() -> Set<[String]> {
      Set(fileSystem.lastImages(model).map { $0.image.files.keys.sorted() })
    }
    #expect(found() == [["d/old", "e/x"], ["e/d/old", "e/x"]])
    try root.synchronize("e")
    #expect(found() == [["e/d/old", "e/x"]])
  }

  @Test("A directory is never in two places", arguments: CrashModel.allCases)
  func movedDirectories(model: CrashModel) throws {
    for (from, to) in [("d", "e/d"), ("e/d", "f"), ("f", "d"), ("e", "d/e")] {
      #expect(
        try root.rename(RelativePath(from), to: RelativePath(to), in: root, replacing: false))
    }
    for image in fileSystem.lastImages(model, randomSubsets: 200) {
      let files = image.image.files
      #expect(files.keys.filter { $0.hasSuffix("old") }.count <= 1, "\(image): \(files.keys)")
    }
  }

  @Test("Metadata reaches the disk in order, or in none")
  func metadataOrder() throws {
    let names = ["d/0", "e/1", "d/2", "e/3"]
    for name in names { _ = try root.createFile(RelativePath(name), mode: 0o644) }
    func found(_ model: CrashModel) -> Set<[String]> {
      let images = fileSystem.lastImages(model, randomSubsets: 300)
      return Set(images.map { image in names.filter { image.image.files[$0] != nil } })
    }
    #expect(found(.ordered) == Set((0...4).map { Array(names.prefix($0)) }))
    #expect(found(.adversarial).count == 16)
    try root.synchronize("d")
    #expect(found(.ordered) == [Array(names.prefix(3)), names])
    #expect(found(.adversarial).count == 4)
    try root.synchronize("e")
    #expect(found(.ordered) == [names])
    #expect(found(.adversarial) == [names])
  }

  @Test("One crash loses names and some blocks of data", arguments: CrashModel.allCases)
  func namesAndBlocks(model: CrashModel) throws {
    let bytes = pattern(2 * 4096)
    try root.put("a", bytes)
    try root.put("b", [])
    let images = fileSystem.lastImages(model, randomSubsets: 100).map(\.image.files)
    #expect(images.contains { $0["a"] == Array(bytes.prefix(4096)) && $0["b"] == nil })
    #expect(images.contains { $0["a"] == Array(bytes.prefix(4096)) && $0["b"] == [] })
  }

  @Test("Writes to one block reach the disk in order, or in none")
  func blockOrder() throws {
    let file = try root.put("d/new", [0, 0], synchronized: true)
    try root.synchronize("d")
    try file.write([1], at: 0)
    try file.write([2], at: 1)
    #expect(states("d/new", .ordered) == [[0, 0], [1, 0], [1, 2]])
    #expect(states("d/new", .adversarial) == [[0, 0], [1, 0], [1, 2], [0, 2]])
  }

  @Test("Data behind a truncation comes with it, or without")
  func truncation() throws {
    let file = try root.put("d/new", [1, 1, 1], synchronized: true)
    try root.synchronize("d")
    try file.truncate(to: 0)
    try file.write([2], at: 0)
    #expect(states("d/new", .ordered) == [[1, 1, 1], [], [0], [2]])
    #expect(states("d/new", .adversarial) == [[1, 1, 1], [], [0], [2], [2, 1, 1]])
  }

  @Test("A truncation that is durable comes after data that is not")
  func durableTruncation() throws {
    let file = try root.put("d/new", [1, 1, 1], synchronized: true)
    try root.synchronize("d")
    try file.write([2, 2, 2, 2], at: 1)
    try file.truncate(to: 2)
    _ = try root.createFile(RelativePath("d/later"), mode: 0o644)
    try root.synchronize("d")
    #expect(states("d/new", .ordered) == [[1, 1], [1, 2]])
  }

  @Test("The mode is durable with the file", arguments: CrashModel.allCases)
  func modes(model: CrashModel) throws {
    let file = try root.put("d/new", [1], synchronized: true)
    try root.synchronize("d")
    try file.setMode(0o444)
    func found() throws -> Set<UInt32?> {
      let path = try RelativePath("d/new")
      return Set(try fileSystem.lastImages(model).map { try $0.image.root.status(path)?.mode })
    }
    #expect(try found() == [0o644, 0o444])
    try file.synchronize()
    #expect(try found() == [0o444])
  }

  @Test("A clone is there as a whole, or not", arguments: CrashModel.allCases)
  func clones(model: CrashModel) throws {
    var settings = SimulatedFileSystem.Settings()
    settings.canClone = true
    let fileSystem = SimulatedFileSystem(settings)
    try fileSystem.populate(["a": pattern(9000)])
    let file = try fileSystem.root.createFile(RelativePath("b"), mode: 0o644)
    try fileSystem.root.synchronize()
    #expect(try file.clone(fileSystem.root.openFile(RelativePath("a"))))
    let before = fileSystem.lastImages(model).map { $0.image.files["b"] }
    #expect(Set(before) == [[], pattern(9000)])
    try file.synchronize()
    #expect(fileSystem.lastImages(model).map { $0.image.files["b"] } == [pattern(9000)])
  }
}
