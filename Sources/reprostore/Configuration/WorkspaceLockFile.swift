import ArtifactStore
import StoreIO
import StorePrimitives

/// The file `reprostore.lock` as bytes.
enum WorkspaceLockFile {
  /// What is in the file; nil when there is none.
  static func read(in workspace: Workspace) throws(StoreError) -> [UInt8]? {
    guard try workspace.root.status(Lock.fileName) != nil else { return nil }
    return try read(Lock.fileName, in: workspace.root)
  }

  /// What is in a lock file elsewhere. One byte more than a lock may have shows that it is too
  /// long.
  static func read(
    _ path: RelativePath, in directory: LinuxDirectory
  ) throws(StoreError) -> [UInt8] {
    let file = try directory.openFile(path)
    let size = try file.status().size
    return try file.read(Int(min(size, UInt64(Limits.lockBytes) + 1)), at: 0)
  }

  /// Puts `text` in the place of what the file holds, in one step and durably.
  static func write(_ text: String, in workspace: Workspace) throws(StoreError) {
    let file = try workspace.root.createUnnamed(in: Workspace.folder, mode: 0o644)
    try file.write(Array(text.utf8).span, at: 0)
    try file.synchronize()
    let name = Array("lock-\(Nonce.random().hex)".utf8)
    let temporary = try RelativePath.checked([name[...]], below: Workspace.folder)
    _ = try workspace.root.link(file, as: temporary)
    _ = try workspace.root.rename(
      temporary, to: Lock.fileName, in: workspace.root, replacing: true)
    try workspace.root.synchronize()
  }
}
