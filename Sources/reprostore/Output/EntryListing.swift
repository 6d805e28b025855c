import ArtifactStore
import StoreIO
import StorePrimitives

/// Lists what is in a version of a directory.
struct EntryListing {
  let isRecursive: Bool
  let isLong: Bool
  let console: Console

  /// One line of the listing.
  private struct Row {
    var name: String
    var kind: String
    var files: UInt64
    var bytes: UInt64
    var content: TreeEntry.Content?
  }

  func render(_ found: ResolvedName, in store: LocalStore) throws(StoreError) {
    switch found.target {
    case .tree(let tree): try render(tree, at: found.inner, in: store)
    case .blob(let blob, let size, let executable):
      _ = try store.file(found)
      let name = found.record?.path ?? RelativePath(trusted: blob.digest.hex)
      let content = TreeEntry.Content.file(blob, size: size, executable: executable)
      try write([Self.row(name.description, content)])
    case .manifest, .session: throw .noSuchEntry(path: found.ref?.description ?? "it")
    }
  }

  private func render(
    _ tree: TreeID, at directory: RelativePath?, in store: LocalStore
  ) throws(StoreError) {
    var rows: [Row] = []
    try store.list(tree, at: directory) { (entry) throws(StoreError) in
      guard !isRecursive else {
        guard isLong else { return try stream(Self.row(entry.path.description, entry.content)) }
        rows.append(Self.row(entry.path.description, entry.content))
        return
      }
      Self.collect(entry, in: directory, into: &rows)
    }
    try write(rows)
  }

  /// Takes `entry` in as a row of one directory: what lies deeper is summed up. Entries come in
  /// path order, so those of a directory are neighbours.
  private static func collect(
    _ entry: TreeEntry, in directory: RelativePath?, into rows: inout [Row]
  ) {
    let components = entry.path.components
    let depth = directory?.components.count ?? 0
    guard components.count > depth else {
      // The path that was asked for is itself a file, a link or an empty directory.
      if entry.content != .emptyDirectory {
        rows.append(row(entry.path.description, entry.content))
      }
      return
    }
    let name = PathText.escape(Array(components[depth]))
    guard components.count > depth + 1 || entry.content == .emptyDirectory else {
      rows.append(row(name, entry.content))
      return
    }
    let files: UInt64 = entry.content == .emptyDirectory ? 0 : 1
    if let last = rows.last, last.kind == "dir", last.name == name + "/" {
      rows[rows.count - 1].files += files
      rows[rows.count - 1].bytes += entry.size
    } else {
      rows.append(Row(name: name + "/", kind: "dir", files: files, bytes: entry.size))
    }
  }

  private static func row(_ name: String, _ content: TreeEntry.Content) -> Row {
    switch content {
    case .file(_, let size, let executable):
      Row(name: name, kind: executable ? "exec" : "file", files: 1, bytes: size, content: content)
    case .symbolicLink: Row(name: name, kind: "link", files: 1, bytes: 0, content: content)
    case .emptyDirectory: Row(name: name + "/", kind: "dir", files: 0, bytes: 0)
    }
  }

  // MARK: Lines

  private func stream(_ row: Row) throws(StoreError) {
    try console.result(Words.printable(row.name))
    if console.isJSON { try console.object(object(row)) }
  }

  private func write(_ rows: [Row]) throws(StoreError) {
    guard isLong, !console.isJSON else {
      for row in rows { try stream(row) }
      return
    }
    var table = Table([.left, .right, .left, .left])
    for row in rows {
      table.add([row.kind, Words.size(row.bytes), shortID(row), longName(row)])
    }
    for line in table.lines() { try console.result(line) }
  }

  private func shortID(_ row: Row) -> String {
    switch row.content {
    case .file(let blob, _, _): String(blob.digest.hex.prefix(12))
    case .symbolicLink: "-"
    case .emptyDirectory, nil: Words.files(row.files)
    }
  }

  private func longName(_ row: Row) -> String {
    guard case .symbolicLink(let target)? = row.content else { return Words.printable(row.name) }
    return Words.printable("\(row.name) -> \(PathText.escape(target))")
  }

  private func object(_ row: Row) -> [(String, JSONValue)] {
    switch row.content {
    case .file(let blob, let size, let executable):
      [
        ("type", .string("file")), ("path", .string(row.name)), ("bytes", .unsigned(size)),
        ("id", .string("\(blob)")), ("executable", .bool(executable)),
      ]
    case .symbolicLink(let target):
      [
        ("type", .string("link")), ("path", .string(row.name)),
        ("target", .string(PathText.escape(target))),
      ]
    case .emptyDirectory, nil:
      [
        ("type", .string("directory")), ("path", .string(String(row.name.dropLast()))),
        ("files", .unsigned(row.files)), ("bytes", .unsigned(row.bytes)),
      ]
    }
  }
}
