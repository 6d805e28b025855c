import ArtifactStoreTesting
import Glibc
import StoreIO
import StorePrimitives
import Testing

/// Random calls on the simulated file system and on a plain table of paths have equal answers.
@Suite("Simulated file system against a model")
struct SimulatedModelTests {
  private static let steps = 250

  private func makeFileSystem() -> SimulatedFileSystem {
    var settings = SimulatedFileSystem.Settings()
    settings.canClone = true
    return SimulatedFileSystem(settings)
  }

  @Test("Every answer and the end state", arguments: 0..<40 as Range<UInt64>)
  func randomSteps(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let fileSystem = makeFileSystem()
    var runner = StepRunner(fileSystem.root)
    var reference = ReferenceFileSystem()
    for number in 0..<SimulatedModelTests.steps {
      let step = Step.random(handles: runner.handles.count, using: &random)
      let found = runner.answer(step)
      let expected = reference.answer(step)
      try #require(found == expected, "seed \(seed), step \(number): \(step)")
    }
    try expectEqualTrees(fileSystem, reference)
  }

  private func expectEqualTrees(
    _ fileSystem: SimulatedFileSystem, _ reference: ReferenceFileSystem
  ) throws {
    var files: [String: [UInt8]] = [:]
    var inodes: [ObjectIdentifier: Set<UInt64>] = [:]
    for (path, node) in reference.nodes {
      guard case .file(let file) = node else { continue }
      files[path] = file.bytes
      let status = try #require(try fileSystem.root.status(RelativePath(path)))
      inodes[ObjectIdentifier(file), default: []].insert(status.inode)
    }
    #expect(fileSystem.files == files)
    for (path, bytes) in files { expectEqualBytes(try fileSystem.root.get(path), bytes, path) }
    let names = fileSystem.paths.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    #expect(Set(names) == Set(reference.nodes.keys))
    #expect(inodes.values.allSatisfy { $0.count == 1 })
    #expect(Set(inodes.values).count == inodes.count)
  }

  @Test("Random steps meet every kind of answer")
  func variety() {
    var errors: Set<Int32> = []
    var steps = 0
    for seed in 0..<40 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var runner = StepRunner(makeFileSystem().root)
      for _ in 0..<SimulatedModelTests.steps {
        let step = Step.random(handles: runner.handles.count, using: &random)
        if case .failed(let code) = runner.answer(step) { errors.insert(code) } else { steps += 1 }
      }
    }
    let expected = [ENOENT, EBADF, EEXIST, ENOTDIR, EISDIR, EINVAL, ENOTEMPTY, ELOOP, EPERM]
    #expect(errors == Set(expected))
    #expect(steps > 2000)
  }

  @Test("Two runs of one seed are equal to the nanosecond", arguments: [1, 2, 3] as [UInt64])
  func determinism(seed: UInt64) {
    func run() -> [String] {
      var random = SeededRandom(seed: seed)
      let fileSystem = makeFileSystem()
      var runner = StepRunner(fileSystem.root)
      for _ in 0..<SimulatedModelTests.steps {
        _ = runner.answer(Step.random(handles: runner.handles.count, using: &random))
      }
      return fileSystem.log.map { "\($0.time) \($0.change)" }
    }
    #expect(run() == run())
  }

  /// The log is the whole truth: made again from the start, it gives the state that was reached.
  @Test("After the last change a crash may leave what is there", arguments: 0..<10 as Range<UInt64>)
  func logIsComplete(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let fileSystem = makeFileSystem()
    var runner = StepRunner(fileSystem.root)
    for _ in 0..<60 {
      _ = runner.answer(Step.random(handles: runner.handles.count, using: &random))
    }
    fileSystem.acknowledge("end")
    let count = fileSystem.log.count
    for model in CrashModel.allCases {
      let images = fileSystem.crashImages(model, randomSubsets: 0, seed: seed)
      let last = images.filter { $0.prefix == count }.map(\.image.fingerprint)
      #expect(last.contains(fileSystem.fingerprint), "seed \(seed), \(model)")
    }
  }
}
