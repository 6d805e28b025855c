import ArtifactStore
import ArtifactStoreTesting
import StorePrimitives
import Testing

@Suite("merging trees")
struct TreeMergeTests {
  typealias Entries = NodeShelf.Entries

  private struct Result: Equatable {
    var ours: Entries = [:]
    var theirs: Entries = [:]
    var conflicts: [MergeConflict] = []
  }

  private let shelf = NodeShelf()

  private func merge(
    _ base: Entries?, _ ours: Entries, _ theirs: Entries, _ choice: MergeChoice = .none
  ) throws -> Result {
    let known = try base.map { MergeBase<TreeID>.known(try shelf.store($0)) }
    let merge = TreeMerge(
      known ?? .unknown, try shelf.store(ours), try shelf.store(theirs), choice: choice,
      shelf.reader)
    var result = Result()
    var last: RelativePath?
    result.conflicts = try merge.run { (entry) in
      #expect(last.map { $0 < entry.path } ?? true)
      last = entry.path
      result.ours[entry.path] = entry.ours
      result.theirs[entry.path] = entry.theirs
    }
    // Reading checks that no path is both a file and a directory.
    for side in [result.ours, result.theirs] {
      #expect(try shelf.entries(of: try shelf.store(side)) == side)
    }
    return result
  }

  private static let path = RelativePath(trusted: "a")

  private func entries(_ content: TreeEntry.Content?) -> Entries {
    content.map { [Self.path: $0] } ?? [:]
  }

  @Test("all states of one path")
  func onePath() throws {
    let states: [TreeEntry.Content?] = [nil, content(1), content(2), content(3)]
    for base in states {
      for ours in states {
        for theirs in states {
          let result = try merge(entries(base), entries(ours), entries(theirs))
          let isOpen = ours != theirs && ours != base && theirs != base
          #expect(result.conflicts.count == (isOpen ? 1 : 0))
          let expected = ours == base ? theirs : ours
          #expect(result.ours == entries(isOpen ? ours : expected))
          #expect(result.theirs == entries(isOpen ? theirs : expected))
          let kind: MergeConflict.Kind =
            base == nil ? .added : ours == nil || theirs == nil ? .removed : .changed
          #expect(result.conflicts.allSatisfy { $0.kind == kind && $0.settled == nil })
          let unknown = try merge(nil, entries(ours), entries(theirs))
          #expect(unknown.conflicts.map(\.kind) == (ours == theirs ? [] : [.unknownBase]))
        }
      }
    }
  }

  @Test("bytes and the executable bit are merged apart")
  func executableBits() throws {
    let states = [UInt8(1), 2, 3].flatMap { number in
      [false, true].map { content(number, executable: $0) }
    }
    for base in states {
      for ours in states {
        for theirs in states {
          let result = try merge(entries(base), entries(ours), entries(theirs))
          let (b, o, t) = (base.file, ours.file, theirs.file)
          let isOpen = o.blob != t.blob && o.blob != b.blob && t.blob != b.blob
          #expect(result.conflicts.count == (isOpen ? 1 : 0))
          guard !isOpen else { continue }
          let executable = o.executable == b.executable ? t.executable : o.executable
          let blob = o.blob == b.blob ? t.blob : o.blob
          let expected = TreeEntry.Content.file(blob, size: 1, executable: executable)
          #expect(result.ours == entries(expected))
          #expect(result.theirs == result.ours)
        }
      }
    }
    let added = try merge([:], entries(content(1)), entries(content(1, executable: true)))
    #expect(added.conflicts.map(\.kind) == [.added])
  }

  /// Everything that `a` can be.
  private static var shapes: [Entries] {
    let (a, b, c) = (path, RelativePath(trusted: "a/b"), RelativePath(trusted: "a/b/c"))
    return [
      [:], [a: content(1)], [a: content(2)], [a: .emptyDirectory], [b: content(1)],
      [b: content(2)], [b: .emptyDirectory], [c: content(1)],
      [b: content(1), RelativePath(trusted: "a/d"): content(1)],
      [a: .symbolicLink(target: [1])],
    ]
  }

  @Test("files against directories: nothing is lost, and every result is a tree")
  func shapes() throws {
    for base in Self.shapes {
      for ours in Self.shapes {
        for theirs in Self.shapes { try checkShape(base, ours, theirs) }
      }
    }
  }

  private func checkShape(_ base: Entries, _ ours: Entries, _ theirs: Entries) throws {
    let result = try merge(base, ours, theirs)
    let mirrored = try merge(base, theirs, ours)
    #expect(mirrored.ours == result.theirs)
    #expect(mirrored.theirs == result.ours)
    #expect(mirrored.conflicts.map(\.path) == result.conflicts.map(\.path))
    #expect(mirrored.conflicts.map(\.kind) == result.conflicts.map(\.kind))
    if ours == base { #expect(result == Result(ours: theirs, theirs: theirs)) }
    if ours == theirs { #expect(result == Result(ours: ours, theirs: ours)) }
    if result.conflicts.isEmpty {
      #expect(result.ours == result.theirs)
      for path in Set(base.keys).union(ours.keys).union(theirs.keys) {
        let expected = ours[path] == base[path] ? theirs[path] : ours[path]
        guard expected != .emptyDirectory else { continue }
        #expect(result.ours[path] == expected, "\(base) \(ours) \(theirs)")
      }
    }
    // The rewritten sides give the same conflicts again.
    #expect(try merge(base, result.ours, result.theirs) == result)
    for side in [MergeSide.ours, .theirs] {
      let settled = try merge(base, ours, theirs, MergeChoice(side))
      #expect(settled.ours == settled.theirs)
      #expect(settled.conflicts.allSatisfy { $0.settled == side })
      let own = side == .ours ? ours : theirs
      for conflict in settled.conflicts {
        let found = settled.ours.filter {
          $0.key.isInside(conflict.path) && $0.value != .emptyDirectory
        }
        let expected = own.filter { $0.key.isInside(conflict.path) && $0.value != .emptyDirectory }
        #expect(found == expected, "\(base) \(ours) \(theirs)")
      }
    }
  }

  @Test("two sides that made the same directory in their ways have both ways")
  func emptyDirectories() throws {
    let inner = RelativePath(trusted: "a/b")
    let both = try merge([:], entries(.emptyDirectory), [inner: content(1)])
    #expect(both == Result(ours: [inner: content(1)], theirs: [inner: content(1)]))
    let emptied = try merge([inner: content(1)], entries(.emptyDirectory), [:])
    #expect(emptied.ours == entries(.emptyDirectory))
    let clash = try merge([:], entries(content(1)), [inner: content(2)])
    #expect(clash.conflicts.map(\.kind) == [.fileAgainstDirectory])
    #expect(clash.conflicts.first?.ours == .entry(content(1)))
    #expect(
      clash.conflicts.first?.theirs == .directory(TreeTotal(count: 1, weight: 1), nil))
  }

  @Test("a choice holds at its paths and below")
  func choices() throws {
    let paths = ["d/a", "d/b", "e"].map { RelativePath(trusted: $0) }
    func all(_ number: UInt8) -> Entries {
      Dictionary(uniqueKeysWithValues: paths.map { ($0, content(number)) })
    }
    let choice = MergeChoice(.theirs, at: [RelativePath(trusted: "d")])
    let result = try merge(all(1), all(2), all(3), choice)
    #expect(result.conflicts.map(\.settled) == [.theirs, .theirs, nil])
    #expect(result.ours == [paths[0]: content(3), paths[1]: content(3), paths[2]: content(2)])
    let again = try merge(all(1), result.ours, result.theirs)
    #expect(again.conflicts.map(\.path) == [paths[2]])
    let pin = RelativePath(trusted: "p")
    let outer = MergeChoice(.ours, at: [RelativePath(trusted: "p/d"), RelativePath(trusted: "q")])
    #expect(outer.inside(pin).side(at: paths[0]) == .ours)
    #expect(outer.inside(pin).side(at: paths[2]) == nil)
    #expect(MergeChoice(.ours, at: [pin]).inside(pin).side(at: paths[2]) == .ours)
    #expect(MergeChoice(.ours).inside(pin).side(at: paths[2]) == .ours)
    #expect(MergeChoice(.ours, at: [paths[2]]).inside(pin).side(at: paths[2]) == nil)
  }

  @Test("random trees keep the laws of a merge", arguments: 0..<12)
  func laws(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let base = random.entries([0, 5, 100, 3000][seed % 4])
    let ours = random.edited(base, edits: seed * 3)
    let theirs = random.edited(base, edits: seed * 3)
    #expect(try merge(base, ours, ours) == Result(ours: ours, theirs: ours))
    #expect(try merge(base, ours, base) == Result(ours: ours, theirs: ours))
    #expect(try merge(base, base, theirs) == Result(ours: theirs, theirs: theirs))
    let result = try merge(base, ours, theirs)
    let mirrored = try merge(base, theirs, ours)
    #expect(mirrored.ours == result.theirs)
    #expect(mirrored.conflicts.map(\.path) == result.conflicts.map(\.path))
    let open = Set(result.conflicts.map(\.path))
    for path in Set(base.keys).union(ours.keys).union(theirs.keys) where !open.contains(path) {
      if ours[path] == base[path] { #expect(result.ours[path] == theirs[path]) }
      if theirs[path] == base[path] { #expect(result.ours[path] == ours[path]) }
    }
    let settled = try merge(base, ours, theirs, MergeChoice(.ours))
    #expect(settled.ours == settled.theirs)
    for path in open { #expect(settled.ours[path] == ours[path]) }
  }
}

extension TreeEntry.Content {
  /// The parts of a file.
  fileprivate var file: (blob: BlobID, executable: Bool) {
    guard case .file(let blob, _, let executable) = self else { return (BlobID(.zero), false) }
    return (blob, executable)
  }
}
