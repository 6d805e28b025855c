import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// Random calls have equal answers on the real file system and on the simulated one: what is tested
/// on the simulated one holds for the real one.
@Suite("Simulated file system against Linux")
struct SimulatedLinuxTests {
  @Test("Every answer and the end state", arguments: 0..<20 as Range<UInt64>)
  func randomSteps(seed: UInt64) throws {
    let directory = try TemporaryDirectory()
    var random = SeededRandom(seed: seed)
    let fileSystem = SimulatedFileSystem()
    var simulated = StepRunner(fileSystem.root)
    let resolution = PathResolution.allCases[Int(seed) % PathResolution.allCases.count]
    let root = try LinuxDirectory.open(directory.path).using(resolution, .unnamed)
    var real = StepRunner(root)
    for number in 0..<250 {
      let step = Step.random(handles: simulated.handles.count, using: &random)
      guard isComparable(step) else { continue }
      let found = simulated.answer(step)
      try #require(found == real.answer(step), "seed \(seed), step \(number): \(step)")
    }
    for (path, bytes) in fileSystem.files {
      expectEqualBytes(try real.root.get(path), bytes, "seed \(seed), \(path)")
    }
  }

  /// Not a clone, which is a matter of the file system. Nor the exclusive move of a directory into
  /// itself and its exchange with something in it: the kernel's `EINVAL` looks like that of a file
  /// system which can neither. Nor the lock of a file, which this thread may have.
  private func isComparable(_ step: Step) -> Bool {
    switch step {
    case .clone: false
    case .rename(let path, let to, false): !to.hasPrefix(path + "/")
    case .exchange(let path, let other):
      !other.hasPrefix(path + "/") && !path.hasPrefix(other + "/")
    case .openExclusively: false
    default: true
    }
  }
}
