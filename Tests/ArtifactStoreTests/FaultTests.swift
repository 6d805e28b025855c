import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Synchronization
import Testing

/// Every call of an add or a restore fails once: nothing is lost, and the next try succeeds.
@Suite struct FaultTests {
  typealias Bench = Workbench<FaultyDirectory<SimulatedDirectory>>

  /// `EIO`, `ENOSPC` and `EMFILE` on Linux.
  static let faults: [FaultPlan.Fault] = [.fails(5), .fails(28), .fails(24)]

  /// One version in the store and another in the workspace. With `largeBytes` of 4 MiB each writes
  /// a raw object, and every run of a sweep takes a tenth of a second.
  static func prepared(largeBytes: Int = 300_000) throws -> SimulatedFileSystem {
    let system = SimulatedFileSystem()
    let bench = try SimulatedBench.create(in: system.root)
    var random = SeededRandom(seed: 21)
    try bench.write("data/a", [1])
    try bench.write("data/b/c", random.bytes(5000))
    try bench.write("data/raw", random.bytes(largeBytes))
    try bench.add("data")
    try bench.write("data/a", [2])
    try bench.write("data/raw2", random.bytes(largeBytes))
    system.makeDurable()
    return system
  }

  @Test(arguments: faults)
  func addSurvivesEveryFault(fault: FaultPlan.Fault) throws {
    let prepared = try Self.prepared()
    let failed = try Self.sweepAdds(prepared, fault)
    #expect(failed > 50)
  }

  @Test func addOfRawObjectsSurvivesEveryFailedWrite() throws {
    let prepared = try Self.prepared(largeBytes: 4 << 20)
    let calls: Set<FaultPlan.Call> = [.createUnnamed, .write, .synchronizeFile, .link]
    #expect(try Self.sweepAdds(prepared, .fails(28), only: calls) > 10)
  }

  private static func sweepAdds(
    _ prepared: SimulatedFileSystem, _ fault: FaultPlan.Fault,
    only calls: Set<FaultPlan.Call> = Set(FaultPlan.Call.allCases)
  ) throws -> Int {
    try FaultPlan.sweep(fault, only: calls) { plan in
      let system = prepared.snapshot()
      let clean = SimulatedBench(root: system.root)
      let faulty = Bench(root: FaultyDirectory(system.root, plan: plan))
      let outcome = Result { try faulty.add("data") }
      if case .failure(let error) = outcome {
        #expect(error is StoreError, "\(plan.failedCalls)")
      }
      // Whatever came of it: the store is sound, and the same add now ends well.
      #expect(try clean.problems() == [], "\(plan.failedCalls)")
      try clean.add("data")
      try clean.restore("data", to: "out")
      #expect(
        try clean.contents(of: "out") == clean.contents(of: "data"), "\(plan.failedCalls)")
    }
  }

  /// A link whose answer was lost, or that was repeated and then said EEXIST to the winner (rule
  /// 1).
  @Test(arguments: [5, 17] as [Int32])
  func addSettlesAnUnknownOutcome(code: Int32) throws {
    let prepared = try Self.prepared()
    let roots = try prepared.root.openDirectory(RelativePath("store/roots")).entries().count
    try FaultPlan.sweep(.isMadeThenFails(code), only: [.link]) { plan in
      let system = prepared.snapshot()
      let clean = SimulatedBench(root: system.root)
      let faulty = Bench(root: FaultyDirectory(system.root, plan: plan))
      let outcome = Result { try faulty.add("data") }
      #expect(try clean.problems() == [])
      let isRoot = plan.failedCalls.first?.path.contains("roots/") ?? true
      guard isRoot else { return }
      // The commit went through once, and the command knows it.
      #expect(throws: Never.self) { try outcome.get() }
      let after = try system.root.openDirectory(RelativePath("store/roots")).entries().count
      #expect(after == roots + 1)
    }
  }

  @Test func restoreLeavesNothingBehind() throws {
    let system = try Self.prepared()
    try SimulatedBench(root: system.root).add("data")
    let failed = try FaultPlan.sweep(.fails(5)) { plan in
      let copy = system.snapshot()
      let faulty = Bench(root: FaultyDirectory(copy.root, plan: plan))
      guard (try? faulty.restore("data", to: "out")) == nil else { return }
      let names = try copy.root.entries().map { String(decoding: $0.name, as: UTF8.self) }
      let removal: Set<FaultPlan.Call> = [.removeFile, .removeDirectory, .rename]
      guard let call = plan.failedCalls.first?.call, !removal.contains(call) else { return }
      #expect(!names.contains("out"), "\(plan.failedCalls)")
    }
    #expect(failed > 20)
  }
}
