package import StoreIO
package import StorePrimitives

/// A directory that a restore fills, and that becomes the destination in one step.
///
/// Where the destination is not there yet it stands beside it and is renamed; where that is an
/// empty directory it stands inside, and what is in it moves up.
struct Staging<Directory: DirectoryHandle> {
  let directory: Directory
  private let holder: Directory
  private let name: RelativePath
  private let request: RestoreRequest<Directory>
  private let isInside: Bool

  init(_ request: RestoreRequest<Directory>) throws(StoreError) {
    self.request = request
    name = PartialName.random()
    let shown = "\(request.parent.displayPath)/\(request.name)"
    if let status = try request.parent.status(request.name) {
      guard status.kind == .directory else { throw .destinationNotDirectory(path: shown) }
      holder = try request.parent.openDirectory(request.name)
      try Self.clear(holder, path: shown)
      isInside = true
    } else {
      holder = request.parent
      isInside = false
    }
    guard try holder.makeDirectory(name, mode: 0o755) else {
      throw .destinationNotEmpty(path: shown, first: name.description)
    }
    directory = try holder.openDirectory(name)
  }

  /// Refuses a directory with anything in it but what a restore that was killed left behind.
  private static func clear(_ directory: Directory, path: String) throws(StoreError) {
    let entries = try directory.entries()
    let others = entries.filter { !PartialName.matches($0.name) }.map(\.name)
    if let first = others.min(by: { $0.lexicographicallyPrecedes($1) }) {
      throw .destinationNotEmpty(path: path, first: PathText.escape(first))
    }
    for entry in entries {
      try directory.removeTree(try RelativePath.checked([entry.name[...]], below: nil))
    }
  }

  /// Makes what was written the destination.
  func publish() throws(StoreError) {
    let shown = "\(request.parent.displayPath)/\(request.name)"
    guard isInside else {
      let isDone = try holder.rename(
        name, to: request.name, in: request.parent, replacing: false)
      guard isDone else { throw .destinationNotEmpty(path: shown, first: ".") }
      return
    }
    for entry in try directory.entries() {
      let path = try RelativePath.checked([entry.name[...]], below: nil)
      guard try directory.rename(path, to: path, in: holder, replacing: false) else {
        throw .destinationNotEmpty(path: shown, first: path.description)
      }
    }
    try holder.removeDirectory(name)
  }

  /// Removes what was written.
  func discard() throws(StoreError) { try holder.removeTree(name) }
}

extension DirectoryHandle {
  /// Removes `path` and everything below it, following no link.
  package func removeTree(_ path: RelativePath) throws(StoreError) {
    guard let status = try status(path) else { return }
    guard status.kind == .directory else { return try removeFile(path) }
    let directory = try openDirectory(path)
    for entry in try directory.entries() {
      try directory.removeTree(try RelativePath.checked([entry.name[...]], below: nil))
    }
    try removeDirectory(path)
  }
}
