import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

@Suite("merging locks")
struct LockMergeTests {
  private static func path(_ text: String) -> RelativePath { RelativePath(trusted: text) }

  private func tree(_ number: UInt8, _ path: String = "p") -> LockedPin {
    LockedPin(
      path: Self.path(path), target: .tree(TreeID(SHA256.digest(of: [number]))), files: 1,
      bytes: 1)
  }

  private func file(_ number: UInt8, _ path: String = "p", executable: Bool = false) -> LockedPin {
    LockedPin(
      path: Self.path(path),
      target: .blob(BlobID(SHA256.digest(of: [number])), size: 1, executable: executable),
      files: 1, bytes: 1)
  }

  private func lock(_ pins: [LockedPin?]) throws -> Lock {
    var lock = Lock()
    for pin in pins.compactMap({ $0 }) { try lock.set(pin) }
    return lock
  }

  private func steps(
    _ base: [LockedPin?], _ ours: [LockedPin?], _ theirs: [LockedPin?],
    _ choice: MergeChoice = .none
  ) throws -> [LockMerge.Step] {
    LockMerge.steps(
      LockSides(base: try lock(base), ours: try lock(ours), theirs: try lock(theirs)), choice)
  }

  @Test("all states of one pin")
  func onePin() throws {
    let states = [nil, tree(1), tree(2), tree(3), file(1), file(2), file(3)]
    for base in states {
      for ours in states {
        for theirs in states {
          let steps = try steps([base], [ours], [theirs])
          guard base != nil || ours != nil || theirs != nil else {
            #expect(steps.isEmpty)
            continue
          }
          let step = try #require(steps.first)
          #expect(steps.count == 1)
          switch step {
          case .settled(_, let pin, let side):
            #expect(ours == theirs || ours == base || theirs == base)
            #expect(pin == (ours == base ? theirs : ours))
            #expect(side == (ours == theirs ? nil : ours == base ? .theirs : .ours))
          case .trees(_, let known, let first, let second, let block):
            #expect(ours != theirs && ours != base && theirs != base)
            #expect(known == .known(base?.target.tree))
            #expect(first == ours?.target.tree && second == theirs?.target.tree)
            #expect(block.ours == [ours] && block.base == [base].compactMap { $0 })
          case .conflict(let conflict, let block):
            #expect(ours != theirs && ours != base && theirs != base)
            #expect(ours?.target.tree == nil || theirs?.target.tree == nil)
            #expect(block.ours == [ours].compactMap { $0 })
            #expect(block.theirs == [theirs].compactMap { $0 })
            #expect((conflict.kind == .added) == (base == nil))
          }
        }
      }
    }
  }

  @Test("a file's bytes and its executable bit are merged apart")
  func executable() throws {
    let steps = try steps([file(1)], [file(2)], [file(1, executable: true)])
    #expect(steps == [.settled(Self.path("p"), file(2, executable: true), from: nil)])
  }

  @Test("a pin in a pin of the other side is a conflict of both")
  func nested() throws {
    let (outer, inner) = (tree(1, "data"), tree(2, "data/train"))
    let found = try steps([], [outer], [inner, tree(3, "model")])
    #expect(found.count == 2)
    guard case .conflict(let conflict, let block) = found[0] else {
      Issue.record("no conflict: \(found)")
      return
    }
    #expect(conflict.kind == .nested)
    #expect(conflict.path == Self.path("data"))
    #expect(block == LockBlock(base: [], ours: [outer], theirs: [inner]))
    // One side took the pin apart, and the other did not touch it.
    #expect(
      try steps([outer], [outer], [inner]) == [
        .settled(Self.path("data"), nil, from: .theirs),
        .settled(Self.path("data/train"), inner, from: .theirs),
      ])
  }

  @Test("an unknown base leaves what differs open")
  func unknownBase() throws {
    let sides = LockSides(
      base: Lock(), ours: try lock([tree(1, "a"), tree(1, "b")]), theirs: try lock([tree(1, "a")]),
      unknownBase: [Self.path("a"), Self.path("b")])
    let steps = LockMerge.steps(sides)
    #expect(steps.first == .settled(Self.path("a"), tree(1, "a"), from: nil))
    guard case .conflict(let conflict, let block) = steps[1] else {
      Issue.record("no conflict")
      return
    }
    #expect(conflict.kind == .unknownBase)
    #expect(block.base == nil)
  }

  // MARK: With a store

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
    let theirs = tree(9, "data")
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
}
