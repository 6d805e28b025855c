import ArtifactStore
import ArtifactStoreTesting
import Glibc
import StoreIO
import StorePrimitives
import Testing

/// Everything that can stand at a place, and everything that a version can want there: nothing is
/// lost, and the result is the version or nothing was changed.
@Suite("checkout, all pairs of kinds")
struct CheckoutMatrixTests {
  enum Before: CaseIterable, Sendable {
    case nothing, heldFile, ownFile, heldDirectory, ownDirectory, twinDirectory
    case link, emptyDirectory, ignoredFile

    /// Whether something is there that the store does not hold.
    var isOwn: Bool {
      switch self {
      case .ownFile, .ownDirectory, .link, .ignoredFile: true
      default: false
      }
    }
  }

  enum Wanted: CaseIterable, Sendable {
    case nothing, file, directory, twinDirectory, link, emptyDirectory
  }

  private typealias Bench = SimulatedBench

  private static func make(_ before: Before, at path: String, _ bench: Bench) throws {
    let name = path.split(separator: "/").last ?? ""
    switch before {
    case .nothing: break
    case .heldFile: try bench.write(path, Array("held".utf8))
    case .ownFile, .ignoredFile: try bench.write(path, Array("own".utf8))
    case .heldDirectory: try bench.write("\(path)/x", Array("held".utf8))
    case .ownDirectory: try bench.write("\(path)/x", Array("own".utf8))
    case .twinDirectory: try bench.write("\(path)/\(name)", Array("new".utf8))
    case .link: _ = try bench.root.makeLink(RelativePath(trusted: path), target: Array("z".utf8))
    case .emptyDirectory:
      _ = try bench.root.makeDirectory(RelativePath(trusted: path), mode: 0o755)
    }
  }

  private static func make(_ wanted: Wanted, at path: String, _ bench: Bench) throws {
    let name = path.split(separator: "/").last ?? ""
    switch wanted {
    case .nothing: break
    case .file: try bench.write(path, Array("new".utf8))
    case .directory: try bench.write("\(path)/x", Array("new".utf8))
    case .twinDirectory: try bench.write("\(path)/\(name)", Array("new".utf8))
    case .link:
      _ = try bench.root.makeLink(RelativePath(trusted: path), target: Array("x".utf8))
    case .emptyDirectory: try make(Before.emptyDirectory, at: path, bench)
    }
  }

  /// A bench whose store holds the bytes `held`, `new` and `z`.
  private static func bench() throws -> Bench {
    let bench = try Bench.create(in: SimulatedFileSystem().root)
    for text in ["held", "new", "z"] { try bench.write("known/\(text)", Array(text.utf8)) }
    try bench.add("known")
    _ = try bench.root.makeDirectory(RelativePath(trusted: ".reprostore"), mode: 0o755)
    return bench
  }

  private static func source<Directory>(
    _ path: RelativePath, _ bench: Workbench<Directory>
  ) throws -> PinSource<Directory>? {
    switch try bench.root.status(path)?.kind {
    case .directory:
      PinSource(
        path: path, source: .directory(try bench.root.openDirectory(path)),
        ignoring: IgnoreRules.none.descending(into: nil, file: Array("*.ignored".utf8)))
    case .file: PinSource(path: path, source: .file(bench.root, name: path))
    default: nil
    }
  }

  private static func checkout<Directory>(
    _ target: RefRecord.Target, _ path: RelativePath, _ bench: Workbench<Directory>,
    _ change: (inout CheckoutRequest<Directory>) -> Void = { _ in }
  ) throws {
    let version = PinVersion(path: path, target: target, source: try source(path, bench))
    var request = CheckoutRequest(
      pins: [.init(version: version, base: bench.root, place: path)], workspace: bench.root)
    change(&request)
    _ = try bench.open().checkout(request)
  }

  private static func rescued(_ bench: Bench) throws -> Bool {
    try bench.contents(of: ".reprostore").keys.contains { $0.hasPrefix("rescued") }
  }

  @Test("inside a pin", arguments: Before.allCases, Wanted.allCases)
  func inside(before: Before, wanted: Wanted) throws {
    for (force, clean) in [(false, false), (false, true), (true, false), (true, true)] {
      let said = "\(before) -> \(wanted), force \(force), clean \(clean)"
      let name = before == .ignoredFile ? "p.ignored" : "p"
      let bench = try Self.bench()
      try bench.write("data/z", Array("new".utf8))
      try Self.make(wanted, at: "data/\(name)", bench)
      let target = try #require(bench.add().pins.first).target
      let version = try bench.contents(of: "data")
      try bench.root.removeTree(Bench.data)
      try bench.write("data/z", Array("z".utf8))
      try Self.make(before, at: "data/\(name)", bench)
      let old = try bench.contents(of: "data")
      do {
        try Self.checkout(target, Bench.data, bench) {
          $0.isForced = force
          $0.cleans = clean
        }
        let new = try bench.contents(of: "data")
        #expect(new.merging(version) { $1 } == new, "\(said)")
        for (path, content) in old where content != .directory && new[path] != content {
          let isHeld =
            content == .file(Array("held".utf8), executable: false)
            || content == .file(Array("new".utf8), executable: false) || path == "z"
          #expect(isHeld || force, "\(said): \(path) is lost")
          #expect(version[path] != nil || clean || wanted != .nothing, "\(said): \(path)")
        }
        if force, clean, before != .ignoredFile { #expect(new == version, "\(said)") }
        #expect(try !Self.rescued(bench), "\(said)")
      } catch let error as StoreError {
        #expect(try bench.contents(of: "data") == old, "\(said): \(error)")
        #expect(before.isOwn && (!force || before == .ignoredFile), "\(said): \(error)")
      }
    }
  }

  @Test(
    "of a whole pin",
    arguments: Before.allCases.filter { $0 != .link && $0 != .ignoredFile },
    [Wanted.file, .directory, .twinDirectory])
  func whole(before: Before, wanted: Wanted) throws {
    for (force, clean) in [(false, false), (false, true), (true, false), (true, true)] {
      let said = "\(before) -> \(wanted), force \(force), clean \(clean)"
      let bench = try Self.bench()
      let holder = RelativePath(trusted: "made")
      _ = try bench.root.makeDirectory(holder, mode: 0o755)
      try Self.make(wanted, at: "made/data", bench)
      let place = RelativePath(trusted: "made/data")
      var target = RefRecord.Target.blob(
        BlobID(SHA256.digest(of: Array("new".utf8))), size: 3, executable: false)
      if wanted != .file { target = try #require(bench.add("made/data").pins.first).target }
      let version = try bench.contents(of: "made")
      try bench.root.removeTree(place)
      try bench.root.removeDirectory(holder)
      try Self.make(before, at: "data", bench)
      func state() throws -> [String: Bench.Content] { try bench.contentsOfAll("data") }
      let old = try state()
      do {
        try Self.checkout(target, Bench.data, bench) {
          $0.isForced = force
          $0.cleans = clean
        }
        let new = try state()
        #expect(new.merging(version) { $1 } == new, "\(said)")
        let own = Bench.Content.file(Array("own".utf8), executable: false)
        #expect(!before.isOwn || force || new.values.contains(own), "\(said)")
        if force, clean { #expect(new == version, "\(said)") }
      } catch let error as StoreError {
        #expect(try state() == old, "\(said): \(error)")
        #expect(before.isOwn && !force, "\(said): \(error)")
      }
    }
  }

  @Test(
    "a change of kind that fails, or is killed, loses nothing, and the next try works",
    arguments: [true, false], [true, false])
  func swapFaults(toFile: Bool, isKilled: Bool) throws {
    let runs = try FaultPlan.sweep(.fails(EIO), repeats: isKilled) { plan in
      let quiet = try Self.bench()
      let (wanted, before) = toFile ? (Wanted.file, Before.heldDirectory) : (.directory, .heldFile)
      try Self.make(wanted, at: "data", quiet)
      var target = RefRecord.Target.blob(
        BlobID(SHA256.digest(of: Array("new".utf8))), size: 3, executable: false)
      if !toFile { target = try #require(quiet.add().pins.first).target }
      let new = try quiet.contentsOfAll("data")
      try quiet.root.removeTree(Bench.data)
      try Self.make(before, at: "data", quiet)
      let old = try quiet.contentsOfAll("data")
      let faulty = Workbench(root: FaultyDirectory(quiet.root, plan: plan))
      do {
        try Self.checkout(target, Bench.data, faulty)
        #expect(try quiet.contentsOfAll("data") == new)
      } catch is StoreError {
        let now = try quiet.contentsOfAll("data")
        // A directory goes before the file comes; a file and a directory swap in one step.
        let isKnown =
          now == old || now == new || toFile && now.allSatisfy { old[$0.key] == $0.value }
        #expect(isKnown, "\(plan.failedCalls.prefix(1)): \(now)")
      }
      try Self.checkout(target, Bench.data, quiet)
      #expect(try quiet.contentsOfAll("data") == new, "\(plan.failedCalls.prefix(1))")
      #expect(!quiet.root.fileSystem.paths.contains { $0.contains("partial") })
    }
    #expect(runs > 40, "\(runs) runs")
  }

  @Test("linking to the store touches nothing that is not as the version says")
  func linksOnly() throws {
    let bench = try Self.bench()
    try bench.write("data/changed", Array("new".utf8))
    try bench.write("data/gone", Array("z".utf8))
    let target = try #require(bench.add().pins.first).target
    try bench.write("data/changed", Array("held".utf8))
    try bench.write("data/more", Array("own".utf8))
    try bench.root.removeFile(RelativePath(trusted: "data/gone"))
    let before = try bench.contents(of: "data")
    try Self.checkout(target, Bench.data, bench) {
      $0.relinks = true
      $0.cleans = true
    }
    #expect(try bench.contents(of: "data") == before)
    try bench.root.removeTree(Bench.data)
    try Self.checkout(target, Bench.data, bench) { $0.relinks = true }
    #expect(try bench.root.status(Bench.data) == nil)
  }

  @Test("an evict that is killed loses nothing that checkout does not bring back")
  func evictFaults() throws {
    let runs = try FaultPlan.sweep(.fails(EIO), repeats: true) { plan in
      let quiet = try Self.bench()
      try quiet.write("data/a", Array("new".utf8))
      try quiet.write("data/sub/b", Array("z".utf8))
      let target = try #require(quiet.add().pins.first).target
      let version = try quiet.contents(of: "data")
      try quiet.write("data/mine", Array("own".utf8))
      let faulty = Workbench(root: FaultyDirectory(quiet.root, plan: plan))
      do {
        let pin = PinVersion(
          path: Bench.data, target: target, source: try Self.source(Bench.data, faulty))
        _ = try faulty.open().evict(
          EvictRequest(
            pins: [.init(version: pin, base: faulty.root, place: Bench.data)],
            workspace: faulty.root))
        #expect(try quiet.contents(of: "data").keys.sorted() == ["mine"])
      } catch is StoreError {}
      try Self.checkout(target, Bench.data, quiet)
      var now = try quiet.contents(of: "data")
      #expect(now.removeValue(forKey: "mine") == .file(Array("own".utf8), executable: false))
      #expect(now == version, "\(plan.failedCalls.prefix(1))")
    }
    #expect(runs > 40, "\(runs) runs")
  }
}
