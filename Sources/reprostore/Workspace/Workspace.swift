import ArtifactStore
import StoreIO
import StorePrimitives

/// The directory that holds `.reprostore/`, found from where the user is.
struct Workspace {
  /// The folder that makes a directory a workspace.
  static let folder = RelativePath(trusted: ".reprostore")

  let root: LinuxDirectory
  /// The absolute path of the root, without links.
  let path: [UInt8]
  /// Where the user is, relative to the root; nil for the root itself.
  let current: RelativePath?
  let configuration: Configuration

  /// The path of the root for messages and refs.
  var name: String { PathText.escape(path) }

  /// The workspace that the current directory is in: the nearest directory upwards whose
  /// `.reprostore` holds a configuration.
  static func find() throws -> Workspace {
    let start = try Environment.currentDirectory()
    for path in ancestors(of: start) {
      guard let root = root(at: path) else { continue }
      return Workspace(
        root: root, path: path, current: relative(start, to: path),
        configuration: try Configuration(in: root))
    }
    throw UserMessage(
      "noWorkspace",
      "\(PathText.escape(start)) is in no workspace: there is no .reprostore here or "
        + "in a directory above", try: "reprostore init, in the directory of your project")
  }

  /// The workspace whose root is at `path`, an absolute path without links; nil when it is none.
  static func open(at path: [UInt8]) throws -> Workspace? {
    guard let root = root(at: path) else { return nil }
    return Workspace(
      root: root, path: path, current: nil, configuration: try Configuration(in: root))
  }

  /// The directory at `path` when it is the root of a workspace. One that cannot be read is none.
  static func root(at path: [UInt8]) -> LinuxDirectory? {
    guard let directory = try? LinuxDirectory.open(pathBytes: path),
      (try? directory.status(Configuration.sharedFile))?.kind == .file
    else { return nil }
    return directory
  }

  /// `path` and each directory above it, without links: the nearest first.
  static func ancestors(of path: [UInt8]) -> [[UInt8]] {
    var all: [[UInt8]] = []
    var path = path
    while let cut = path.lastIndex(of: RelativePath.slash) {
      all.append(path)
      guard path.count > 1 else { break }
      path = Array(path[..<max(cut, 1)])
    }
    return all
  }

  /// `path` relative to `directory`; nil when it is the same. Both are absolute, and `path` is
  /// below.
  private static func relative(_ path: [UInt8], to directory: [UInt8]) -> RelativePath? {
    let prefix = directory.count == 1 ? 1 : directory.count + 1
    return path.count > prefix ? try? RelativePath(Array(path[prefix...])) : nil
  }

  /// `path` of the workspace as one word of a shell, as it is typed where the user is.
  func word(_ path: RelativePath) -> String {
    let here = current?.components ?? []
    let there = path.components
    let common = zip(here, there).prefix { $0 == $1 }.count
    let up = Array(repeating: Array("..".utf8), count: here.count - common)
    let parts = up + there[common...].map { Array($0) }
    guard !parts.isEmpty else { return "." }
    return ShellText.word(PathText.escape(Array(parts.joined(separator: [RelativePath.slash]))))
  }

  /// What tells git of a lock that has changed, to be typed where the user is.
  func gitAdd(_ names: RelativePath...) -> String {
    "git add " + names.map(word).joined(separator: " ")
  }

  /// The absolute path of the store, for messages.
  var storePath: String { configuration.store.description(in: name) }

  /// Opens the store of the workspace.
  func openStore() throws -> LocalStore {
    do throws(StoreError) {
      return try LocalStore.open(configuration.store.open(in: root))
    } catch {
      guard case .system(let failure) = error, failure.isNotFound else { throw error }
      if let message = LinkedWorkspace.noStore(of: self) { throw message }
      let pins = (try? lock())?.pins.count ?? 0
      guard pins > 0 else { throw StoreError.noStore(path: storePath) }
      throw WorkspaceMessages.noStore(storePath, pins: pins)
    }
  }

  /// Whether there is a `reprostore.lock`.
  var hasLock: Bool { get throws(StoreError) { try root.status(Lock.fileName) != nil } }

  /// What `reprostore.lock` says; an empty lock where there is none.
  func lock() throws(StoreError) -> Lock {
    guard let status = try root.status(Lock.fileName) else { return Lock() }
    guard status.kind != .directory else {
      throw .inTheWay(path: Lock.fileName.description, kind: "\(status.kind)")
    }
    let file = try root.openFile(Lock.fileName)
    let bytes = try file.read(Int(min(status.size, UInt64(Limits.lockBytes) + 1)), at: 0)
    return try LockFormat.parse(bytes, path: Lock.fileName.description)
  }
}
