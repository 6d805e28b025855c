import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// What holds for the sequence of images of any workload.
@Suite("Sequence of crash images")
struct SimulatedCrashSequenceTests {
  private static let seeds = 0..<4 as Range<UInt64>

  /// A file system on which files were published as the store does it, amid calls that nobody
  /// made durable. A promise is the name of a file that must stay.
  private func publish(
    seed: UInt64, rounds: Int = 3
  ) throws -> (SimulatedFileSystem, promised: [String: [UInt8]]) {
    var random = SeededRandom(seed: seed)
    let fileSystem = SimulatedFileSystem()
    try fileSystem.populate(["store/first": [1], "a/b/c": pattern(6000)])
    var promised: [String: [UInt8]] = [:]
    for number in 0..<rounds {
      try disturb(fileSystem.root, number, using: &random)
      let name = "store/\(number)"
      promised[name] = random.bytes(Int.random(in: 0...9000, using: &random))
      try publish(name, promised[name] ?? [], on: fileSystem.root)
      fileSystem.acknowledge(name)
    }
    return (fileSystem, promised)
  }

  private func disturb(
    _ root: SimulatedDirectory, _ number: Int, using random: inout SeededRandom
  ) throws {
    let new = "a/new\(number)"
    let file = try root.put(new, pattern(Int.random(in: 1...9000, using: &random)))
    try file.write(pattern(700), at: UInt64.random(in: 0...5000, using: &random))
    if Bool.random(using: &random) { try file.truncate(to: 4200) }
    if Bool.random(using: &random) { try root.synchronize("a/b") }
    _ = try root.makeDirectory(RelativePath("store/d\(number)"), mode: 0o755)
    let target = ["a/b/c", "a/moved", "store/d\(number)/x"].randomElement(using: &random) ?? new
    _ = try root.rename(RelativePath(new), to: RelativePath(target), in: root, replacing: true)
    if Bool.random(using: &random) { try root.removeFile(RelativePath(target)) }
  }

  private func publish(_ name: String, _ bytes: [UInt8], on root: SimulatedDirectory) throws {
    let file = try root.createUnnamed(in: RelativePath("store"), mode: 0o444)
    try file.write(bytes, at: 0)
    try file.synchronize()
    #expect(try root.link(file, as: RelativePath(name)))
    try root.synchronize("store")
  }

  @Test("What was promised is in every image", arguments: seeds, CrashModel.allCases)
  func promises(seed: UInt64, model: CrashModel) throws {
    let (fileSystem, promised) = try publish(seed: seed)
    var count = 0
    for image in fileSystem.crashImages(model, randomSubsets: 4, seed: seed) {
      count += 1
      let files = image.image.files
      for (name, bytes) in promised {
        let isPromised = image.acknowledged.contains(name)
        guard let found = files[name] else {
          #expect(!isPromised, "seed \(seed), \(image): \(name) is lost")
          continue
        }
        #expect(found == bytes, "seed \(seed), \(image): \(name) is not whole")
      }
      #expect(files["store/first"] == [1])
    }
    #expect(count > 50, "the workload has things that can be lost")
  }

  @Test("Promises come in order, at their place in the log", arguments: CrashModel.allCases)
  func acknowledged(model: CrashModel) throws {
    let (fileSystem, _) = try publish(seed: 1)
    let log = fileSystem.log
    var prefixes: [Int] = []
    for image in fileSystem.crashImages(model, randomSubsets: 1, seed: 1) {
      let expected = log.prefix(image.prefix).compactMap { logged -> String? in
        guard case .acknowledge(let label) = logged.change else { return nil }
        return label
      }
      #expect(image.acknowledged == expected)
      prefixes.append(image.prefix)
    }
    #expect(prefixes == prefixes.sorted())
    #expect(prefixes.first == 0)
  }

  @Test("No image comes twice between two promises", arguments: seeds, CrashModel.allCases)
  func noRepetition(seed: UInt64, model: CrashModel) throws {
    let (fileSystem, _) = try publish(seed: seed)
    var seen: Set<[UInt64]> = []
    for image in fileSystem.crashImages(model, randomSubsets: 4, seed: seed) {
      let key = [UInt64(image.acknowledged.count), image.image.fingerprint]
      #expect(seen.insert(key).inserted, "seed \(seed), \(image)")
    }
  }

  @Test("A seed repeats the sequence", arguments: CrashModel.allCases)
  func determinism(model: CrashModel) throws {
    let (fileSystem, _) = try publish(seed: 2)
    func run(_ seed: UInt64) -> [String] {
      fileSystem.crashImages(model, randomSubsets: 4, seed: seed).map {
        "\($0) \($0.image.fingerprint)"
      }
    }
    #expect(run(1) == run(1))
    #expect(run(1) != run(2))
  }

  @Test("A log and its base give what the file system gives", arguments: CrashModel.allCases)
  func logAndBase(model: CrashModel) throws {
    let fileSystem = SimulatedFileSystem()
    try fileSystem.populate(["a": [1], "d/b": pattern(5000)])
    let base = fileSystem.snapshot()
    try fileSystem.root.put("d/c", pattern(100), synchronized: true)
    try fileSystem.root.removeFile(RelativePath("a"))
    let images = CrashImages(
      log: fileSystem.log, base: base, model: model, randomSubsets: 3, seed: 5)
    let own = fileSystem.crashImages(model, randomSubsets: 3, seed: 5)
    #expect(images.map(\.image.fingerprint) == own.map(\.image.fingerprint))
    #expect(images.contains { $0.image.files["d/c"] == pattern(100) })
  }

  /// Not one call of metadata may be seen without all that came before it.
  @Test("The ordered model keeps the order of metadata", arguments: seeds)
  func orderOfMetadata(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let fileSystem = SimulatedFileSystem()
    try fileSystem.populate(["d/x": [1], "e/x": [1]])
    let root = fileSystem.root
    var names: [String] = []
    for number in 0..<12 {
      let directory = ["d", "e"].randomElement(using: &random) ?? "d"
      names.append("\(directory)/\(number)")
      _ = try root.createFile(RelativePath(names[number]), mode: 0o644)
      if random.chance(1, in: 4) { try root.synchronize(directory) }
    }
    func isInOrder(_ image: CrashImage) -> Bool {
      let present = names.map { image.image.files[$0] != nil }
      return present.drop { $0 }.allSatisfy { !$0 }
    }
    let ordered = fileSystem.crashImages(.ordered, randomSubsets: 8, seed: seed)
    for image in ordered { #expect(isInOrder(image), "seed \(seed), \(image)") }
    let adversarial = fileSystem.crashImages(.adversarial, randomSubsets: 8, seed: seed)
    #expect(adversarial.contains { !isInOrder($0) })
  }

  @Test("After a crash work goes on, and the next crash finds that", arguments: CrashModel.allCases)
  func secondCrash(model: CrashModel) throws {
    let (fileSystem, _) = try publish(seed: 3)
    for image in fileSystem.crashImages(model, randomSubsets: 1, seed: 3).prefix(60) {
      let second = image.image
      #expect(second.log.isEmpty)
      #expect(second.now >= fileSystem.log.first?.time ?? 0 || image.prefix == 0)
      try publish("store/after", [9, 9], on: second.root)
      second.acknowledge("after")
      for again in second.crashImages(model, randomSubsets: 1, seed: 4)
      where again.acknowledged == ["after"] {
        #expect(again.image.files["store/after"] == [9, 9], "\(image); \(again)")
      }
    }
  }

  @Test("Where much pends, few changes need be lost alone", arguments: CrashModel.allCases)
  func singleLimit(model: CrashModel) throws {
    let fileSystem = SimulatedFileSystem()
    for number in 0..<30 { try fileSystem.root.put("\(number)", []) }
    func count(_ limit: Int) -> Int {
      let images = fileSystem.crashImages(model, randomSubsets: 0, singleLimit: limit, seed: 1)
      return images.filter { $0.prefix == 30 }.count
    }
    // What the earlier points had is left out, so in the ordered model all but one.
    #expect(count(.max) == (model == .ordered ? 1 : 30))
    #expect(count(4) == (model == .ordered ? 1 : 5))
  }

  @Test("A write to a file without a name is no new point")
  func invisibleWrites() throws {
    let fileSystem = SimulatedFileSystem()
    try fileSystem.populate(["d/x": [1]])
    try fileSystem.root.put("d/a", pattern(100))
    let prefix = fileSystem.log.count
    let file = try fileSystem.root.createUnnamed(in: RelativePath("d"), mode: 0o444)
    for number in 0..<20 { try file.write(pattern(100), at: UInt64(number) * 100) }
    try file.setMode(0o400)
    let images = fileSystem.crashImages(.adversarial, randomSubsets: 8, seed: 1)
    #expect(images.allSatisfy { $0.prefix <= prefix })
    #expect(try fileSystem.root.link(file, as: RelativePath("d/b")))
    let linked = fileSystem.crashImages(.adversarial, randomSubsets: 8, seed: 1)
    #expect(Set(linked.map { $0.image.files["d/b"] }).count > 10)
  }

  @Test("A description says where and what")
  func descriptions() throws {
    let fileSystem = SimulatedFileSystem()
    try fileSystem.root.put("a", pattern(1024))
    let file = try fileSystem.root.put("b", [])
    try file.setMode(0o600)
    let texts = fileSystem.crashImages(.adversarial, randomSubsets: 1, seed: 1).map {
      $0.description
    }
    #expect(texts.contains { $0.contains("after change 0 of 4 (start): nothing pending") })
    #expect(texts.contains { $0.contains("torn at 512: write #2 [0, 1024) (not its size)") })
    #expect(texts.contains { $0.contains("lost: create file #2 as a in #1") })
    #expect(texts.contains { $0.contains("(chmod #3 to 0600): everything was kept") })
  }
}
