import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Synchronization
import Testing

/// A store without its empty directories: what git and some copies make of one.
@Suite struct StoreDirectoriesTests {
  private static func pruned<Directory: DirectoryHandle>(
    in root: Directory
  ) throws -> Workbench<Directory> {
    let bench = try Workbench.create(in: root)
    try bench.write("data/a", [1])
    try bench.write("data/large", Array(repeating: 7, count: 300_000))
    try bench.add()
    let store = try root.openDirectory(Workbench<Directory>.store)
    for path in StoreLayout.directories.reversed() {
      if try store.openDirectory(path).entries().isEmpty { try store.removeDirectory(path) }
    }
    #expect(try store.status(StoreLayout.temporary) == nil)
    return bench
  }

  private static func checkAllThere<Directory: DirectoryHandle>(
    _ bench: Workbench<Directory>
  ) throws {
    let store = try bench.root.openDirectory(Workbench<Directory>.store)
    for path in StoreLayout.directories { #expect(try store.status(path) != nil, "\(path)") }
  }

  @Test func readsNeedNone() throws {
    let system = SimulatedFileSystem()
    let bench = try Self.pruned(in: system.root)
    let before = system.paths.filter { $0.hasPrefix("store/") }
    try bench.restore("data", to: "out")
    #expect(try bench.contents(of: "out") == bench.contents(of: "data"))
    #expect(try bench.problems() == [])
    #expect(system.paths.filter { $0.hasPrefix("store/") } == before)
  }

  @Test(arguments: [true, false]) func theFirstWriteMakesThemAgain(hasUnnamedFiles: Bool) throws {
    var settings = SimulatedFileSystem.Settings()
    settings.hasUnnamedFiles = hasUnnamedFiles
    let bench = try Self.pruned(in: SimulatedFileSystem(settings).root)
    try bench.write("data/b", [2])
    try bench.add()
    try Self.checkAllThere(bench)
    #expect(try bench.problems() == [])
    try bench.restore("data", to: "out")
    #expect(try bench.contents(of: "out") == bench.contents(of: "data"))
  }

  @Test func theFirstWriteMakesThemAgainOnDisk() throws {
    let folder = try TemporaryDirectory()
    let bench = try Self.pruned(in: try LinuxDirectory.open(folder.path))
    try bench.write("data/b", Array(repeating: 3, count: 5 << 20))
    try bench.add(workers: 2)
    try Self.checkAllThere(bench)
    #expect(try bench.problems() == [])
  }

  /// A commit without data, too.
  @Test func aTagMakesThemAgain() throws {
    let bench = try Self.pruned(in: SimulatedFileSystem().root)
    let store = try bench.open()
    try store.tag("v1", try store.snapshot().resolve("data"), replacing: false)
    try Self.checkAllThere(bench)
  }

  /// Where `tmp` is, the others are: whoever finds it need not look at them.
  @Test(arguments: CrashModel.allCases) func aCrashMeanwhileLeavesNoHalf(model: CrashModel) throws {
    let system = SimulatedFileSystem()
    let bench = try SimulatedBench.create(in: system.root)
    // Few, so that the images are few.
    let store = try system.root.openDirectory(SimulatedBench.store)
    for path in ["index/00", "index/ff", "packs/7f", "raw/00", "quarantine", "tmp"] {
      try store.removeDirectory(try RelativePath(path))
    }
    system.makeDurable()
    try bench.write("data/b", [2])
    try bench.add()
    for image in system.crashImages(model, randomSubsets: 2, seed: 5) {
      let store = try image.image.root.openDirectory(SimulatedBench.store)
      guard try store.status(StoreLayout.temporary) != nil else { continue }
      for path in StoreLayout.directories where try store.status(path) == nil {
        Issue.record("\(image): \(path) is missing")
        return
      }
    }
  }

  /// Rule 4: whoever loses the race has the winner's store.
  @Test func creatorsAtOnceMakeOneStore() throws {
    let folder = try TemporaryDirectory()
    let directory = try LinuxDirectory.open(folder.path)
    let uuids = Mutex<Set<Nonce>>([])
    try Workers.run(count: 4) { (_) throws(StoreError) in
      do throws(StoreError) {
        let store = try Store.create(in: directory)
        uuids.withLock { _ = $0.insert(store.uuid) }
      } catch {
        guard case .alreadyExists = error else { throw error }
      }
    }
    let store = try Store.open(directory)
    #expect(uuids.withLock { $0 } == [store.uuid])
    #expect(try store.check(full: true).problems == [])
  }

  @Test func oneMissingDirectoryIsMadeWhenItIsNeeded() throws {
    let bench = try Workbench.create(in: SimulatedFileSystem().root)
    let store = try bench.root.openDirectory(SimulatedBench.store)
    for parent in StoreLayout.parents {
      for byte in 0..<256 {
        let name = String(byte, radix: 16).leftPadded(to: 2)
        try store.removeDirectory(try RelativePath("\(parent)/\(name)"))
      }
    }
    try bench.write("data/a", [1])
    try bench.add()
    #expect(try bench.problems() == [])
  }
}
