import ArtifactStore
import Foundation
import Testing

/// A git repository around a workspace.
extension Bench {
  /// Runs git in the workspace, or in `directory` below it; nil when it fails.
  func tryGit(_ arguments: [String], in directory: String? = nil) throws -> Finished {
    let settings = [
      "user.name=Ada", "user.email=ada@example.org", "init.defaultBranch=main",
      "commit.gpgSign=false", "protocol.file.allow=always",
    ]
    return try Command(
      ["git"] + settings.flatMap { ["-c", $0] } + arguments,
      in: directory.map(full) ?? path
    ).finish()
  }

  /// Runs git, which must end with 0, and returns what it printed without the last line end.
  @discardableResult
  func git(
    _ arguments: String..., in directory: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let finished = try tryGit(arguments, in: directory)
    guard finished.status == 0 else {
      Issue.record("git \(arguments): \(finished.errors)", sourceLocation: sourceLocation)
      throw Failure()
    }
    return finished.output.trimmingCharacters(in: .newlines)
  }

  /// Commits all that git does not ignore, and returns the id of the commit.
  @discardableResult
  func commit(
    _ message: String, in directory: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    try git("add", "-A", in: directory, sourceLocation: sourceLocation)
    try git("commit", "-q", "-m", message, in: directory, sourceLocation: sourceLocation)
    return try git("rev-parse", "HEAD", in: directory, sourceLocation: sourceLocation)
  }

  /// Writes the lock of the workspace `directory` with these pins.
  func writeLock(_ pins: [LockedPin], in directory: String = ".") throws {
    var lock = Lock()
    for pin in pins { try lock.set(pin) }
    try write("\(directory)/reprostore.lock", LockFormat.text(of: lock))
  }
}
