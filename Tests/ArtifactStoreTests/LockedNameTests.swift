import ArtifactStore
import ArtifactStoreTesting
import StorePrimitives
import Testing

@Suite("Names by the lock")
struct LockedNameTests {
  private static let names = ["a", "a:b", "a@b", "b c", "\\x", "tag:v"]

  /// A store with some directories, the lock that pins them, and every path in each.
  private func filled(
    seed: UInt64
  ) throws -> (SimulatedBench, Lock, [(pin: LockedPin, entry: RelativePath)]) {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    var random = SeededRandom(seed: seed)
    var lock = Lock()
    var entries: [(LockedPin, RelativePath)] = []
    for name in Self.names where random.chance(2, in: 3) {
      let isDeep = random.chance(1, in: 2)
      let path = isDeep ? "\(name)/\(try #require(Self.names.randomElement(using: &random)))" : name
      var inside: Set<String> = []
      for _ in 0..<4 {
        let file = try #require(Self.names.randomElement(using: &random))
        let folder = try #require(Self.names.randomElement(using: &random))
        inside.insert("d\(folder)/f\(file)")
      }
      for file in inside { try bench.write("\(path)/\(file)", Array("\(path) \(file)".utf8)) }
      let pin = try #require(try bench.add(path).pins.first)
      let locked = LockedPin(
        path: try RelativePath(path), target: pin.target, files: UInt64(inside.count), bytes: 0)
      try lock.set(locked)
      entries += try inside.map { (locked, try RelativePath($0)) }
    }
    return (bench, lock, entries)
  }

  @Test("every pin and every path in it goes by its own name", arguments: 0..<12 as Range<UInt64>)
  func exact(seed: UInt64) throws {
    let (bench, lock, entries) = try filled(seed: seed)
    let snapshot = try bench.open().snapshot()
    let scope = NameScope(lock: lock)
    for pin in lock.pins {
      for name in ["pin:\(pin.path)", "\(pin.path)"] where !"\(pin.path)".hasPrefix("tag:") {
        let found = try #require(try snapshot.find(name, in: scope), "\(name) of \(seed)")
        #expect(found.target == pin.target)
        #expect(found.inner == nil)
      }
    }
    for (pin, entry) in entries {
      let whole = try entry.inside(pin.path)
      for name in ["pin:\(whole)", "pin:\(pin.path):\(entry)"] {
        let found = try #require(try snapshot.find(name, in: scope), "\(name) of \(seed)")
        #expect(found.target == pin.target, "\(name) of \(seed)")
        #expect(found.inner == entry, "\(name) of \(seed)")
        #expect(found.whole == "pin:\(pin.path)")
      }
      let folder = try #require(entry.parent)
      let below = NameScope(directory: try folder.inside(pin.path), lock: lock)
      let near = try snapshot.find(PathText.escape(Array(entry.name)), in: below)
      let alone = try RelativePath(Array(entry.name))
      #expect(near?.inner == entry || lock[alone] != nil, "\(entry) of \(seed)")
      let old = try snapshot.findLocked("\(pin.path)", inner: entry, in: scope)
      #expect(old?.inner == entry)
    }
  }

  @Test("what no version has is found only as a guess", arguments: 0..<4 as Range<UInt64>)
  func missing(seed: UInt64) throws {
    let (bench, lock, _) = try filled(seed: seed)
    let snapshot = try bench.open().snapshot()
    let scope = NameScope(lock: lock)
    // With a colon it may be a path inside the pin that is named before that.
    for pin in lock.pins where !"\(pin.path)".contains(":") {
      let name = "pin:\(pin.path)/nothing"
      #expect(try snapshot.find(name, in: scope) == nil)
      #expect(try snapshot.findLocked("\(pin.path)/nothing", inner: nil, in: scope) == nil)
      let nothing = try RelativePath("nothing")
      #expect(try snapshot.resolve(name, in: scope).inner == nothing)
    }
    #expect(throws: StoreError.unknownName("pin:zzz")) {
      try snapshot.resolve("pin:zzz", in: scope)
    }
  }

  @Test("a version that the store lacks is named, by every way to it")
  func notHere() throws {
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    let tree = TreeID(Digest(words: 1, 2, 3, 4))
    var lock = Lock()
    try lock.set(
      LockedPin(path: try RelativePath("a/b"), target: .tree(tree), files: 1, bytes: 1))
    let snapshot = try bench.open().snapshot()
    let error = StoreError.pinNotHere(path: "a/b", .node(NodeID(tree.digest)))
    for name in ["a/b", "pin:a/b", "a/b:c", "a/b/c", "pin:a/b/c"] {
      #expect(throws: error, "\(name)") {
        try snapshot.resolve(name, in: NameScope(lock: lock))
      }
    }
    #expect(try !snapshot.holds(try #require(lock.pins.first)))
  }
}
