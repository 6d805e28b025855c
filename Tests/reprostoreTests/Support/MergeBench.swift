import ArtifactStore
import StorePrimitives
import Testing

/// A workspace in a git repository, for merges of its lock.
final class MergeBench: Sendable {
  let bench: Bench
  /// The workspace in the repository; empty for the top.
  let directory: String

  /// Makes the repository and the workspace, with git told to run the driver if asked for.
  init(in directory: String = "", hasDriver: Bool = false, initialised: Bool = true) throws {
    self.directory = directory
    bench = try Bench(initialised: false)
    if !directory.isEmpty { try bench.makeDirectory(directory) }
    try git("init", "-q", "-b", "main")
    for (key, value) in [("user.name", "Ada"), ("user.email", "ada@example.org")] {
      try git("config", key, value)
    }
    try git("config", "commit.gpgSign", "false")
    if hasDriver {
      try git("config", "merge.reprostore.name", "lock")
      try git("config", "merge.reprostore.driver", "'\(Program.path)' merge-lock %O %A %B %P")
      try bench.write(".gitattributes", "reprostore.lock merge=reprostore\n")
    }
    guard initialised else { return }
    try succeed("init")
    try bench.write(".gitignore", "data*\n.reprostore/store\n")
    try commit()
  }

  /// Where a file of the workspace is, from the top.
  func place(_ name: String) -> String { directory.isEmpty ? name : "\(directory)/\(name)" }

  /// Runs git at the top; nil when it fails.
  func tryGit(_ arguments: [String]) throws -> String? {
    let finished = try Command(["git"] + arguments, in: bench.path).finish()
    return finished.status == 0 ? finished.output : nil
  }

  @discardableResult
  func git(
    _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    try #require(try tryGit(arguments), "\(arguments)", sourceLocation: sourceLocation)
  }

  func commit() throws {
    try git("add", "-A")
    try git("commit", "-q", "--allow-empty", "-m", "commit")
  }

  @discardableResult
  func succeed(
    _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Finished {
    let finished = try run(arguments)
    try #require(finished.status == 0, "\(finished.errors)", sourceLocation: sourceLocation)
    return finished
  }

  func run(_ arguments: [String]) throws -> Finished {
    try Program.run(arguments, in: bench.full(directory.isEmpty ? "." : directory))
  }

  // MARK: Pins

  /// Stores a directory with these files and nothing else.
  func pin(_ path: String, _ files: [String: String]) throws -> LockedPin {
    tool("rm", "-rf", bench.full(place(path)))
    try bench.makeDirectory(place(path))
    for (name, text) in files { try bench.write(place("\(path)/\(name)"), text) }
    let added = try #require(try succeed("add", path, "--json").objects("pin").first)
    let id = try #require(added["id"] as? String).dropFirst("sha256:".count)
    return LockedPin(
      path: RelativePath(trusted: path), target: .tree(TreeID(try #require(Digest(hex: id)))),
      files: UInt64(try #require(added["files"] as? Int)),
      bytes: UInt64(try #require(added["bytes"] as? Int)))
  }

  func writeLock(_ pins: [LockedPin]) throws {
    var lock = Lock()
    for pin in pins { try lock.set(pin) }
    try bench.write(place("reprostore.lock"), LockFormat.text(of: lock))
  }

  func lock() throws -> Lock {
    try LockFormat.parse(try bench.bytes(place("reprostore.lock")), path: "reprostore.lock")
  }

  var lockText: String {
    get throws { String(decoding: try bench.bytes(place("reprostore.lock")), as: UTF8.self) }
  }

  /// The files of what is pinned at `path`, with their texts.
  func files(_ path: String) throws -> [String: String] {
    let pin = try #require(try lock()[RelativePath(trusted: path)])
    let id = try #require(pin.target.digest).hex
    var files: [String: String] = [:]
    for name in try succeed("ls", "-r", "sha256:\(id)").lines {
      files[name] = try succeed("cat", "sha256:\(id):\(name)").output
    }
    #expect(pin.files == UInt64(files.count))
    #expect(pin.bytes == UInt64(files.values.reduce(0) { $0 + $1.utf8.count }))
    return files
  }

  /// Commits `base`, then `ours` on main and `theirs` on a branch, and stays on main.
  func diverge(_ base: [LockedPin], _ ours: [LockedPin], _ theirs: [LockedPin]) throws {
    try writeLock(base)
    try commit()
    try git("checkout", "-q", "-b", "other")
    try writeLock(theirs)
    try commit()
    try git("checkout", "-q", "main")
    try writeLock(ours)
    try commit()
  }

  /// Whether git merges the branch by itself.
  func merge() throws -> Bool { try tryGit(["merge", "-q", "--no-edit", "other"]) != nil }
}
