import ArtifactStore
import ArtifactStoreTesting
import Glibc
import StoreIO
import StorePrimitives
import Testing

/// Random directories, random changes: what a checkout may lose, and what it leaves.
@Suite("checkout, on random directories")
struct CheckoutPropertyTests {
  typealias Files = [String: String]

  /// Paths that get into each other's way.
  private static let paths = [
    "a", "a/b", "a/b/c", "a/d", "b", "b/a", "b.x", "c/deep/er/file", "c/deep", "d",
  ]

  /// A directory of some of the paths, none below another; contents are few, so that equal files
  /// are frequent.
  private static func randomFiles(
    using random: inout SeededRandom, contents: [String]
  ) -> Files {
    var files: Files = [:]
    for path in paths.shuffled(using: &random) where random.chance(1, in: 2) {
      let clashes = files.keys.contains { $0.hasPrefix(path + "/") || path.hasPrefix($0 + "/") }
      if !clashes { files[path] = contents.randomElement(using: &random) }
    }
    return files
  }

  private static let stored = ["one", "two", "three", ""]

  private static func write<Directory>(_ files: Files, _ bench: Workbench<Directory>) throws {
    if try bench.root.status(Workbench<Directory>.data) != nil {
      try bench.root.removeTree(Workbench<Directory>.data)
    }
    _ = try bench.root.makeDirectory(Workbench<Directory>.data, mode: 0o755)
    for (path, text) in files { try bench.write("data/\(path)", Array(text.utf8)) }
  }

  private static func read<Directory>(_ bench: Workbench<Directory>) throws -> Files {
    guard try bench.root.status(Workbench<Directory>.data) != nil else { return [:] }
    var files: Files = [:]
    for (path, content) in try bench.contents(of: "data") {
      guard case .file(let bytes, _) = content else { continue }
      files[path] = String(decoding: bytes, as: UTF8.self)
    }
    return files
  }

  private static func checkout<Directory>(
    _ target: RefRecord.Target, _ bench: Workbench<Directory>,
    _ change: (inout CheckoutRequest<Directory>) -> Void = { _ in }
  ) throws -> CheckoutReport {
    let path = Workbench<Directory>.data
    var source: PinSource<Directory>?
    if try bench.root.status(path) != nil {
      source = PinSource(path: path, source: .directory(try bench.root.openDirectory(path)))
    }
    let version = PinVersion(path: path, target: target, source: source)
    _ = try bench.root.makeDirectory(RelativePath(trusted: ".reprostore"), mode: 0o755)
    var request = CheckoutRequest(
      pins: [.init(version: version, base: bench.root, place: path)], workspace: bench.root)
    change(&request)
    return try #require(try bench.open().checkout(request).first)
  }

  @Test("a forced and cleaning checkout gives exactly the version", arguments: 0..<40)
  func exact(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    let version = Self.randomFiles(using: &random, contents: Self.stored)
    try Self.write(version, bench)
    let target = try #require(bench.add().pins.first).target
    for round in 0..<4 {
      try Self.write(
        Self.randomFiles(using: &random, contents: Self.stored + ["mine"]), bench)
      _ = try Self.checkout(target, bench) {
        $0.isForced = true
        $0.cleans = true
        $0.workers = 1 + round % 2
      }
      #expect(try Self.read(bench) == version, "seed \(seed), round \(round)")
      // Nothing of the command is left, and a second one finds nothing to do.
      let again = try Self.checkout(target, bench)
      #expect(again.created + again.replaced + again.removed == 0, "seed \(seed)")
      #expect(try bench.root.entries().count == 3)
    }
  }

  @Test("without force no byte is lost that the store does not hold", arguments: 0..<60)
  func nothingIsLost(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let bench = try SimulatedBench.create(in: SimulatedFileSystem().root)
    let version = Self.randomFiles(using: &random, contents: Self.stored)
    try Self.write(version, bench)
    let target = try #require(bench.add().pins.first).target
    let before = Self.randomFiles(using: &random, contents: Self.stored + ["mine", "own"])
    try Self.write(before, bench)
    let held = Set(version.values)
    do {
      let cleans = random.chance(1, in: 2)
      let report = try Self.checkout(target, bench) { $0.cleans = cleans }
      let after = try Self.read(bench)
      for (path, text) in version { #expect(after[path] == text, "seed \(seed): \(path)") }
      for (path, text) in before where version[path] == nil {
        if let kept = after[path] {
          #expect(kept == text, "seed \(seed): \(path)")
          #expect(report.extras.contains(RelativePath(trusted: path)), "seed \(seed): \(path)")
        } else {
          #expect(held.contains(text), "seed \(seed): \(path) is lost")
        }
      }
    } catch StoreError.wouldLose {
      // Refused: then nothing was changed, and there was something to lose.
      #expect(try Self.read(bench) == before, "seed \(seed)")
      #expect(before.contains { !held.contains($0.value) }, "seed \(seed)")
    }
  }

  @Test(
    "each call fails once: every file is what it was or what it becomes, and the next try works",
    arguments: [EIO, ENOSPC])
  func faults(code: Int32) throws {
    let old: Files = ["a": "one", "b": "two", "c/deep/x": "mine", "gone": "three"]
    let new: Files = ["a": "two", "b": "two", "c/deep/x": "one", "new/n": "three"]
    let runs = try FaultPlan.sweep(.fails(code)) { plan in
      let system = SimulatedFileSystem()
      let quiet = try SimulatedBench.create(in: system.root)
      try Self.write(new, quiet)
      let target = try #require(quiet.add().pins.first).target
      try Self.write(old, quiet)
      _ = try quiet.add()
      let faulty = Workbench(root: FaultyDirectory(system.root, plan: plan))
      do {
        _ = try Self.checkout(target, faulty) { $0.cleans = true }
        #expect(try Self.read(quiet) == new)
      } catch is StoreError {
        let after = try Self.read(quiet)
        for (path, text) in after where !path.contains("partial") {
          #expect([old[path], new[path]].contains(text), "\(plan.failedCalls): \(path)")
        }
      }
      _ = try Self.checkout(target, quiet) { $0.cleans = true }
      #expect(try Self.read(quiet) == new, "\(plan.failedCalls)")
      #expect(try quiet.problems() == [])
    }
    #expect(runs > 60, "\(runs) runs")
  }
}
