import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

@Suite("merging the pins of a store")
struct StoreMergeTests {
  private static func path(_ text: String) -> RelativePath { RelativePath(trusted: text) }

  private func lock(_ pins: [LockedPin]) throws -> Lock {
    var lock = Lock()
    for pin in pins { try lock.set(pin) }
    return lock
  }

  private typealias Bench = SimulatedBench

  private func version(_ bench: Bench, _ files: [String: UInt8]) throws -> LockedPin {
    let data = Self.path("data")
    if try bench.root.status(data) != nil {
      for entry in try bench.root.openDirectory(data).entries() {
        try bench.root.openDirectory(data).removeFile(try RelativePath(entry.name))
      }
    }
    for (name, byte) in files { try bench.write("data/\(name)", [byte]) }
    let pin = try #require(try bench.add().pins.first)
    return LockedPin(
      path: data, target: pin.target, files: UInt64(pin.files), bytes: pin.bytes)
  }

  private func files(_ bench: Bench, _ pin: LockedPin) throws -> [String] {
    var found: [String] = []
    try bench.open().list(try #require(pin.target.tree)) { found.append("\($0.path)") }
    return found
  }

  @Test("trees are merged, stored and kept")
  func trees() throws {
    let bench = try Bench.create(in: SimulatedFileSystem().root)
    let base = try version(bench, ["a": 1, "b": 1])
    let ours = try version(bench, ["a": 2, "b": 1, "c": 1])
    let theirs = try version(bench, ["a": 1, "d": 1])
    let sides = LockSides(
      base: try lock([base]), ours: try lock([ours]), theirs: try lock([theirs]))
    let report = try bench.open().merge(MergeRequest(sides))
    #expect(report.isSettled)
    #expect(report.conflicts.isEmpty)
    #expect(report.pins.map(\.outcome) == [.merged])
    let merged = try #require(report.lock.pins.first)
    #expect(merged.files == 3)
    #expect(try files(bench, merged) == ["a", "c", "d"])
    #expect(
      try bench.open().snapshot().refs(in: .pins).map(\.record.target).contains(merged.target))
    #expect(try bench.problems() == [])
  }

  @Test("what is open stays open, and the rest is settled")
  func openConflicts() throws {
    let bench = try Bench.create(in: SimulatedFileSystem().root)
    let base = try version(bench, ["a": 1, "b": 1])
    let ours = try version(bench, ["a": 2, "b": 2, "c": 1])
    let theirs = try version(bench, ["a": 3, "b": 3])
    var request = MergeRequest(
      LockSides(base: try lock([base]), ours: try lock([ours]), theirs: try lock([theirs])))
    request.choice = MergeChoice(.theirs, at: [Self.path("data/a")])
    let report = try bench.open().merge(request)
    #expect(report.lock.isEmpty)
    #expect(
      report.conflicts.map { "\($0.conflict.path) \($0.conflict.settled?.rawValue ?? "open")" }
        == ["data/a theirs", "data/b open"])
    let block = try #require(report.blocks.first)
    #expect(block.base == [base])
    request.sides = LockSides(
      base: try lock([base]), ours: try lock(block.ours), theirs: try lock(block.theirs))
    request.choice = MergeChoice(.ours)
    let second = try bench.open().merge(request)
    #expect(second.conflicts.map { "\($0.conflict.path)" } == ["data/b"])
    let expected = try version(bench, ["a": 3, "b": 2, "c": 1])
    #expect(second.lock.pins == [expected])
  }

  @Test("a tree that is not in the store is said by its pin")
  func missing() throws {
    let bench = try Bench.create(in: SimulatedFileSystem().root)
    let ours = try version(bench, ["a": 2])
    let theirs = LockedPin(
      path: Self.path("data"), target: .tree(TreeID(SHA256.digest(of: [9]))), files: 1, bytes: 1)
    var request = MergeRequest(
      LockSides(base: Lock(), ours: try lock([ours]), theirs: try lock([theirs])))
    let object = StoreObject.node(NodeID(SHA256.digest(of: [9])))
    let error = StoreError.pinNotHere(path: "data", object)
    #expect(throws: error) { try bench.open().merge(request) }
    request.passesMissing = true
    let report = try bench.open().merge(request)
    #expect(report.missing == [error])
    #expect(report.blocks == [LockBlock(base: [], ours: [ours], theirs: [theirs])])
  }

  // MARK: Faults and power losses

  /// A store with three versions of a directory, and the merge of them.
  private func prepared() throws -> (system: SimulatedFileSystem, request: MergeRequest) {
    let system = SimulatedFileSystem()
    let bench = try Bench.create(in: system.root)
    let base = try version(bench, ["a": 1, "b": 1])
    let ours = try version(bench, ["a": 2, "b": 1])
    let theirs = try version(bench, ["a": 1, "b": 2, "c": 1])
    system.makeDurable()
    let sides = LockSides(
      base: try lock([base]), ours: try lock([ours]), theirs: try lock([theirs]))
    return (system, MergeRequest(sides))
  }

  @Test("every call fails once: the store is sound, and the next try succeeds")
  func faults() throws {
    let (prepared, request) = try prepared()
    let expected = try SimulatedBench(root: prepared.snapshot().root).open().merge(request).lock
    let failed = try FaultPlan.sweep(.fails(5), only: Set(FaultPlan.Call.allCases)) {
      (plan) throws in
      let system = prepared.snapshot()
      let clean = SimulatedBench(root: system.root)
      let faulty = Workbench(root: FaultyDirectory(system.root, plan: plan))
      let outcome = Result { try faulty.open().merge(request) }
      if case .success(let report) = outcome { #expect(report.lock == expected) }
      #expect(try clean.problems() == [], "\(plan.failedCalls)")
      #expect(try clean.open().merge(request).lock == expected, "\(plan.failedCalls)")
    }
    #expect(failed > 20)
  }

  @Test(
    "what a merge reported survives a power loss", arguments: [CrashModel.ordered, .adversarial])
  func powerLoss(model: CrashModel) throws {
    let (system, request) = try prepared()
    let merged = try SimulatedBench(root: system.root).open().merge(request).lock
    let pin = try #require(merged.pins.first)
    system.acknowledge("merged")
    var images = 0
    for image in system.crashImages(model, randomSubsets: 2, seed: 3) {
      images += 1
      let bench = SimulatedBench(root: image.image.root)
      #expect(try bench.problems() == [], "\(image)")
      if image.acknowledged.last == "merged" {
        #expect(try files(bench, pin) == ["a", "b", "c"], "\(image)")
      }
      #expect(try bench.open().merge(request).lock == merged, "\(image)")
    }
    #expect(images > 10)
  }
}
