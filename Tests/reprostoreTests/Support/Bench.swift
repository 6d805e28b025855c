import ArtifactStoreTesting
import Foundation
import Testing

/// A workspace in a directory of its own, with the program at hand. All goes when the value does.
final class Bench: Sendable {
  /// In memory where there is such a place: a disk that others use makes a second of each `init`.
  private static let quickPlace: String = {
    let memory = "/dev/shm"
    let free = try? FileManager.default.attributesOfFileSystem(forPath: memory)[.systemFreeSize]
    let isGood = (free as? Int ?? 0) > 1 << 30 && FileManager.default.isWritableFile(atPath: memory)
    return isGood ? memory : NSTemporaryDirectory()
  }()

  private let place: String
  /// The workspace.
  let path: String

  /// Makes the directory, and a workspace of it unless told otherwise. `onDisk` is for tests that
  /// take gigabytes or kill processes.
  init(_ arguments: String..., initialised: Bool = true, onDisk: Bool = false) throws {
    let parent = URL(fileURLWithPath: onDisk ? NSTemporaryDirectory() : Self.quickPlace)
    place = parent.appendingPathComponent("reprostore-test-\(UUID().uuidString.lowercased())").path
    path = place + "/work"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    guard initialised else { return }
    let finished = try Program.run(["init"] + arguments, in: path)
    try #require(finished.status == 0, "\(finished.errors)")
  }

  deinit { try? FileManager.default.removeItem(atPath: place) }

  /// Runs the program in the workspace, or in `directory` below it.
  func run(
    _ arguments: String..., in directory: String? = nil, environment: [String: String] = [:]
  ) throws -> Finished {
    let place = directory.map(full) ?? path
    return try Program.run(arguments, in: place, environment: environment)
  }

  /// Runs the program, which must end with 0.
  @discardableResult
  func succeed(
    _ arguments: String..., in directory: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Finished {
    let place = directory.map(full) ?? path
    let finished = try Program.run(arguments, in: place)
    guard finished.status == 0 else {
      let said = "\(arguments) ended with \(finished.status): \(finished.errors)"
      Issue.record("\(said)\(finished.output)", sourceLocation: sourceLocation)
      throw Failure()
    }
    return finished
  }

  /// A command that should have ended with 0 did not; the issue says which.
  struct Failure: Error {}

  // MARK: Files

  /// The absolute path of a name beside the workspace.
  func outside(_ name: String) -> String { "\(place)/\(name)" }

  /// The absolute path of a name in the workspace.
  func full(_ name: String) -> String { name.hasPrefix("/") ? name : "\(path)/\(name)" }

  func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: full(name), withIntermediateDirectories: true)
  }

  /// Writes a file, with the directories above it.
  func write(_ name: String, _ bytes: [UInt8]) throws {
    try makeDirectory((full(name) as NSString).deletingLastPathComponent)
    try Data(bytes).write(to: URL(fileURLWithPath: full(name)))
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  /// Writes `count` random bytes.
  func write(_ name: String, random count: Int, seed: UInt64 = 1) throws {
    var random = SeededRandom(seed: seed)
    try write(name, random.bytes(count))
  }

  /// Makes a file of `count` zeros that takes no room on the disk.
  func writeSparse(_ name: String, _ count: UInt64) throws {
    try write(name, [])
    let file = try #require(FileHandle(forWritingAtPath: full(name)))
    try file.truncate(atOffset: count)
    try file.close()
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: full(name), withDestinationPath: target)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: full(name))))
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: full(name)) }

  /// The names in a directory, in order.
  func names(_ directory: String = ".") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: full(directory)).sorted()
  }

  /// The files below a directory, in order, relative to it.
  func files(_ directory: String) throws -> [String] {
    let below = try FileManager.default.subpathsOfDirectory(atPath: full(directory))
    return below.filter { path in
      let attributes = try? FileManager.default.attributesOfItem(
        atPath: full(directory) + "/" + path)
      return attributes?[.type] as? FileAttributeType == .typeRegular
    }.sorted()
  }

  /// The files of the store below `directory`, with their paths in the workspace.
  func stored(_ directory: String) throws -> [String] {
    try files(".reprostore/store/\(directory)").map { ".reprostore/store/\(directory)/\($0)" }
  }

  /// Whether two directories hold the same, links and all.
  func isSame(_ one: String, _ other: String) -> Bool {
    tool("diff", "-r", "--no-dereference", full(one), full(other)) != nil
  }
}

/// Whether the tests run as root, who may mount and become somebody else.
let isRoot = geteuid() == 0

/// Says that a test could not run here. Not a failure: what it needs is outside of this project.
func skipped(_ reason: String) { print("skipped: \(reason)") }
