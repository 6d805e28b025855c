import ArtifactStore
import Foundation
import StorePrimitives
import Testing

/// A git repository around a workspace.
extension Bench {
  /// Runs git in the workspace, or in `directory` below it; nil when it fails.
  func tryGit(
    _ arguments: [String], in directory: String? = nil, environment: [String: String] = [:]
  ) throws -> Finished {
    let settings = [
      "user.name=Ada", "user.email=ada@example.org", "init.defaultBranch=main",
      "commit.gpgSign=false", "protocol.file.allow=always",
    ]
    return try Command(
      ["git"] + settings.flatMap { ["-c", $0] } + arguments,
      in: directory.map(full) ?? path, environment: environment
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

  /// Commits the lock and what git tracks already, and returns the id of the commit.
  @discardableResult
  func commitLock(
    _ message: String, in directory: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    try git("add", "-f", "reprostore.lock", in: directory, sourceLocation: sourceLocation)
    try git("commit", "-q", "-m", message, in: directory, sourceLocation: sourceLocation)
    return try git("rev-parse", "HEAD", in: directory, sourceLocation: sourceLocation)
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

  /// Adds paths and writes them into the lock of the workspace `directory`, with other pins.
  @discardableResult
  func pin(
    _ paths: String..., in directory: String? = nil, beside others: [LockedPin] = []
  ) throws -> [LockedPin] {
    var pins = others
    for path in paths {
      pins += try self.pins(of: try succeed("add", "--json", path, in: directory))
    }
    try writeLock(pins, in: directory ?? ".")
    return pins
  }

  /// The pins that `add --json` told of.
  func pins(of added: Finished) throws -> [LockedPin] {
    try added.objects("pin").map(Self.lockedPin)
  }

  private static func lockedPin(_ object: [String: any Sendable]) throws -> LockedPin {
    let text = try #require(object["path"] as? String)
    let path = try #require(PathText.unescape(text))
    let id = try #require(object["id"] as? String)
    let digest = try #require(Digest(hex: id.dropFirst("sha256:".count)))
    let bytes = try #require(object["bytes"] as? Int)
    let files = try #require(object["files"] as? Int)
    let isTree = object["kind"] as? String == "tree"
    return LockedPin(
      path: try RelativePath(path),
      target: isTree
        ? .tree(TreeID(digest)) : .blob(BlobID(digest), size: UInt64(bytes), executable: false),
      files: UInt64(files), bytes: UInt64(bytes))
  }
}
