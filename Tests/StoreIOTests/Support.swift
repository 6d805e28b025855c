import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives
import Testing

/// `FileHandle` alone is the protocol of StoreIO.
typealias SystemFileHandle = Foundation.FileHandle

extension TemporaryDirectory {
  func open(_ rungs: Rungs = .first) throws -> LinuxDirectory {
    try LinuxDirectory.open(path).using(rungs.resolution, rungs.creation)
  }
}

/// One choice of ways through the ladders of `LinuxDirectory`.
struct Rungs: Sendable, CustomTestStringConvertible {
  let resolution: PathResolution
  let creation: FileCreation

  static let first = Rungs(resolution: .kernel, creation: .unnamed)
  static let all = PathResolution.allCases.flatMap { resolution in
    FileCreation.allCases.map { Rungs(resolution: resolution, creation: $0) }
  }

  var testDescription: String { "\(resolution), \(creation)" }
}

/// Runs a program of the system and returns what it wrote; nil when it is missing or failed.
func output(
  of program: String, _ arguments: [String], input: SystemFileHandle = .nullDevice
) -> String? {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
  let pipe = Pipe()
  process.standardInput = input
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return nil }
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { return nil }
  return String(decoding: data, as: UTF8.self)
}

extension LinuxDirectory {
  func contents(_ path: String) throws -> [UInt8] { try openFile(RelativePath(path)).contents() }

  /// Creates `path` with `bytes` in it.
  @discardableResult
  func put(_ path: String, _ bytes: [UInt8] = []) throws -> LinuxFile {
    let file = try createFile(RelativePath(path), mode: 0o644)
    try file.write(bytes.span, at: 0)
    return file
  }

  func names() throws -> Set<String> {
    Set(try entries().map { String(decoding: $0.name, as: UTF8.self) })
  }
}

extension LinuxFile {
  func contents() throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(try status().size) + 1)
    var span = bytes.mutableSpan
    let count = try read(into: &span, at: 0)
    return Array(bytes[..<count])
  }
}

/// The `errno` of a failed system call, or nil for another error.
func code(_ error: (any Error)?) -> Int32? {
  guard case .system(let failure)? = error as? StoreError else { return nil }
  return failure.code
}
