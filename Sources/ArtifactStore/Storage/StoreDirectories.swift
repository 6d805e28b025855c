package import StoreIO
package import StorePrimitives

/// A store that travelled through git, or a copy that leaves out empty directories, has lost most
/// of its own. It reads as it is; whoever writes to it makes them again first.
extension DirectoryHandle {
  /// Makes every directory of a store that is missing, durably. `tmp` comes last: where that is,
  /// the others are.
  package func makeStoreDirectories() throws(StoreError) {
    for path in StoreLayout.directories where path != StoreLayout.temporary {
      _ = try makeDirectory(path, mode: 0o700)
    }
    for parent in StoreLayout.parents {
      try openDirectory(RelativePath(trusted: parent)).synchronize()
    }
    try synchronize()
    _ = try makeDirectory(StoreLayout.temporary, mode: 0o700)
  }

  /// A file of the store that has no name yet: with this every write begins.
  package func createStoreFile() throws(StoreError) -> File {
    do {
      return try createUnnamed(in: StoreLayout.temporary, mode: 0o444)
    } catch .system(let failure) where failure.isNotFound {
      try makeStoreDirectories()
      return try createUnnamed(in: StoreLayout.temporary, mode: 0o444)
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
