import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

@Suite("locks in conflict")
struct LockConflictsTests {
  private func pin(_ path: String, _ number: UInt8) -> LockedPin {
    LockedPin(
      path: RelativePath(trusted: path), target: .tree(TreeID(SHA256.digest(of: [number]))),
      files: 1, bytes: UInt64(number))
  }

  private func line(_ path: String, _ number: UInt8) -> String {
    LockFormat.line(of: pin(path, number))
  }

  private func parse(_ lines: [String]) throws(StoreError) -> ConflictedLock {
    let text = lines.map { $0 + "\n" }.joined()
    return try LockConflicts.parse(Array(text.utf8), path: "lock")
  }

  private func fault(_ lines: [String]) -> (line: Int, fault: LockFault)? {
    do throws(StoreError) {
      _ = try parse(lines)
      return nil
    } catch {
      guard case .badLock("lock", let line, let fault) = error else { return nil }
      return (line, fault)
    }
  }

  @Test("the blocks of git, in each of its styles")
  func styles() throws {
    let head = ["reprostore.lock 1", "", line("a", 1), ""]
    let (ours, theirs, base) = (line("b", 2), line("b", 3), line("b", 4))
    let plain = try parse(
      head + ["<<<<<<< HEAD", ours, "=======", theirs, ">>>>>>> other", "", line("c", 1)])
    #expect(plain.settled.pins == [pin("a", 1), pin("c", 1)])
    #expect(plain.blocks == [LockBlock(base: nil, ours: [pin("b", 2)], theirs: [pin("b", 3)])])
    let whole = try parse(
      head + ["<<<<<<<", ours, "|||||||", base, "=======", theirs, ">>>>>>>"])
    #expect(whole.blocks.map(\.base) == [[pin("b", 4)]])
    let empty = try parse(head + ["<<<<<<< a", "||||||| b", "=======", theirs, ">>>>>>> c"])
    #expect(empty.blocks == [LockBlock(base: [], ours: [], theirs: [pin("b", 3)])])
    let long = try parse(
      head + ["<<<<<<<<<< a", ours, "========== x", theirs, ">>>>>>>>>> b"])
    #expect(long.blocks == plain.blocks)
    let windows = try parse(
      (head + ["<<<<<<< HEAD", ours, "=======", theirs, ">>>>>>> other"]).map { $0 + "\r" })
    #expect(windows.blocks == plain.blocks)
    // The base was merged of several, which were in conflict: then nobody knows it.
    let crossed = try parse(
      head + [
        "<<<<<<< a", ours, "||||||| b", "<<<<<<<<< x", base, "=========", "what",
        ">>>>>>>>> y", "=======", theirs, ">>>>>>> c",
      ])
    #expect(crossed.blocks == plain.blocks)
    let added = try parse(
      [
        "<<<<<<< a", "reprostore.lock 1", "", ours, "=======", "reprostore.lock 1", "", theirs,
        ">>>>>>> c",
      ])
    #expect(added.blocks == plain.blocks)
  }

  @Test("what is half edited or hostile is named by its line")
  func faults() throws {
    let head = "reprostore.lock 1"
    let (one, two) = (line("b", 1), line("b", 2))
    let bad: [(lines: [String], line: Int)] = [
      ([head, "=======", one], 2), ([head, ">>>>>>> x"], 2), ([head, "|||||||"], 2),
      ([head, "<<<<<<< a", one, "=======", two], 6), ([head, "<<<<<<< a", one], 4),
      ([head, "<<<<<<< a", one, "<<<<<<< b"], 4), ([head, "<<<<<<< a", one, ">>>>>>> b"], 4),
      ([head, "<<<<<<< a", one, "========", two, ">>>>>>> b"], 4),
      ([head, "<<<<<<< a", one, "=======", two, "=======", ">>>>>>> b"], 6),
      ([head, "<<<<<<< a", one, "=======", two, ">>>>>>>> b"], 6),
      ([head, "<<<<<<< a", one, one, "=======", ">>>>>>> b"], 4),
      ([head, one, "<<<<<<< a", two, "=======", ">>>>>>> b"], 4),
      ([head, one, "<<<<<<< a", line("b/c", 1), "=======", ">>>>>>> b"], 4),
      ([head, "<<<<<<< a", "=======", ">>>>>>> b", one, two], 6),
      ([head, "<<<<<<< a", "tree", "=======", ">>>>>>> b"], 3),
      ([head, "<<<<<< a"], 2), ([head, head], 2), ([one], 1), ([], 1),
      (["reprostore.lock 2"], 1), (["<<<<<<< a", "=======", ">>>>>>> b"], 4),
      (["<<<<<<< a", "reprostore.lock 7", "=======", ">>>>>>> b"], 2),
    ]
    for (lines, line) in bad { #expect(fault(lines)?.line == line, "\(lines)") }
    let huge = [UInt8](repeating: UInt8(ascii: "\n"), count: Limits.lockBytes + 1)
    #expect(throws: StoreError.self) { try LockConflicts.parse(huge, path: "lock") }
  }

  @Test("no change of a byte is more than an error")
  func mutations() throws {
    let blocks = [LockBlock(base: [pin("b", 1)], ours: [pin("b", 2)], theirs: [pin("b", 3)])]
    var lock = Lock()
    try lock.set(pin("a", 1))
    let bytes = Array(LockConflicts.text(of: lock, blocks: blocks).utf8)
    var random = SeededRandom(seed: 5)
    for index in bytes.indices {
      var changed = bytes
      changed[index] = UInt8(truncatingIfNeeded: random.next())
      do throws(StoreError) {
        _ = LockMerge.steps(try LockConflicts.parse(changed, path: "lock").sides(base: nil))
      } catch {
        guard case .badLock = error else { throw error }
      }
      _ = try? LockConflicts.parse(Array(bytes[..<index]), path: "lock")
    }
  }

  @Test("what is written is read again", arguments: 0..<20)
  func roundTrip(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    var lock = Lock()
    var blocks: [LockBlock] = []
    for index in 0..<Int(random.next() % 20) {
      let path = "p\(index + 10)"
      func side() -> [LockedPin] { random.chance(1, in: 3) ? [] : [pin(path, UInt8(index))] }
      switch random.next() % 3 {
      case 0: try lock.set(pin(path, UInt8(index)))
      case 1: blocks.append(LockBlock(base: nil, ours: side(), theirs: [pin(path, 99)]))
      default: blocks.append(LockBlock(base: side(), ours: [pin(path, 98)], theirs: side()))
      }
    }
    let text = LockConflicts.text(of: lock, blocks: blocks)
    let read = try LockConflicts.parse(Array(text.utf8), path: "lock")
    #expect(read.settled == lock)
    #expect(read.blocks == blocks)
    #expect(LockConflicts.text(of: lock, blocks: []) == LockFormat.text(of: lock))
  }

  @Test("the base comes from the blocks, else from what is known, else from nowhere")
  func sides() throws {
    let blocks = [
      LockBlock(base: [pin("a", 1)], ours: [pin("a", 2)], theirs: [pin("a", 3)]),
      LockBlock(base: nil, ours: [pin("b", 2)], theirs: []),
      LockBlock(base: nil, ours: [], theirs: [pin("d", 2)]),
    ]
    var settled = Lock()
    try settled.set(pin("c", 1))
    let text = LockConflicts.text(of: settled, blocks: blocks)
    let read = try LockConflicts.parse(Array(text.utf8), path: "lock")
    var known = Lock()
    for pin in [pin("a", 9), pin("b", 9), pin("c", 9)] { try known.set(pin) }
    let sides = read.sides(base: known)
    #expect(sides.base.pins == [pin("a", 1), pin("b", 9), pin("c", 1)])
    #expect(sides.ours.pins == [pin("a", 2), pin("b", 2), pin("c", 1)])
    #expect(sides.theirs.pins == [pin("a", 3), pin("c", 1), pin("d", 2)])
    #expect(sides.unknownBase.isEmpty)
    let odd = LockConflicts.text(
      of: settled,
      blocks: [LockBlock(base: [pin("c/d", 1)], ours: [pin("b", 1)], theirs: [pin("b", 2)])])
    let inner = try LockConflicts.parse(Array(odd.utf8), path: "lock").sides(base: known)
    #expect(inner.base.pins == [pin("c", 1)])
    #expect(inner.unknownBase.map(\.description) == ["b"])
    let alone = read.sides(base: nil)
    #expect(alone.unknownBase.map(\.description).sorted() == ["b", "d"])
  }
}
