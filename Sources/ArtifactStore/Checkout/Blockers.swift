import StoreIO
import StorePrimitives

/// Finds what a scan does not tell of and what stands where a checkout has to write: ignored files,
/// sockets, links that somebody planted, and other disks, to which nothing can be renamed.
struct Blockers<Directory: DirectoryHandle> {
  let root: Directory
  let comparison: PinComparison<Directory>
  /// Entries of the scan that will be gone by then.
  let doomed: Set<Int>

  /// Throws `StoreError.inTheWay` for the first that is found.
  func check() throws(StoreError) {
    let device = try root.status().device
    let going = Set(doomed.map { comparison.tree.entries[$0].path })
    var found: [RelativePath: Bool] = [:]
    for path in going.sorted() {
      if let parent = path.parent { _ = try isThere(parent, going, device, &found) }
    }
    for difference in comparison.differences where difference.wanted != nil {
      if let parent = difference.path.parent, try !isThere(parent, going, device, &found) {
        continue
      }
      guard difference.index == nil, let status = try root.status(difference.path) else { continue }
      guard status.kind == .directory else {
        throw .inTheWay(path: difference.path.description, kind: Self.word(status.kind))
      }
      if difference.wanted != .emptyDirectory { try check(emptied: difference.path, going) }
    }
  }

  /// Throws unless everything below the root will be gone.
  func checkAll() throws(StoreError) {
    let going = Set(doomed.map { comparison.tree.entries[$0].path })
    for entry in try root.entries() {
      let path = try RelativePath.checked([entry.name[...]], below: nil)
      guard !going.contains(path), !PartialName.matches(entry.name) else { continue }
      guard try root.status(path)?.kind == .directory else {
        throw .inTheWay(path: path.description, kind: "file that is ignored")
      }
      try check(emptied: path, going)
    }
  }

  /// Whether a directory in which something is made is there, or will come into being.
  private func isThere(
    _ path: RelativePath, _ going: Set<RelativePath>, _ device: UInt64,
    _ found: inout [RelativePath: Bool]
  ) throws(StoreError) -> Bool {
    if let known = found[path] { return known }
    var isThere = !going.contains(path)
    if isThere, let parent = path.parent {
      isThere = try self.isThere(parent, going, device, &found)
    }
    if isThere, let status = try root.status(path) {
      guard status.kind == .directory else {
        throw .inTheWay(path: path.description, kind: Self.word(status.kind))
      }
      guard status.device == device else {
        throw .inTheWay(path: path.description, kind: "directory on another disk than the pin")
      }
    } else {
      isThere = false
    }
    found[path] = isThere
    return isThere
  }

  /// A directory that a file takes the place of must hold nothing but what goes.
  private func check(
    emptied path: RelativePath, _ going: Set<RelativePath>
  ) throws(StoreError) {
    for entry in try root.openDirectory(path).entries() {
      let inside = try RelativePath.checked([entry.name[...]], below: path)
      guard !going.contains(inside) else { continue }
      guard try root.status(inside)?.kind == .directory else {
        throw .inTheWay(path: inside.description, kind: "file that is ignored")
      }
      try check(emptied: inside, going)
    }
  }

  private static func word(_ kind: FileKind) -> String {
    switch kind {
    case .file: "file that is ignored"
    case .symbolicLink: "symbolic link"
    case .directory: "directory"
    case .fifo: "named pipe"
    case .socket: "socket"
    case .blockDevice, .characterDevice: "device"
    case .unknown: "thing of an unknown kind"
    }
  }
}
