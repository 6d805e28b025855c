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
}
