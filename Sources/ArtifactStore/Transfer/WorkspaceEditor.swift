package import StoreIO
package import StorePrimitives

/// Changes a workspace one name at a time, so that no byte is lost that changed since it was looked
/// at (rule 22).
///
/// What goes is first swapped or moved out under a name of the editor, where nobody finds it by its
/// path; then its status is held against the one that was planned with, and only then it is
/// removed. What does not fit is kept under `.reprostore/rescued/`.
package final class WorkspaceEditor<Directory: DirectoryHandle> {
  /// A file, link or empty directory that is known to be dispensable.
  package struct Dispensable: Sendable {
    package let status: FileStatus
    /// The blob, where a status does not show every change.
    package let blob: BlobID?

    package init(status: FileStatus, blob: BlobID?) {
      self.status = status
      self.blob = blob
    }
  }

  private static var rescueFolder: RelativePath {
    RelativePath(trusted: ".reprostore/rescued")
  }

  /// What paths are relative to.
  package let root: Directory
  /// A directory below `root` for what comes and what goes.
  package let staging: Directory
  package private(set) var freedBytes: UInt64 = 0
  package private(set) var rescued: [RelativePath] = []
  private let stagingName: RelativePath
  private let workspace: Directory
  private let kind: FileSystemKind
  private let hasher = FileHasher<Directory>(Progress())
  private var outgoing = 0

  package init(in root: Directory, workspace: Directory) throws(StoreError) {
    self.root = root
    self.workspace = workspace
    stagingName = PartialName.random()
    kind = try root.fileSystemKind()
    for entry in try root.entries() where PartialName.matches(entry.name) {
      try root.removeTree(try RelativePath.checked([entry.name[...]], below: nil))
    }
    _ = try root.makeDirectory(stagingName, mode: 0o755)
    staging = try root.openDirectory(stagingName)
  }

  /// Removes the directory of the editor and what never came.
  package func close() throws(StoreError) { try root.removeTree(stagingName) }

  // MARK: Coming

  /// Gives what is staged as `name` the name `path`, which nothing has.
  package func place(_ name: RelativePath, at path: RelativePath) throws(StoreError) {
    guard try staging.rename(name, to: path, in: root, replacing: false) else {
      throw .inTheWay(path: path.description, kind: "file that appeared meanwhile")
    }
  }

  /// Puts what is staged as `name` in the place of `path`.
  package func replace(
    _ path: RelativePath, with name: RelativePath, losing old: Dispensable
  ) throws(StoreError) {
    try staging.exchange(name, with: path, in: root)
    try dispose(of: name, from: path, old)
  }

  // MARK: Going

  /// Removes the file or link `path`.
  package func remove(_ path: RelativePath, losing old: Dispensable) throws(StoreError) {
    outgoing += 1
    let name = RelativePath(trusted: "out-\(outgoing)")
    do throws(StoreError) {
      guard try root.rename(path, to: name, in: staging, replacing: false) else { return }
    } catch .system(let failure) where failure.isNotFound {
      return  // Somebody was faster.
    }
    try dispose(of: name, from: path, old)
  }

  private func dispose(
    of name: RelativePath, from path: RelativePath, _ old: Dispensable
  ) throws(StoreError) {
    guard try isAsPlanned(name, old) else { return try rescue(name, from: path) }
    switch old.status.kind {
    case .directory: return try staging.removeDirectory(name)
    case .file: freedBytes += try staging.openFile(name).usage().freedBytes
    default: break
    }
    try staging.removeFile(name)
  }

  /// Whether what was moved out is still what was looked at. The rename itself changes the ctime.
  private func isAsPlanned(
    _ name: RelativePath, _ old: Dispensable
  ) throws(StoreError) -> Bool {
    guard let found = try staging.status(name), found.isSameButForRename(old.status) else {
      return false
    }
    guard kind == .memory, let blob = old.blob else { return true }
    return try hasher.hash(try staging.openFile(name)) == blob
  }

  private func rescue(_ name: RelativePath, from path: RelativePath) throws(StoreError) {
    _ = try workspace.makeDirectory(RelativePath(trusted: ".reprostore"), mode: 0o755)
    _ = try workspace.makeDirectory(Self.rescueFolder, mode: 0o755)
    let last = "\(Nonce.random().hex.prefix(8))-"
    let file = try RelativePath.checked(
      [(Array(last.utf8) + path.name.suffix(Limits.componentBytes - last.utf8.count))[...]],
      below: Self.rescueFolder)
    do throws(StoreError) {
      _ = try staging.rename(name, to: file, in: workspace, replacing: false)
      rescued.append(file)
    } catch .system(let failure) where failure.isOtherFileSystem {
      // The data are elsewhere, by a link: beside the file then.
      let beside = try RelativePath.checked([file.name], below: path.parent)
      _ = try staging.rename(name, to: beside, in: root, replacing: false)
      rescued.append(beside)
    }
  }

  // MARK: Directories

  /// Removes the directories above `path` that are empty now.
  package func prune(above path: RelativePath) throws(StoreError) {
    var parent = path.parent
    while let directory = parent {
      do throws(StoreError) {
        try root.removeDirectory(directory)
      } catch .system(let failure) where failure.isNotEmpty || failure.isNotFound {
        return
      }
      parent = directory.parent
    }
  }
}

extension FileStatus {
  fileprivate func isSameButForRename(_ other: FileStatus) -> Bool {
    kind == other.kind && inode == other.inode && device == other.device && mode == other.mode
      && (kind != .file || size == other.size && modified == other.modified)
  }
}

extension DirectoryHandle {
  /// Makes `path` and the directories above it that are missing.
  func makeDirectories(_ path: RelativePath?) throws(StoreError) {
    guard let path else { return }
    if let status = try status(path) {
      guard status.kind == .directory else {
        throw .inTheWay(path: path.description, kind: "\(status.kind)")
      }
      return
    }
    try makeDirectories(path.parent)
    _ = try makeDirectory(path, mode: 0o755)
  }
}
