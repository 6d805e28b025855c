package import StoreIO
package import StorePrimitives

/// Who may use a store: the permission bits of all that is made in it, whatever the umask is.
///
/// The mode of its own directory tells: if its group may write there, the store is shared.
package struct StoreModes: Hashable, Sendable {
  package let directory: UInt32
  package let file: UInt32

  /// For one user.
  package static let own = StoreModes(directory: 0o700, file: 0o444)
  /// For all users of a group, which the set-group-id bit hands down to what is made below.
  package static let shared = StoreModes(directory: 0o2770, file: 0o440)

  private init(directory: UInt32, file: UInt32) {
    self.directory = directory
    self.file = file
  }

  /// The modes for the store whose directory has this status.
  package init(of status: FileStatus) { self = status.mode & 0o020 == 0 ? .own : .shared }
}

/// A store that travelled through git, or a copy that leaves out empty directories, has lost most
/// of its own. It reads as it is; whoever writes to it makes them again first.
extension DirectoryHandle {
  /// Makes every directory of a store that is missing, durably. `tmp` comes last: where that is,
  /// the others are.
  package func makeStoreDirectories() throws(StoreError) {
    let mode = try storeModes().directory
    for path in StoreLayout.directories where path != StoreLayout.temporary {
      _ = try makeDirectory(path, mode: mode)
    }
    for parent in StoreLayout.parents {
      try openDirectory(RelativePath(trusted: parent)).synchronize()
    }
    try synchronize()
    _ = try makeDirectory(StoreLayout.temporary, mode: mode)
  }

  /// The modes of what is made in this store.
  package func storeModes() throws(StoreError) -> StoreModes { StoreModes(of: try status()) }

  /// A file of the store that has no name yet: with this every write begins.
  package func createStoreFile() throws(StoreError) -> File {
    let mode = try storeModes().file
    do {
      return try createUnnamed(in: StoreLayout.temporary, mode: mode)
    } catch .system(let failure) where failure.isNotFound {
      try makeStoreDirectories()
      return try createUnnamed(in: StoreLayout.temporary, mode: mode)
    }
  }

  /// `link`, with the directories of the store made first when that of `path` is missing.
  package func linkMakingParent(
    _ file: File, as path: RelativePath
  ) throws(StoreError) -> Bool {
    do {
      return try link(file, as: path)
    } catch .system(let failure) where failure.isNotFound {
      try makeStoreDirectories()
      return try link(file, as: path)
    }
  }
}
