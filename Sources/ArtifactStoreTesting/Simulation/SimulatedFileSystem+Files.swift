import StoreIO
package import StorePrimitives

// What tests use to set a scene and to look at the result.
extension SimulatedFileSystem {
  /// Makes files with their directories, or gives new bytes to those that are there, and then all
  /// of the file system durable. Fails as the calls do.
  package func populate(_ files: [String: [UInt8]]) throws(StoreError) {
    for (text, bytes) in files.sorted(by: { $0.key < $1.key }) {
      let path = try relativePath(text)
      try makeDirectories(path.parent)
      if try root.status(path) != nil { try root.removeFile(path) }
      try root.createFile(path, mode: 0o644).write(bytes.span, at: 0)
    }
    makeDurable()
  }

  private func makeDirectories(_ path: RelativePath?) throws(StoreError) {
    guard let path else { return }
    try makeDirectories(path.parent)
    _ = try root.makeDirectory(path, mode: 0o755)
  }

  private func relativePath(_ text: String) throws(StoreError) -> RelativePath {
    do throws(PathError) { return try RelativePath(text) } catch {
      throw .badPath(path: text, error)
    }
  }

  /// The bytes of every file, by path; a path that is no UTF-8 is escaped.
  package var files: [String: [UInt8]] {
    let tree = read { $0.tree }
    var files: [String: [UInt8]] = [:]
    tree.visit { path, inode in
      if inode.kind == .file { files[path] = inode.content.bytes }
    }
    return files
  }

  /// Every path below the root, sorted; that of a directory ends with a slash.
  package var paths: [String] {
    let tree = read { $0.tree }
    var paths: [String] = []
    tree.visit { path, inode in paths.append(path + (inode.kind == .directory ? "/" : "")) }
    return paths.sorted()
  }
}

extension FileTree {
  fileprivate func visit(_ body: (String, Inode) -> Void) {
    var pending: [(directory: InodeNumber, prefix: String)] = [(FileTree.root, "")]
    while let (directory, prefix) = pending.popLast() {
      for (name, child) in self[directory]?.entries ?? [:] {
        guard let inode = self[child] else { continue }
        let path = prefix + PathText.escape(name)
        body(path, inode)
        if inode.kind == .directory { pending.append((child, path + "/")) }
      }
    }
  }
}
