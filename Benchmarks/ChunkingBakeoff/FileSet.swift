import StoreIO
import StorePrimitives

/// The regular files of a folder and all folders in it, or one file.
struct FileSet {
  struct Entry {
    let directory: LinuxDirectory
    let name: RelativePath
    let size: UInt64
  }

  private(set) var entries: [Entry] = []

  init(path: String) throws {
    let parts = path.split(separator: "/").map(String.init)
    guard let name = parts.last else { throw StoreError.noStore(path: path) }
    let parent = (path.hasPrefix("/") ? "/" : "./") + parts.dropLast().joined(separator: "/")
    try add(try RelativePath(name), in: try LinuxDirectory.open(parent))
    entries.sort { $0.name < $1.name }
  }

  private mutating func add(_ name: RelativePath, in directory: LinuxDirectory) throws {
    guard let status = try directory.status(name) else { return }
    switch status.kind {
    case .file: entries.append(Entry(directory: directory, name: name, size: status.size))
    case .directory:
      let inner = try directory.openDirectory(name)
      for entry in try inner.entries() { try add(try RelativePath(entry.name), in: inner) }
    default: break
    }
  }

  /// Reads each file whole: the files of a comparison fit into memory.
  func forEach(_ use: (LinuxFile, [UInt8]) throws -> Void) throws {
    for entry in entries {
      let file = try entry.directory.openFile(entry.name)
      var bytes = [UInt8](repeating: 0, count: Int(entry.size))
      var span = bytes.mutableSpan
      let count = try file.read(into: &span, at: 0)
      guard count == bytes.count else {
        throw StoreError.changedWhileRead(path: file.displayPath)
      }
      try use(file, bytes)
    }
  }
}
