import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives

/// A store and a workspace beside it on any file system, with the verbs in short.
struct Workbench<Directory: DirectoryHandle> {
  let root: Directory

  static var store: RelativePath { RelativePath(trusted: "store") }
  static var data: RelativePath { RelativePath(trusted: "data") }

  /// Makes a new store in `root/store`.
  static func create(in root: Directory) throws -> Workbench {
    _ = try root.makeDirectory(store, mode: 0o700)
    _ = try Store.create(in: try root.openDirectory(store))
    return Workbench(root: root)
  }

  func open() throws -> Store<Directory> {
    try Store.open(try root.openDirectory(Self.store))
  }

  /// Adds `root/<path>`.
  @discardableResult
  func add(
    _ path: String = "data", workers: Int = 1,
    _ change: (inout AddRequest<Directory>) -> Void = { _ in }
  ) throws -> AddReport {
    let path = RelativePath(trusted: path)
    var request = AddRequest(
      pins: [.init(path: path, source: .directory(try root.openDirectory(path)))])
    request.workers = workers
    change(&request)
    return try open().add(request)
  }

  /// Restores `name` to `root/<to>`.
  @discardableResult
  func restore(_ name: String, to place: String, workers: Int = 1) throws -> RestoreReport {
    let store = try open()
    var request = RestoreRequest(
      source: try store.snapshot().resolve(name), parent: root,
      name: RelativePath(trusted: place), fileName: RelativePath(trusted: "file"))
    request.workers = workers
    return try store.restore(request)
  }

  func problems(full: Bool = true) throws -> [StoreError] {
    try open().check(full: full).problems
  }

  /// Writes a file, with its directories.
  func write(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws {
    let path = RelativePath(trusted: path)
    try makeParents(of: path)
    if try root.status(path) != nil { try root.removeFile(path) }
    try root.createFile(path, mode: mode).write(bytes.span, at: 0)
  }

  func makeParents(of path: RelativePath) throws {
    guard let parent = path.parent else { return }
    try makeParents(of: parent)
    _ = try root.makeDirectory(parent, mode: 0o755)
  }

  /// Every path below `directory` with what it is: bytes of a file, target of a link.
  func contents(of directory: String) throws -> [String: Content] {
    var found: [String: Content] = [:]
    try collect(try root.openDirectory(RelativePath(trusted: directory)), "", &found)
    return found
  }

  /// What `name` in the root is, and what is below it.
  func contentsOfAll(_ name: String) throws -> [String: Content] {
    var found: [String: Content] = [:]
    try collect(root, "", &found)
    return found.filter { $0.key == name || $0.key.hasPrefix(name + "/") }
  }

  enum Content: Equatable {
    case file([UInt8], executable: Bool)
    case link([UInt8])
    case directory
  }

  private func collect(
    _ directory: Directory, _ prefix: String, _ found: inout [String: Content]
  ) throws {
    for entry in try directory.entries() {
      let name = try RelativePath(entry.name)
      let path = prefix + name.description
      guard let status = try directory.status(name) else { continue }
      switch status.kind {
      case .file:
        let bytes = try directory.openFile(name).read(Int(status.size), at: 0)
        found[path] = .file(bytes, executable: status.isExecutable)
      case .symbolicLink: found[path] = .link(try directory.linkTarget(name))
      default:
        found[path] = .directory
        try collect(try directory.openDirectory(name), path + "/", &found)
      }
    }
  }
}

typealias SimulatedBench = Workbench<SimulatedDirectory>
