import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

@Suite struct LockFormatTests {
  /// Names that a line could be misread by.
  private static let names: [[UInt8]] = [
    Array("data".utf8), Array("a b".utf8), Array(" lead".utf8), Array("trail ".utf8),
    Array("<<<<<<<".utf8), Array("=======".utf8), Array("#".utf8), Array("line\nend".utf8),
    Array("\\x0a".utf8), Array("\u{e9}".utf8), [0xff, 0xfe], Array("tree sha256:1 2 3 x".utf8),
    Array("\r".utf8),
  ]

  private static func randomPin(using random: inout SeededRandom) throws -> LockedPin {
    var bytes: [UInt8] = []
    for depth in 0..<Int.random(in: 1...3, using: &random) {
      if depth > 0 { bytes.append(UInt8(ascii: "/")) }
      bytes += names.randomElement(using: &random) ?? []
    }
    let digest = SHA256.digest(of: random.bytes(8))
    let size = UInt64.random(in: 0..<Limits.fileBytes, using: &random)
    let target: RefRecord.Target =
      random.chance(1, in: 2)
      ? .tree(TreeID(digest))
      : .blob(BlobID(digest), size: size, executable: random.chance(1, in: 2))
    return LockedPin(
      path: try RelativePath(bytes), target: target,
      files: UInt64.random(in: 0...9, using: &random),
      bytes: size)
  }

  private static func randomLock(using random: inout SeededRandom) throws -> Lock {
    var lock = Lock()
    for _ in 0..<12 {
      let pin = try randomPin(using: &random)
      try? lock.set(pin)
    }
    return lock
  }

  @Test(arguments: 0..<50 as Range<UInt64>) func locksReadAsTheyAreWritten(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let lock = try Self.randomLock(using: &random)
    let text = LockFormat.text(of: lock)
    #expect(try LockFormat.parse(Array(text.utf8), path: "lock") == lock, "seed \(seed)")
    // Any order of the pins is read.
    let blocks = lock.pins.shuffled(using: &random).map { LockFormat.line(of: $0) + "\n" }
    let shuffled = LockFormat.header + blocks.joined(separator: "\n")
    #expect(try LockFormat.parse(Array(shuffled.utf8), path: "lock") == lock, "seed \(seed)")
  }

  @Test func damageIsAnErrorWithALineOrAnotherLock() throws {
    var random = SeededRandom(seed: 7)
    let bytes = Array(LockFormat.text(of: try Self.randomLock(using: &random)).utf8)
    for index in bytes.indices {
      for changed in [bytes[index] ^ 1, 0, 0xff, UInt8(ascii: "\n")] {
        var copy = bytes
        copy[index] = changed
        Self.read(copy)
      }
      Self.read(Array(bytes[..<index]))
    }
  }

  private static func read(_ bytes: [UInt8]) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).count
    do throws(StoreError) {
      _ = try LockFormat.parse(bytes, path: "lock")
    } catch {
      guard case .badLock("lock", let line, _) = error else {
        Issue.record("\(error)")
        return
      }
      #expect((1...lines).contains(line))
    }
  }

  /// Against a dictionary, with every pair of paths that can nest.
  @Test(arguments: 0..<30 as Range<UInt64>) func lookUpsAgreeWithADictionary(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let paths = try ["a", "a/b", "a/b/c", "a.b", "a/c", "b", "b/a"].map { try RelativePath($0) }
    var lock = Lock()
    var model: [RelativePath: LockedPin] = [:]
    for _ in 0..<40 {
      let path = try #require(paths.randomElement(using: &random))
      let pin = LockedPin(
        path: path, target: .tree(TreeID(SHA256.digest(of: random.bytes(4)))), files: 1, bytes: 1)
      if random.chance(1, in: 3) {
        #expect(lock.remove(path) == (model.removeValue(forKey: path) != nil))
      } else {
        let clashes = model.keys.contains {
          $0 != path && ($0.isInside(path) || path.isInside($0))
        }
        do throws(StoreError) {
          try lock.set(pin)
          #expect(!clashes, "seed \(seed)")
          model[path] = pin
        } catch {
          #expect(clashes, "seed \(seed): \(error)")
        }
      }
      #expect(lock.pins == model.values.sorted { $0.path < $1.path }, "seed \(seed)")
      for path in paths {
        #expect(lock[path] == model[path])
        #expect(lock.pin(around: path) == model.first { path.isInside($0.key) }?.value)
        #expect(lock.pins(in: path).count == model.keys.count { $0.isInside(path) })
      }
    }
  }
}
