package import StoreIO
package import StorePrimitives

/// Changes a workspace one name at a time, so that no byte is lost that changed since it was looked
/// at (rule 22).
///
/// What goes is first swapped or moved out under a name of the editor, where nobody finds it by its
/// path; then its status is held against the one that was planned with, and only then it is
/// removed. What does not fit is kept under `.reprostore/rescued/`. What comes and what goes lie
/// apart: so the next editor knows which leftovers of a killed one may be somebody's only copy.
package final class WorkspaceEditor<Directory: DirectoryHandle> {
  /// A file, link or empty directory that is known to be dispensable.
  package struct Dispensable: Sendable {
    package let status: FileStatus
    /// The blob, where a status does not show every change.
    package let blob: BlobID?
    /// Whether `status` tells every change since the bytes were read (`RacyRule`). Else what was
    /// moved out is hashed again.
    package let isSettled: Bool

    /// `start` is when reading began.
    package init(status: FileStatus, blob: BlobID?, readFrom start: Timestamp) {
      self.status = status
      self.blob = blob
      isSettled = RacyRule.isSettled(status, at: start)
    }
  }

  private static var rescueFolder: RelativePath {
    RelativePath(trusted: ".reprostore/rescued")
  }
  /// In the staging directory: what was moved out and is not known to be dispensable yet.
  private static var outgoingFolder: RelativePath { RelativePath(trusted: "outgoing") }

  /// What paths are relative to.
  package let root: Directory
  /// A directory below `root` for what comes.
  package let staging: Directory
  package private(set) var freedBytes: UInt64 = 0
  package private(set) var rescued: [RelativePath] = []
  private let stagingName: RelativePath
  private let workspace: Directory
  private let kind: FileSystemKind
  private let hasher = FileHasher<Directory>(Progress())
  private var outgoing = 0

  /// Rescues what a killed editor had moved out and removes what it had staged. `isHeld` says
  /// whether a blob can be had again: a file with such bytes need not be rescued.
  package init(
    in root: Directory, workspace: Directory,
    isHeld: (BlobID) throws(StoreError) -> Bool = { _ in false }
  ) throws(StoreError) {
    self.root = root
    self.workspace = workspace
    stagingName = PartialName.randomOfEditor()
    kind = try root.fileSystemKind()
    _ = try root.makeDirectory(stagingName, mode: 0o755)
    staging = try root.openDirectory(stagingName)
    _ = try staging.makeDirectory(Self.outgoingFolder, mode: 0o755)
    do throws(StoreError) {
      try removeLeftovers(isHeld)
    } catch {
      try? close()
      throw error
    }
  }

  /// Removes the directory of the editor and what never came. What was moved out and could be
  /// neither removed nor rescued stays there, for the next editor.
  package func close() throws(StoreError) {
    do throws(StoreError) {
      try staging.removeDirectory(Self.outgoingFolder)
    } catch .system(let failure) where failure.isNotFound {
      return try root.removeTree(stagingName)
    }
    try root.removeTree(stagingName)
  }

  /// Runs `body` with an editor and closes that whatever happens; the first error is the one that
  /// is thrown.
  package static func edit(
    _ root: Directory, workspace: Directory,
    isHeld: (BlobID) throws(StoreError) -> Bool,
    _ body: (WorkspaceEditor) throws(StoreError) -> Void
  ) throws(StoreError) -> WorkspaceEditor {
    let editor = try WorkspaceEditor(in: root, workspace: workspace, isHeld: isHeld)
    do throws(StoreError) {
      try body(editor)
    } catch {
      try? editor.close()
      throw error
    }
    try editor.close()
    return editor
  }

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
    // From the moment of the swap the name stands for what went, so it is one of those before.
    let aside = nextOutgoing()
    _ = try staging.rename(name, to: aside, in: staging, replacing: false)
    do throws(StoreError) {
      try staging.exchange(aside, with: path, in: root)
    } catch {
      _ = try? staging.rename(aside, to: name, in: staging, replacing: false)
      // Somebody removed it: the place is free.
      guard case .system(let failure) = error, failure.isNotFound else { throw error }
      return try place(name, at: path)
    }
    try dispose(of: aside, from: path, old)
  }

  // MARK: Going

  /// Removes the file or link `path`.
  package func remove(_ path: RelativePath, losing old: Dispensable) throws(StoreError) {
    let name = nextOutgoing()
    do throws(StoreError) {
      guard try root.rename(path, to: name, in: staging, replacing: false) else { return }
    } catch .system(let failure) where failure.isNotFound {
      return  // Somebody was faster.
    }
    try dispose(of: name, from: path, old)
  }

  private func nextOutgoing() -> RelativePath {
    outgoing += 1
    return RelativePath(trusted: "\(Self.outgoingFolder)/\(outgoing)")
  }

  private func dispose(
    of name: RelativePath, from path: RelativePath, _ old: Dispensable
  ) throws(StoreError) {
    guard try isAsPlanned(name, old) else { return try rescue(name, in: staging, from: path) }
    switch old.status.kind {
    case .directory:
      guard try staging.removeIfEmpty(name) else {
        return try rescue(name, in: staging, from: path)
      }
    case .file:
      // How much is freed is not worth an error, as for a file that this user may not read.
      let freed = try? staging.openFile(name).usage().freedBytes
      try staging.removeFile(name)
      freedBytes += freed ?? 0
    default: try staging.removeFile(name)
    }
  }

  /// Whether what was moved out is still what was looked at. The rename itself changes the ctime.
  private func isAsPlanned(
    _ name: RelativePath, _ old: Dispensable
  ) throws(StoreError) -> Bool {
    guard let found = try staging.status(name), found.isSameButForRename(old.status) else {
      return false
    }
    guard let blob = old.blob, kind == .memory || !old.isSettled else { return true }
    return try hasher.hash(try staging.openFile(name)) == blob
  }

  /// Keeps `name` in `directory`, which stood at `path`.
  private func rescue(
    _ name: RelativePath, in directory: Directory, from path: RelativePath
  ) throws(StoreError) {
    _ = try workspace.makeDirectory(RelativePath(trusted: ".reprostore"), mode: 0o755)
    _ = try workspace.makeDirectory(Self.rescueFolder, mode: 0o755)
    while true {
      let first = "\(Nonce.random().hex.prefix(8))-"
      let last = Array(first.utf8) + path.name.suffix(Limits.componentBytes - first.utf8.count)
      let file = try RelativePath.checked([last[...]], below: Self.rescueFolder)
      do throws(StoreError) {
        guard try directory.rename(name, to: file, in: workspace, replacing: false) else {
          continue
        }
        rescued.append(file)
      } catch .system(let failure) where failure.isOtherFileSystem {
        // The data are elsewhere, by a link: beside the file then.
        let beside = try RelativePath.checked([file.name], below: path.parent)
        guard try directory.rename(name, to: beside, in: root, replacing: false) else { continue }
        rescued.append(beside)
      }
      return
    }
  }

  // MARK: Leftovers

  /// Rescues and removes what killed editors left in `root`; returns what was rescued.
  package static func tidy(
    _ root: Directory, workspace: Directory, isHeld: (BlobID) throws(StoreError) -> Bool
  ) throws(StoreError) -> [RelativePath] {
    let isTidy = try !root.entries().contains { PartialName.isOfEditor($0.name) }
    guard !isTidy else { return [] }
    return try edit(root, workspace: workspace, isHeld: isHeld) { _ in }.rescued
  }

  private func removeLeftovers(_ isHeld: (BlobID) throws(StoreError) -> Bool) throws(StoreError) {
    for entry in try root.entries() where PartialName.isOfEditor(entry.name) {
      let name = try RelativePath.checked([entry.name[...]], below: nil)
      guard name != stagingName else { continue }
      if try root.status(name)?.kind == .directory {
        try rescueOutgoing(of: try root.openDirectory(name), isHeld)
      }
      try root.removeTree(name)
    }
  }

  /// Nobody knows any more what the killed editor had planned with: all is kept that is not held.
  private func rescueOutgoing(
    of leftover: Directory, _ isHeld: (BlobID) throws(StoreError) -> Bool
  ) throws(StoreError) {
    guard try leftover.status(Self.outgoingFolder)?.kind == .directory else { return }
    let folder = try leftover.openDirectory(Self.outgoingFolder)
    for entry in try folder.entries() {
      let name = try RelativePath.checked([entry.name[...]], below: nil)
      switch try folder.status(name)?.kind {
      case .directory? where try folder.removeIfEmpty(name): continue
      case .file?:
        // One that cannot be read is nobody's to throw away.
        if let blob = try? hasher.hash(try folder.openFile(name)), try isHeld(blob) { continue }
        try rescue(name, in: folder, from: name)
      default: try rescue(name, in: folder, from: name)
      }
    }
  }

  // MARK: Directories

  /// Removes the directories above `path` that are empty now.
  package func prune(above path: RelativePath) throws(StoreError) {
    var parent = path.parent
    while let directory = parent {
      do throws(StoreError) {
        guard try root.removeIfEmpty(directory) else { return }
      } catch .system(let failure) where failure.isNotFound {
        return
      }
      parent = directory.parent
    }
  }
}

extension FileStatus {
  fileprivate func isSameButForRename(_ other: FileStatus) -> Bool {
    kind == other.kind && inode == other.inode && device == other.device && mode == other.mode
      && (kind == .directory || modified == other.modified) && (kind != .file || size == other.size)
  }
}

extension DirectoryHandle {
  /// Removes the directory `path`; false when something is in it.
  func removeIfEmpty(_ path: RelativePath) throws(StoreError) -> Bool {
    do throws(StoreError) {
      try removeDirectory(path)
      return true
    } catch .system(let failure) where failure.isNotEmpty {
      return false
    }
  }

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
