package import StoreIO
package import StorePrimitives

/// One path of a source as the scan saw it.
package struct ScannedEntry<Directory: DirectoryHandle>: Sendable {
  package enum Kind: Sendable {
    case file, emptyDirectory
    case symbolicLink(target: [UInt8])
  }

  /// Relative to the pin.
  package let path: RelativePath
  package let kind: Kind
  package let status: FileStatus
  /// Where the file is opened: below `directory`.
  package let directory: Directory
  package let name: RelativePath
}

/// Everything below one pin, in path order.
package struct ScannedTree<Directory: DirectoryHandle>: Sendable {
  package var entries: [ScannedEntry<Directory>] = []
  package var skipped: [Skipped] = []
  package var suspicious: [RelativePath] = []
  package var leavingLinks: [RelativePath] = []

  /// Bytes of all files.
  package var bytes: UInt64 { entries.reduce(0) { $0 + $1.status.size } }
}

/// Walks a directory: names and stats, no content.
///
/// Depth first in path order, one directory open a level. Rules: `.git`, `.reprostore` and their
/// look-alikes are refused unless an ignore rule leaves them out; other kinds of files are reported;
/// links are kept or counted as `AddRequest.LeavingLinks` says.
package struct Scanner<Directory: DirectoryHandle> {
  private let request: AddRequest<Directory>
  private let pin: AddRequest<Directory>.Pin
  private let store: FileStatus
  private let storePath: String
  private let progress: Progress
  private var tree = ScannedTree<Directory>()
  /// The directories that are open, for links that lead back to one of them.
  private var open: [FileStatus] = []

  /// `store` and `storePath` tell what must not be stored: the store itself.
  package init(
    _ pin: AddRequest<Directory>.Pin, of request: AddRequest<Directory>, store: FileStatus,
    storePath: String, progress: Progress
  ) {
    self.pin = pin
    self.request = request
    self.store = store
    self.storePath = storePath
    self.progress = progress
  }

  /// The entries of `directory` and everything below.
  package consuming func scan(
    _ directory: Directory
  ) throws(StoreError) -> ScannedTree<Directory> {
    try visit(directory, at: nil, rules: pin.ignoring)
    return tree
  }

  /// The entry of the single file `name` in `parent`.
  package consuming func scan(
    file name: RelativePath, in parent: Directory
  ) throws(StoreError) -> ScannedTree<Directory> {
    guard let status = try parent.status(name) else {
      throw .noSuchEntry(path: pin.path.description)
    }
    guard status.kind == .file else {
      throw .unsupportedFileKind(path: pin.path.description, kind: "\(status.kind)")
    }
    append(try RelativePath.checked([name.name], below: nil), .file, status, in: parent, name: name)
    return tree
  }

  private mutating func visit(
    _ directory: Directory, at path: RelativePath?, rules: IgnoreRules
  ) throws(StoreError) {
    try progress.checkCancelled()
    let status = try directory.status()
    guard !status.isSameFile(as: store) else {
      throw .containsStore(path: pin.path.description, store: storePath)
    }
    open.append(status)
    defer { open.removeLast() }
    let names = try directory.entries().sorted { $0.name.lexicographicallyPrecedes($1.name) }
    let rules = try descend(rules, into: directory, at: path, names: names)
    let before = tree.entries.count
    for entry in names {
      let name = try RelativePath.checked([entry.name[...]], below: nil)
      let child = try RelativePath.checked([entry.name[...]], below: path)
      try visit(entry, name, at: child, in: directory, rules: rules)
    }
    if tree.entries.count == before, let path {
      append(path, .emptyDirectory, status.withoutSize, in: directory, name: path)
    }
  }

  private func descend(
    _ rules: IgnoreRules, into directory: Directory, at path: RelativePath?,
    names: [DirectoryEntry]
  ) throws(StoreError) -> IgnoreRules {
    let location = try path.map { (path) throws(StoreError) in try inPin(path) } ?? pin.path
    guard names.contains(where: { $0.name.elementsEqual(IgnoreRules.fileName.utf8) }) else {
      return rules
    }
    let file = try IgnoreRules.load(from: directory)
    return rules.descending(into: location, file: file)
  }

  private func inPin(_ path: RelativePath) throws(StoreError) -> RelativePath {
    try RelativePath.checked(path.components, below: pin.path)
  }

  private mutating func visit(
    _ entry: DirectoryEntry, _ name: RelativePath, at path: RelativePath,
    in directory: Directory, rules: IgnoreRules
  ) throws(StoreError) {
    guard let status = try directory.status(name) else { return }  // Removed since the listing.
    if !rules.isEmpty,
      rules.ignores(try inPin(path), isDirectory: status.kind == .directory)
    {
      return
    }
    guard !ForbiddenNames.isForbidden(component: entry.name) else {
      throw .forbiddenName(path: try inPin(path).description)
    }
    switch status.kind {
    case .file:
      append(path, .file, status, in: directory, name: name)
    case .directory:
      try visit(try directory.openDirectory(name), at: path, rules: rules)
    case .symbolicLink:
      try visitLink(name, at: path, status, in: directory, rules: rules)
    default:
      try skip(path, status.kind)
    }
  }

  private mutating func append(
    _ path: RelativePath, _ kind: ScannedEntry<Directory>.Kind, _ status: FileStatus,
    in directory: Directory, name: RelativePath
  ) {
    if SuspiciousNames.reason(for: path) != nil { tree.suspicious.append(path) }
    tree.entries.append(
      ScannedEntry(path: path, kind: kind, status: status, directory: directory, name: name))
  }

  private mutating func skip(_ path: RelativePath, _ kind: FileKind) throws(StoreError) {
    let name: FileKindName
    switch kind {
    case .fifo: name = .fifo
    case .socket: name = .socket
    case .blockDevice: name = .blockDevice
    default: name = .characterDevice
    }
    let full = try inPin(path).description
    guard !request.isStrict else {
      throw .unsupportedFileKind(path: full, kind: name.rawValue)
    }
    tree.skipped.append(Skipped(path: full, kind: name))
  }

  // MARK: Links

  private mutating func visitLink(
    _ name: RelativePath, at path: RelativePath, _ status: FileStatus,
    in directory: Directory, rules: IgnoreRules
  ) throws(StoreError) {
    let target = try directory.linkTarget(name)
    if !LinkTarget.leaves(target, at: path) || request.leavingLinks == .keep {
      append(
        path, .symbolicLink(target: target), status.withoutSize, in: directory, name: name)
    } else if request.leavingLinks == .follow {
      try follow(target, at: path, in: directory, rules: rules)
    } else {
      tree.leavingLinks.append(path)
    }
  }

  private mutating func follow(
    _ target: [UInt8], at path: RelativePath, in directory: Directory, rules: IgnoreRules
  ) throws(StoreError) {
    switch try request.resolveLink(directory, target) {
    case .nothing:
      tree.leavingLinks.append(path)
    case .file(let parent, let name):
      guard let status = try parent.status(name), status.kind == .file else {
        tree.leavingLinks.append(path)
        return
      }
      append(path, .file, status, in: parent, name: name)
    case .directory(let linked):
      // A link to a directory that is being walked would never end.
      let status = try linked.status()
      guard !open.contains(where: { $0.isSameFile(as: status) }) else {
        tree.leavingLinks.append(path)
        return
      }
      try visit(linked, at: path, rules: rules)
    }
  }
}

/// Where a symbolic link leads, told from its text alone.
package enum LinkTarget {
  /// Whether a link at `path` with this target leads out of the directory that `path` is relative
  /// to, or does not tell: an absolute target, or more `..` than there are directories.
  package static func leaves(_ target: [UInt8], at path: RelativePath) -> Bool {
    guard target.first != RelativePath.slash else { return true }
    var depth = path.components.count - 1
    for component in target.split(separator: RelativePath.slash) {
      if component.elementsEqual("..".utf8) {
        depth -= 1
        if depth < 0 { return true }
      } else if !component.elementsEqual(".".utf8) {
        depth += 1
      }
    }
    return false
  }
}

extension RelativePath {
  /// `components` below `directory`, with the error of the store's border.
  package static func checked(
    _ components: [ArraySlice<UInt8>], below directory: RelativePath?
  ) throws(StoreError) -> RelativePath {
    let joined = Array(components.joined(separator: [RelativePath.slash]))
    do {
      guard let directory else { return try RelativePath(joined) }
      return try directory.appending(joined)
    } catch {
      let whole = (directory?.bytes ?? []) + joined
      throw .badPath(path: PathText.escape(whole), error)
    }
  }
}

extension FileStatus {
  /// Whether both are the same inode.
  package func isSameFile(as other: FileStatus) -> Bool {
    inode == other.inode && device == other.device
  }

  /// The same without a size: links and directories have no bytes in a tree.
  package var withoutSize: FileStatus {
    FileStatus(
      kind: kind, mode: mode, size: 0, inode: inode, device: device, modified: modified,
      changed: changed)
  }
}
