import ArtifactStoreTesting
import Foundation
import Testing

/// The program of this build, as a user runs it.
enum Program {
  /// It lies beside the tests.
  static let path: String = {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appendingPathComponent("reprostore").path
  }()

  /// Runs the program to its end.
  static func run(
    _ arguments: [String], in directory: String, environment: [String: String] = [:]
  ) throws -> Finished {
    try Command([path] + arguments, in: directory, environment: environment).finish()
  }
}

/// What a program left behind.
struct Finished {
  /// The exit code; minus the number of the signal that killed it.
  let status: Int32
  let outputBytes: [UInt8]
  let errors: String

  var output: String { String(decoding: outputBytes, as: UTF8.self) }
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// The objects that `--json` printed; fails the test for a line that is none.
  func objects() throws -> [[String: any Sendable]] {
    try lines.map { line in
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(value as? [String: any Sendable], "no object: \(line)")
    }
  }

  /// The objects of `type`.
  func objects(_ type: String) throws -> [[String: any Sendable]] {
    try objects().filter { $0["type"] as? String == type }
  }
}

/// A process that has been started. Its output goes to files, so that it never waits for a reader.
final class Command {
  private let process = Process()
  /// `waitUntilExit` looks at its clock, which is a matter of seconds.
  private let isOver = DispatchSemaphore(value: 0)
  private let place: TemporaryDirectory

  /// `words` begin with the path of the program, or its name in PATH.
  init(_ words: [String], in directory: String, environment: [String: String] = [:]) throws {
    place = try TemporaryDirectory()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    // What the tests run in must not show: no colours, no git variables, nothing of the user's.
    var surroundings = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
    surroundings["LC_ALL"] = "C.UTF-8"
    surroundings["USER"] = "tester"
    process.environment = surroundings.merging(environment) { $1 }
    process.standardOutput = try Self.create(place.path(of: "out"))
    process.standardError = try Self.create(place.path(of: "err"))
    process.standardInput = FileHandle.nullDevice
    process.terminationHandler = { [isOver] _ in isOver.signal() }
    try process.run()
  }

  private static func create(_ path: String) throws -> FileHandle {
    try Data().write(to: URL(fileURLWithPath: path))
    return try #require(FileHandle(forWritingAtPath: path))
  }

  var identifier: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }

  func send(_ signal: Int32) { kill(identifier, signal) }

  /// Waits until the process has read (`rchar`) or written (`wchar`) `bytes`, or has ended.
  func waitUntil(_ counter: String, is bytes: Int) -> Bool {
    while process.isRunning {
      let text = (try? String(contentsOfFile: "/proc/\(identifier)/io", encoding: .utf8)) ?? ""
      let line = text.split(separator: "\n").first { $0.hasPrefix(counter + ": ") }
      if let value = line?.split(separator: " ").last.flatMap({ Int($0) }), value >= bytes {
        return true
      }
      sched_yield()
    }
    return false
  }

  /// Waits until the process has used the processor for `seconds`, or has ended.
  func waitUntilBusy(seconds: Double) -> Bool {
    let ticks = Int(seconds * Double(sysconf(Int32(_SC_CLK_TCK))))
    while process.isRunning {
      // The name of the program, in parentheses, is the second field of proc_pid_stat(5).
      let text = (try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8)) ?? ""
      let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
      if fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]),
        user + system >= ticks
      {
        return true
      }
      sched_yield()
    }
    return false
  }

  func finish() throws -> Finished {
    isOver.wait()
    let isKilled = process.terminationReason == .uncaughtSignal
    let output = try Data(contentsOf: URL(fileURLWithPath: place.path(of: "out")))
    let errors = try Data(contentsOf: URL(fileURLWithPath: place.path(of: "err")))
    return Finished(
      status: isKilled ? -process.terminationStatus : process.terminationStatus,
      outputBytes: Array(output), errors: String(decoding: errors, as: UTF8.self))
  }
}

/// Runs another program, such as git or mount; nil when it is not there or fails.
@discardableResult
func tool(_ words: String..., in directory: String = "/") -> String? {
  guard let finished = try? Command(words, in: directory).finish(), finished.status == 0 else {
    return nil
  }
  return finished.output
}
