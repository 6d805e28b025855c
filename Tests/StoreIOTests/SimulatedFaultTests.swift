import ArtifactStoreTesting
import Glibc
import StoreIO
import StorePrimitives
import Testing

/// Faults in the calls on a simulated file system, one after the other.
@Suite("Simulated faults")
struct SimulatedFaultTests {
  private typealias Root = FaultyDirectory<SimulatedDirectory>

  private func makeFileSystem() throws -> SimulatedFileSystem {
    var settings = SimulatedFileSystem.Settings()
    settings.canClone = true
    let fileSystem = SimulatedFileSystem(settings)
    try fileSystem.populate(["d/a": pattern(100), "d/b": [2], "e/x": [3]])
    return fileSystem
  }

  /// Makes each call of the protocols at least once.
  private func useEverything(_ root: Root) throws {
    let directory = try root.openDirectory(RelativePath("d"))
    _ = try directory.entries()
    _ = try root.status(RelativePath("d/a"))
    _ = try root.status()
    _ = try root.freeBytes()
    #expect(try root.makeLink(RelativePath("l"), target: [65]))
    _ = try root.linkTarget(RelativePath("l"))
    #expect(try root.makeDirectory(RelativePath("n"), mode: 0o755))
    let file = try root.createUnnamed(in: RelativePath("n"), mode: 0o600)
    #expect(try file.clone(root.openFile(RelativePath("d/a"))))
    try file.write(pattern(10), at: 5)
    try file.truncate(to: 50)
    try file.setMode(0o444)
    try file.synchronize()
    #expect(try root.link(file, as: RelativePath("n/c")))
    #expect(try root.get("n/c").count == 50)
    try root.put("t", [1])
    #expect(try directory.rename(path("b"), to: path("n/b"), in: root, replacing: false))
    try root.exchange(RelativePath("t"), with: RelativePath("n/b"), in: root)
    #expect(try root.linkFile(RelativePath("t"), as: RelativePath("u"), in: root))
    let lock = try root.openExclusively(RelativePath("lock"), mode: 0o600)
    try lock.synchronizeData()
    #expect(try lock.usage().names == 1)
    #expect(try root.fileSystemKind() == .local)
    try root.removeFile(RelativePath("t"))
    try root.removeFile(RelativePath("e/x"))
    try root.removeDirectory(RelativePath("e"))
    try root.synchronize()
  }

  private func path(_ text: String) throws -> RelativePath { try RelativePath(text) }

  @Test("Each call fails in its turn, and no other", arguments: [EIO, ENOSPC, EMFILE])
  func everyCall(code: Int32) throws {
    let clean = FaultPlan()
    try useEverything(FaultyDirectory(makeFileSystem().root, plan: clean))
    var calls: Set<FaultPlan.Call> = []
    let runs = try FaultPlan.sweep(.fails(code)) { plan in
      let root = FaultyDirectory(try makeFileSystem().root, plan: plan)
      let found = errorCode { try useEverything(root) }
      guard let failed = plan.failedCalls.first else {
        #expect(found == nil && plan.callCount == clean.callCount)
        return
      }
      #expect(found == code, "\(failed)")
      #expect(plan.failedCalls.count == 1)
      #expect(failed.number == plan.callCount)
      calls.insert(failed.call)
    }
    #expect(runs == clean.callCount)
    #expect(calls == Set(FaultPlan.Call.allCases))
    #expect(clean.failedCalls.isEmpty)
  }

  @Test("A call that fails is not made, unless the plan says so")
  func effects() throws {
    let steps: [(FaultPlan.Call, (Root) throws -> Void)] = [
      (.createFile, { _ = try $0.createFile(path("new"), mode: 0o644) }),
      (.makeDirectory, { _ = try $0.makeDirectory(path("new"), mode: 0o755) }),
      (.makeLink, { _ = try $0.makeLink(path("new"), target: [65]) }),
      (.link, { _ = try $0.link($0.openFile(path("d/a")), as: path("new")) }),
      (.removeFile, { try $0.removeFile(path("d/a")) }),
      (.rename, { _ = try $0.rename(path("d"), to: path("new"), in: $0, replacing: true) }),
      (.exchange, { try $0.exchange(path("d/a"), with: path("e/x"), in: $0) }),
      (.linkFile, { _ = try $0.linkFile(path("d/a"), as: path("new"), in: $0) }),
      (.openExclusively, { _ = try $0.openExclusively(path("new"), mode: 0o600) }),
      (.setMode, { try $0.openFile(path("d/a")).setMode(0o400) }),
    ]
    for (call, step) in steps {
      for isMade in [false, true] {
        let fileSystem = try makeFileSystem()
        let before = fileSystem.fingerprint
        let fault = isMade ? FaultPlan.Fault.isMadeThenFails(EIO) : .fails(EIO)
        let root = Root(fileSystem.root, plan: FaultPlan(failing: 1, fault, only: [call]))
        #expect(errorCode { try step(root) } == EIO, "\(call)")
        #expect((fileSystem.fingerprint != before) == isMade, "\(call)")
      }
    }
  }

  @Test("A link that a retry finds to be there answers that the name is taken")
  func retriedLink() throws {
    let fileSystem = try makeFileSystem()
    let plan = FaultPlan(failing: 1, .isMadeThenFails(EEXIST), only: [.link])
    let root = FaultyDirectory(fileSystem.root, plan: plan)
    let file = try root.createUnnamed(in: RelativePath("d"), mode: 0o444)
    #expect(try root.link(file, as: RelativePath("d/new")) == false)
    #expect(fileSystem.files["d/new"] == [])
    #expect(try root.link(file, as: RelativePath("d/new")) == false)
    #expect(try root.link(file, as: RelativePath("d/newer")))
    #expect(plan.failedCalls.map(\.call) == [.link])
  }

  @Test("From the nth call on, all fail")
  func repeating() throws {
    let plan = FaultPlan(failing: 3, .fails(EIO), repeats: true)
    let root = FaultyDirectory(try makeFileSystem().root, plan: plan)
    let codes = (0..<6).map { _ in errorCode { _ = try root.entries() } }
    #expect(codes == [nil, nil, EIO, EIO, EIO, EIO])
    #expect(plan.failedCalls.map(\.number) == [3, 4, 5, 6])
  }

  @Test("After a failed fsync the next one lies, on every handle of the file")
  func failedSynchronize() throws {
    let fileSystem = try makeFileSystem()
    let plan = FaultPlan(failing: 1, only: [.synchronizeFile])
    let root = FaultyDirectory(fileSystem.root, plan: plan)
    let file = try root.put("d/new", [7])
    #expect(errorCode { try file.synchronize() } == EIO)
    try file.synchronize()
    try root.openFile(RelativePath("d/new")).synchronize()
    try root.synchronize("d")
    let found = Set(fileSystem.lastImages(.adversarial).map { $0.image.files["d/new"] })
    #expect(found == [[7], [0], []])
    try root.put("d/other", [8]).synchronize()
    try root.synchronize("d")
    for image in fileSystem.lastImages(.adversarial) {
      #expect(image.image.files["d/other"] == [8])
    }
  }

  @Test("A failed fsync of a directory can be tried again")
  func failedDirectorySynchronize() throws {
    let fileSystem = try makeFileSystem()
    let plan = FaultPlan(failing: 1, only: [.synchronizeDirectory])
    let root = FaultyDirectory(fileSystem.root, plan: plan)
    #expect(try root.makeDirectory(RelativePath("n"), mode: 0o755))
    #expect(errorCode { try root.synchronize() } == EIO)
    #expect(fileSystem.lastImages(.adversarial).count == 2)
    try root.synchronize()
    #expect(fileSystem.lastImages(.adversarial).count == 1)
  }

  @Test("A write that finds the disk full has written its first half")
  func halfWrites() throws {
    for (code, expected) in [(ENOSPC, pattern(50)), (EIO, [])] {
      let fileSystem = try makeFileSystem()
      let plan = FaultPlan(failing: 1, .fails(code), only: [.write])
      let root = FaultyDirectory(fileSystem.root, plan: plan)
      #expect(errorCode { try root.put("new", pattern(100)) } == code)
      #expect(fileSystem.files["new"] == expected)
    }
  }

  @Test("Threads share one count")
  func threads() async throws {
    let plan = FaultPlan(failing: 150)
    let root = FaultyDirectory(try makeFileSystem().root, plan: plan)
    let failures = await withTaskGroup(of: Int.self) { group in
      for task in 0..<4 {
        group.addTask {
          (0..<100).filter { number in
            errorCode {
              _ = try root.makeDirectory(RelativePath("\(task)-\(number)"), mode: 0o755)
            } != nil
          }.count
        }
      }
      return await group.reduce(0, +)
    }
    #expect(failures == 1)
    #expect(plan.callCount == 400)
    #expect(try root.entries().count == 2 + 399)
  }
}
