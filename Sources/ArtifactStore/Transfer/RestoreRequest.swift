package import StoreIO
package import StorePrimitives

/// What a `restore` shall write, and where.
package struct RestoreRequest<Directory: DirectoryHandle>: Sendable {
  package let source: ResolvedName
  /// The directory that will hold the destination.
  package let parent: Directory
  /// The name of the destination in `parent`: absent, or an empty directory.
  package let name: RelativePath
  /// The name of the file in the destination when the source is a single file.
  package let fileName: RelativePath
  /// Threads that read, check and write.
  package var workers = 1
  /// How files share the bytes of the store.
  package var linking = LinkMode.automatic

  package init(
    source: ResolvedName, parent: Directory, name: RelativePath, fileName: RelativePath
  ) {
    self.source = source
    self.parent = parent
    self.name = name
    self.fileName = fileName
  }
}
