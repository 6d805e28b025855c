import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// A stat cache gives back what was put into it, or nothing.
@Suite struct StatCacheTests {
  private static let key = StatCacheKey(store: Nonce(high: 1, low: 2), epoch: 3)

  private static func fingerprint(_ random: inout SeededRandom) -> StatFingerprint {
    func time() -> Timestamp {
      Timestamp(
        seconds: .random(in: .min ... .max, using: &random),
        nanoseconds: .random(in: 0..<1_000_000_000, using: &random))
    }
    let status = FileStatus(
      kind: .file, mode: .random(in: 0...0o7777, using: &random),
      size: .random(in: .min ... .max, using: &random), inode: random.next(),
      device: random.next(), modified: time(), changed: time())
    return StatFingerprint(status, rootDevice: random.chance(1, in: 2) ? nil : 1)
  }

  /// Paths that share much, and some that share nothing.
  private static func path(_ random: inout SeededRandom) throws -> RelativePath {
    let letters = Array("ab.\u{1}".utf8)
    let components = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      Array("x".utf8)
        + (0..<Int.random(in: 0...3, using: &random)).map { _ in
          letters.randomElement(using: &random) ?? 0
        }
    }
    return try RelativePath(Array(components.joined(separator: [RelativePath.slash])))
  }

  private static func entries(
    _ count: Int, _ random: inout SeededRandom
  ) throws -> [StatCacheEntry] {
    var paths: Set<RelativePath> = []
    for _ in 0..<count { paths.insert(try path(&random)) }
    return paths.sorted().map {
      StatCacheEntry(
        path: $0, fingerprint: fingerprint(&random),
        blob: BlobID(SHA256.digest(of: random.bytes(8))))
    }
  }

  // MARK: Bytes

  @Test(arguments: [0, 1, 2, 300]) func cachesReadAsTheyAreWritten(count: Int) throws {
    var random = SeededRandom(seed: 1)
    let entries = try Self.entries(count, &random)
    let cache = StatCache(entries)
    #expect(cache.count == entries.count)
    #expect(cache.entries == entries)
    let bytes = cache.bytes(key: Self.key)
    let read = try #require(StatCache(parsing: bytes, key: Self.key))
    #expect(read.entries == entries)
    #expect(read.bytes(key: Self.key) == bytes)
  }

  @Test func noDamageIsReadAsACache() throws {
    var random = SeededRandom(seed: 2)
    let bytes = StatCache(try Self.entries(4, &random)).bytes(key: Self.key)
    for count in bytes.indices {
      #expect(StatCache(parsing: Array(bytes[..<count]), key: Self.key) == nil, "\(count) bytes")
    }
    for index in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[index] ^= 1 << bit
        #expect(StatCache(parsing: damaged, key: Self.key) == nil, "bit \(bit) of byte \(index)")
      }
    }
    #expect(StatCache(parsing: bytes + [0], key: Self.key) == nil)
    for mutant in Mutations(of: bytes, seed: 3) {
      #expect(StatCache(parsing: mutant, key: Self.key) == nil)
    }
  }

  @Test func onlyTheKeyOfACacheOpensIt() throws {
    var random = SeededRandom(seed: 4)
    let bytes = StatCache(try Self.entries(4, &random)).bytes(key: Self.key)
    let others = [
      StatCacheKey(store: Nonce(high: 2, low: 2), epoch: 3),
      StatCacheKey(store: Nonce(high: 1, low: 3), epoch: 3),
      StatCacheKey(store: Self.key.store, epoch: 2), StatCacheKey(store: Self.key.store, epoch: 4),
    ]
    for key in others { #expect(StatCache(parsing: bytes, key: key) == nil, "\(key)") }
    #expect(StatCache(parsing: bytes, key: Self.key) != nil)
  }

  /// Who seals what he made up gets no crash, and no answer for a path that was not asked for.
  @Test func sealedNonsenseEndsTheCache() throws {
    var random = SeededRandom(seed: 5)
    let entries = try Self.entries(6, &random)
    let body = StatCache(entries).bytes(key: Self.key).dropLast(Digest.byteCount)
    var shortened = 0
    for mutant in Mutations(of: body, seed: 6) {
      let sealed = mutant + SHA256.digest(of: mutant).bytes
      guard let cache = StatCache(parsing: sealed, key: Self.key) else { continue }
      let found = cache.entries
      #expect(found.count <= sealed.count / 89)
      if found.count < entries.count { shortened += 1 }
      var cursor = cache.cursor()
      for entry in entries { _ = cursor.blob(at: entry.path, entry.fingerprint) }
    }
    #expect(shortened > 0)
  }

  // MARK: Looking up

  @Test func aCursorAgreesWithADictionary() throws {
    for seed in 0..<300 {
      var random = SeededRandom(seed: UInt64(seed))
      let entries = try Self.entries(Int.random(in: 0...40, using: &random), &random)
      let known = Dictionary(uniqueKeysWithValues: entries.map { ($0.path, $0) })
      let strangers = try Self.entries(20, &random).map(\.path)
      let asked = (entries.map(\.path) + strangers).filter { _ in random.chance(3, in: 4) }
      var cursor = StatCache(entries).cursor()
      for path in Set(asked).sorted() {
        let entry = known[path]
        let isSame = random.chance(3, in: 4)
        let fingerprint =
          isSame ? entry?.fingerprint ?? Self.fingerprint(&random) : Self.fingerprint(&random)
        let wanted = entry?.fingerprint == fingerprint ? entry?.blob : nil
        #expect(cursor.blob(at: path, fingerprint) == wanted, "seed \(seed), \(path)")
      }
    }
  }

  @Test func pathsOutOfOrderGetTheRightAnswerOrNone() throws {
    var hits = 0
    var misses = 0
    for seed in 0..<100 {
      var random = SeededRandom(seed: UInt64(seed))
      let entries = try Self.entries(30, &random)
      var cursor = StatCache(entries).cursor()
      for entry in entries.shuffled(using: &random) {
        let found = cursor.blob(at: entry.path, entry.fingerprint)
        #expect(found == nil || found == entry.blob, "seed \(seed), \(entry.path)")
        if found == nil { misses += 1 } else { hits += 1 }
      }
    }
    #expect(hits > 100 && misses > 100)
  }

  @Test func aPathMayBeAskedForTwice() throws {
    var random = SeededRandom(seed: 7)
    let entries = try Self.entries(3, &random)
    var cursor = StatCache(entries).cursor()
    for entry in entries {
      #expect(cursor.blob(at: entry.path, Self.fingerprint(&random)) == nil)
      #expect(cursor.blob(at: entry.path, entry.fingerprint) == entry.blob)
      #expect(cursor.blob(at: entry.path, entry.fingerprint) == entry.blob)
    }
  }

  /// Each field of a status counts; the device only where it tells something.
  @Test func everyFieldOfAFingerprintCounts() throws {
    let time = Timestamp(seconds: 5, nanoseconds: 6)
    let later = Timestamp(seconds: 5, nanoseconds: 7)
    func status(
      mode: UInt32 = 0o644, size: UInt64 = 1, inode: UInt64 = 2, device: UInt64 = 3,
      modified: Timestamp? = nil, changed: Timestamp? = nil
    ) -> FileStatus {
      FileStatus(
        kind: .file, mode: mode, size: size, inode: inode, device: device,
        modified: modified ?? time, changed: changed ?? time)
    }
    let path = RelativePath(trusted: "a")
    let blob = BlobID(SHA256.digest(of: []))
    let usual = StatFingerprint(status(), rootDevice: 3)
    let cache = StatCache([StatCacheEntry(path: path, fingerprint: usual, blob: blob)])
    let others = [
      status(mode: 0o600), status(size: 2), status(inode: 3), status(device: 4),
      status(modified: later), status(changed: later),
    ]
    for other in others {
      var cursor = cache.cursor()
      #expect(cursor.blob(at: path, StatFingerprint(other, rootDevice: 3)) == nil, "\(other)")
    }
    // The same device under another number, and any device of a network file system.
    for (device, root) in [(9, 9), (3, nil), (9, nil)] as [(UInt64, UInt64?)] {
      var cursor = cache.cursor()
      let fingerprint = StatFingerprint(status(device: device), rootDevice: root)
      #expect(fingerprint.device == 0)
      #expect(cursor.blob(at: path, fingerprint) == blob)
    }
    #expect(StatFingerprint(status(device: 4), rootDevice: 3).device == 4)
  }

  @Test func entriesOutOfOrderAreLeftOut() throws {
    var random = SeededRandom(seed: 8)
    let entries = try Self.entries(3, &random)
    #expect(entries.count == 3)
    var cache = StatCache.none
    #expect(cache.entries.isEmpty)
    cache.entries = [entries[1], entries[0], entries[1], entries[2]]
    #expect(cache.entries == [entries[1], entries[2]])
  }

  // MARK: On disk

  @Test func aSavedCacheIsLoaded() throws {
    let files = SimulatedFileSystem()
    var random = SeededRandom(seed: 9)
    let name = RelativePath(trusted: "cache/data.stat")
    _ = try files.root.makeDirectory(RelativePath(trusted: "cache"), mode: 0o700)
    #expect(StatCache.load(name, in: files.root, key: Self.key).count == 0)
    for count in [3, 1] {
      let cache = StatCache(try Self.entries(count, &random))
      try cache.save(name, in: files.root, key: Self.key)
      #expect(StatCache.load(name, in: files.root, key: Self.key).entries == cache.entries)
    }
    let other = StatCacheKey(store: Self.key.store, epoch: 9)
    #expect(StatCache.load(name, in: files.root, key: other).count == 0)
    let left = try files.root.openDirectory(RelativePath(trusted: "cache")).entries()
    #expect(left.map(\.name) == [Array("data.stat".utf8)])
    #expect(try files.root.status(name)?.mode == 0o600)
    #expect(
      StatCache.load(RelativePath(trusted: "cache"), in: files.root, key: Self.key).count == 0)
  }

  // MARK: The racy rule

  @Test func aFileSettlesTwoSecondsAfterItsNewestTime() {
    let old = Timestamp(seconds: 0, nanoseconds: 0)
    let new = Timestamp(seconds: 100, nanoseconds: 500)
    func isSettled(_ modified: Timestamp, _ changed: Timestamp, _ start: Timestamp) -> Bool {
      let status = FileStatus(
        kind: .file, mode: 0o644, size: 0, inode: 1, device: 1, modified: modified,
        changed: changed)
      return RacyRule.isSettled(status, at: start)
    }
    for (modified, changed) in [(new, old), (old, new), (new, new)] {
      #expect(isSettled(modified, changed, Timestamp(seconds: 102, nanoseconds: 500)))
      #expect(isSettled(modified, changed, Timestamp(seconds: 103, nanoseconds: 0)))
      #expect(!isSettled(modified, changed, Timestamp(seconds: 102, nanoseconds: 499)))
      #expect(!isSettled(modified, changed, Timestamp(seconds: 101, nanoseconds: 999_999_999)))
      #expect(!isSettled(modified, changed, new))
    }
    // Times that lie in the future, and one that a sum with would overflow.
    let last = Timestamp(seconds: .max, nanoseconds: 0)
    #expect(!isSettled(last, old, last))
    #expect(!isSettled(Timestamp(seconds: 200, nanoseconds: 0), old, new))
    #expect(isSettled(Timestamp(seconds: .min, nanoseconds: 0), old, new))
  }
}
