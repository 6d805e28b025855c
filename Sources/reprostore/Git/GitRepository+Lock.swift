import ArtifactStore
import StoreIO
import StorePrimitives

/// The lock file of the workspace in the history of its repository.
extension GitRepository {
  /// The three sides of the lock while a merge is in conflict; nil for a side that has no lock.
  struct Stages: Equatable {
    /// Of the commit that both sides come from.
    var base: [UInt8]?
    /// Of the commit that is checked out.
    var ours: [UInt8]?
    /// Of the commit that is merged into it.
    var theirs: [UInt8]?
  }

  /// A commit that changed the lock.
  struct LockCommit {
    /// The whole id.
    let id: String
    /// When it was made, as its committer's clock said.
    let time: Timestamp
    /// The name of its author; text of others.
    let author: String
    /// The first line of its message; text of others.
    let subject: String
    /// Its lock; nil when it took the lock away.
    let lock: Object?
    /// The locks of its parents; nil for a parent without one.
    let parentLocks: [Object?]
  }

  /// The name of the lock at a commit: `./` is where git runs, which is the workspace.
  private static func lockName(at commit: String) -> String { "\(commit):./\(Lock.fileName)" }

  /// What the lock pins at `revision`: a commit, branch, tag or what else git takes for a commit.
  ///
  /// - Throws: a `UserMessage` when git knows no such commit or it has no lock, and
  ///   `StoreError.badLock`.
  func lock(at revision: String) throws -> Lock {
    guard let commit = try commit(revision) else { throw GitErrors.unknownRevision(revision) }
    return try lock(at: revision, commit: commit)
  }

  /// The lock of `commit`, a whole id; `revision` is how the user called it.
  func lock(at revision: String, commit: String) throws -> Lock {
    guard let object = try objects([Self.lockName(at: commit)]).first ?? nil, object.kind == "blob"
    else { throw GitErrors.noLock(at: revision, commit) }
    var lock = Lock()
    let shown = "\(revision):\(Lock.fileName)"
    guard object.size <= Limits.lockBytes else {
      throw StoreError.badLock(path: shown, line: 1, .malformed("it is no text of a fair size"))
    }
    try forEachContent(of: [object]) { _, bytes in
      lock = try LockFormat.parse(Array(bytes), path: shown)
    }
    return lock
  }

  /// The sides of the lock that git keeps while a merge of it is in conflict; nil when it is in no
  /// conflict.
  func stages() throws -> Stages? {
    let output = try output(["ls-files", "--unmerged", "-z"], paths: [Lock.fileName])
    var stages = Stages()
    let entries = output.split(separator: 0)
    guard !entries.isEmpty else { return nil }
    for entry in entries {
      // <mode> <id> <stage> TAB <path>
      let words = entry.prefix { $0 != UInt8(ascii: "\t") }.split(separator: UInt8(ascii: " "))
      guard words.count == 3 else { throw GitErrors.malformed("ls-files") }
      let bytes = try content(of: String(decoding: words[1], as: UTF8.self))
      switch words[2].first {
      case UInt8(ascii: "1"): stages.base = bytes
      case UInt8(ascii: "2"): stages.ours = bytes
      case UInt8(ascii: "3"): stages.theirs = bytes
      default: throw GitErrors.malformed("ls-files")
      }
    }
    return stages
  }

  private func content(of id: String) throws -> [UInt8] {
    guard GitCommitID.isWhole(id), let object = try objects([id]).first ?? nil,
      object.kind == "blob", object.size <= Limits.lockBytes
    else { throw GitErrors.malformed("cat-file") }
    var content: [UInt8] = []
    try forEachContent(of: [object]) { content = Array($1) }
    return content
  }

  // MARK: History

  /// The commits on any branch, tag, stash or other ref that changed the lock, newest first. A
  /// merge counts when its lock is that of none of its parents.
  func lockHistory() throws -> [LockCommit] {
    // Every commit counts, also on a side that a merge did away with.
    let output = try output(
      [
        "-c", "log.follow=false", "log", "--all", "--full-history", "--date-order", "-z",
        "--no-color", "--no-patch", "--encoding=UTF-8",
        "--format=tformat:%H%x00%P%x00%ct%x00%an%x00%s",
      ], paths: [Lock.fileName])
    let fields = output.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
    let count = 5
    guard fields.count.isMultiple(of: count) else { throw GitErrors.malformed("log") }
    let rows = stride(from: 0, to: fields.count, by: count).map { fields[$0..<$0 + count] }
    // The commit and its parents.
    let families = rows.map { row in
      [row[row.startIndex]] + row[row.startIndex + 1].split(separator: " ").map(String.init)
    }
    guard families.joined().allSatisfy({ GitCommitID.isWhole($0) }) else {
      throw GitErrors.malformed("log")
    }
    var locks = try objects(families.joined().map(Self.lockName))[...]
    return zip(rows, families).compactMap { row, family in
      let own = locks.prefix(family.count).map { $0?.kind == "blob" ? $0 : nil }
      locks = locks.dropFirst(family.count)
      guard !own.dropFirst().contains(own[0]) else { return nil }
      return Self.lockCommit(Array(row), own)
    }
  }

  private static func lockCommit(_ fields: [String], _ locks: [Object?]) -> LockCommit {
    LockCommit(
      id: fields[0], time: Timestamp(seconds: Int64(fields[2]) ?? 0, nanoseconds: 0),
      author: fields[3], subject: fields[4], lock: locks[0],
      parentLocks: Array(locks.dropFirst()))
  }

  /// Calls `body` with the bytes of each different lock of `history` and of the parents, once.
  func forEachLock(
    of history: [LockCommit], _ body: (Object, ArraySlice<UInt8>) throws -> Void
  ) throws {
    var seen: Set<Object> = []
    let locks = history.flatMap { [$0.lock] + $0.parentLocks }.compactMap(\.self)
      .filter { $0.size <= Limits.lockBytes && seen.insert($0).inserted }
    try forEachContent(of: locks, body)
  }
}
