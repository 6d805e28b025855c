package import StoreIO
package import StorePrimitives

/// Looks at one directory for a scan, and decides what of it is stored.
///
/// `.git`, `.reprostore` and their look-alikes are refused unless an ignore rule leaves them out;
/// sockets and their like are reported; links are kept or counted as `ScanOptions.LeavingLinks`
/// says.
struct ScanVisitor<Directory: DirectoryHandle>: Sendable {
  typealias Job = Scanner<Directory>.Job
  typealias Listing = Scanner<Directory>.Listing

  /// Names that one thread looks at; a larger directory is shared out.
  private static var sliceEntries: Int { 4096 }

  let pin: PinSource<Directory>
  let options: ScanOptions<Directory>
  let store: FileStatus
  let storePath: String

  /// What the job finds; work that another thread can do goes to `later`, which numbers it.
  func visit(
    _ job: Job, later: ((Int) -> Job) -> Int
  ) throws(StoreError) -> Listing {
    let directory = try open(job)
    switch job.work {
    case .list: return try list(directory, job, later: later)
    case .look(let entries):
      var listing = Listing()
      try look(at: entries, of: directory, job, &listing, later: later)
      return listing
    }
  }

  private func open(_ job: Job) throws(StoreError) -> Directory {
    guard let place = job.place else { return job.root }
    return try job.root.openDirectory(place)
  }

  private func list(
    _ directory: Directory, _ job: Job, later: ((Int) -> Job) -> Int
  ) throws(StoreError) -> Listing {
    let status = try directory.status()
    guard !status.isSameFile(as: store) else {
      throw .containsStore(path: pin.path.description, store: storePath)
    }
    var entries = try directory.entries()
    entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
    let rules = try self.rules(in: directory, job, entries)
    var listing = Listing()
    if let path = job.path {
      listing.hollow = ScannedEntry(
        path: path, kind: .emptyDirectory, status: status.withoutSize, directory: job.root,
        name: path, isFollowed: job.isFollowed)
    }
    let inside = Job(
      number: job.number, root: job.root, place: job.place, path: job.path, rules: rules,
      above: job.above + [status], isFollowed: job.isFollowed)
    guard entries.count > Self.sliceEntries else {
      try look(at: entries, of: directory, inside, &listing, later: later)
      return listing
    }
    for start in stride(from: 0, to: entries.count, by: Self.sliceEntries) {
      let slice = Array(entries[start..<min(start + Self.sliceEntries, entries.count)])
      let number = later {
        Job(
          number: $0, root: job.root, place: job.place, path: job.path, rules: rules,
          above: inside.above, isFollowed: job.isFollowed, work: .look(at: slice))
      }
      listing.items.append(.job(number))
    }
    return listing
  }

  private func rules(
    in directory: Directory, _ job: Job, _ entries: [DirectoryEntry]
  ) throws(StoreError) -> IgnoreRules {
    guard entries.contains(where: { $0.name.elementsEqual(IgnoreRules.fileName.utf8) }) else {
      return job.rules
    }
    let location = try job.path.map { (path) throws(StoreError) in try inPin(path) } ?? pin.path
    return job.rules.descending(
      into: location, file: try IgnoreRules.load(from: directory))
  }

  private func inPin(_ path: RelativePath) throws(StoreError) -> RelativePath {
    try RelativePath.checked(path.components, below: pin.path)
  }

  private func look(
    at entries: [DirectoryEntry], of directory: Directory, _ job: Job,
    _ listing: inout Listing, later: ((Int) -> Job) -> Int
  ) throws(StoreError) {
    for entry in entries where !PartialName.matches(entry.name) {
      let name = try RelativePath.checked([entry.name[...]], below: nil)
      let path = try RelativePath.checked([entry.name[...]], below: job.path)
      // Gone since the listing: as if it had never been there.
      guard let status = try directory.status(name) else { continue }
      let isDirectory = status.kind == .directory
      if !job.rules.isEmpty {
        guard !job.rules.ignores(try inPin(path), isDirectory: isDirectory) else { continue }
      }
      guard !ForbiddenNames.isForbidden(component: entry.name) else {
        throw .forbiddenName(path: try inPin(path).description)
      }
      let place = try RelativePath.checked([entry.name[...]], below: job.place)
      switch status.kind {
      case .file:
        listing.items.append(
          .entry(
            ScannedEntry(
              path: path, kind: .file, status: status, directory: job.root, name: place,
              isFollowed: job.isFollowed)))
      case .directory:
        listing.items.append(.job(descend(into: job.root, place, at: path, job, later)))
      case .symbolicLink:
        let link = ScannedEntry(
          path: path, kind: .symbolicLink(target: try directory.linkTarget(name)),
          status: status.withoutSize, directory: job.root, name: place,
          isFollowed: job.isFollowed)
        try add(link, in: directory, job, &listing, later)
      default:
        try skip(path, status.kind, &listing)
      }
    }
  }

  private func descend(
    into root: Directory, _ place: RelativePath?, at path: RelativePath, _ job: Job,
    _ later: ((Int) -> Job) -> Int
  ) -> Int {
    later {
      Job(
        number: $0, root: root, place: place, path: path, rules: job.rules, above: job.above,
        isFollowed: job.isFollowed || place == nil)
    }
  }

  private func skip(
    _ path: RelativePath, _ kind: FileKind, _ listing: inout Listing
  ) throws(StoreError) {
    let name: FileKindName
    switch kind {
    case .fifo: name = .fifo
    case .socket: name = .socket
    case .blockDevice: name = .blockDevice
    default: name = .characterDevice
    }
    let full = try inPin(path).description
    guard !options.isStrict else { throw .unsupportedFileKind(path: full, kind: name.rawValue) }
    listing.skipped.append(Skipped(path: full, kind: name))
  }

  // MARK: Links

  private func add(
    _ link: ScannedEntry<Directory>, in directory: Directory, _ job: Job,
    _ listing: inout Listing, _ later: ((Int) -> Job) -> Int
  ) throws(StoreError) {
    guard case .symbolicLink(let target) = link.kind else { return }
    if !LinkTarget.leaves(target, at: link.path) || options.leavingLinks == .keep {
      listing.items.append(.entry(link))
    } else if options.leavingLinks == .follow,
      let item = try follow(target, in: directory, at: link.path, job, later)
    {
      listing.items.append(item)
    } else {
      listing.leavingLinks.append(link.path)
    }
  }

  /// What a link points at; nil for nothing, and for a directory that is being walked: following it
  /// would never end.
  private func follow(
    _ target: [UInt8], in directory: Directory, at path: RelativePath, _ job: Job,
    _ later: ((Int) -> Job) -> Int
  ) throws(StoreError) -> Listing.Item? {
    switch try options.resolveLink(directory, target) {
    case .nothing:
      return nil
    case .file(let parent, let name):
      guard let status = try parent.status(name), status.kind == .file else { return nil }
      return .entry(
        ScannedEntry(
          path: path, kind: .file, status: status, directory: parent, name: name,
          isFollowed: true))
    case .directory(let linked):
      let status = try linked.status()
      guard !job.above.contains(where: { $0.isSameFile(as: status) }) else { return nil }
      return .job(descend(into: linked, nil, at: path, job, later))
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
