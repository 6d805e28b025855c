import ArtifactStore
import StoreIO
import StorePrimitives

/// Changes of the files of a workspace that several commands may want to change at once.
extension Workspace {
  /// Held while one of them is changed.
  private static let guardian = RelativePath(trusted: ".reprostore/update.lock")

  /// Runs `body` while no other command of this machine is in a `body` of this workspace.
  func alone<Result>(_ body: () throws -> Result) throws -> Result {
    let file = try root.openExclusively(Self.guardian, mode: 0o644)
    defer { _ = file }
    return try body()
  }

  /// Reads the lock, lets `body` change it and writes it, in one step for everybody else. Nothing
  /// is written when nothing changed.
  func updateLock<Result>(_ body: (inout Lock) throws -> Result) throws -> Result {
    try alone {
      let old = try lock()
      var new = old
      let result = try body(&new)
      let isThere = try root.status(Lock.fileName) != nil
      if new != old || !isThere {
        try replace(Lock.fileName, with: Array(LockFormat.text(of: new).utf8))
      }
      return result
    }
  }

  /// Replaces the file `path` by one with `bytes`, durably: whoever looks sees the old or the new
  /// one. Who may read and write it stays: a working copy may belong to a group.
  func replace(_ path: RelativePath, with bytes: [UInt8]) throws(StoreError) {
    let name = RelativePath(trusted: ".reprostore/\(Nonce.random().hex).tmp")
    let file = try root.createFile(name, mode: 0o644)
    do throws(StoreError) {
      if let old = try root.status(path), old.kind == .file { try file.setMode(old.mode & 0o666) }
      try file.write(bytes.span, at: 0)
      try file.synchronize()
      _ = try root.rename(name, to: path, in: root, replacing: true)
    } catch {
      try? root.removeFile(name)
      throw error
    }
    let parent = try path.parent.map { (path) throws(StoreError) in try root.openDirectory(path) }
    try (parent ?? root).synchronize()
  }

  /// The bytes of a small file of the workspace; nil when it is not there.
  func contents(of path: RelativePath, limit: Int) throws(StoreError) -> [UInt8]? {
    guard let status = try root.status(path) else { return nil }
    return try root.openFile(path).read(Int(min(status.size, UInt64(limit))), at: 0)
  }
}
