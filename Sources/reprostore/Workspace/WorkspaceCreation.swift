import ArtifactStore
import StoreIO
import StorePrimitives

/// Makes the current directory a workspace.
///
/// The configuration comes last: what an interrupted run leaves is no workspace yet, and the same
/// command again completes it.
struct WorkspaceCreation {
  enum Outcome: Equatable {
    /// Nothing was changed.
    case already
    /// The store is new.
    case created
    /// The store was there and is used from now on.
    case joined
  }

  let path: [UInt8]
  private let root: LinuxDirectory
  private let configuration: Configuration
  /// The store that was asked for.
  private let wanted: Configuration.StorePlace?
  /// Whether the store is for a group.
  let isShared: Bool

  /// `store` is the directory of the store as it was typed; nil for the usual one.
  init(store: String?, isShared: Bool) throws {
    self.isShared = isShared
    path = try Environment.currentDirectory()
    let isInsideFolder = path.split(separator: RelativePath.slash)
      .contains { $0.elementsEqual(Workspace.folder.bytes) }
    guard !isInsideFolder else {
      throw UserMessage(
        "insideWorkspaceFolder",
        "\(PathText.escape(path)) belongs to a workspace and cannot be one itself",
        try: "reprostore init, in the directory of your project")
    }
    root = try LinuxDirectory.open(pathBytes: path)
    if let kind = try root.status(Workspace.folder)?.kind, kind != .directory {
      throw UserMessage(
        "folderTaken", "\(PathText.escape(path))/.reprostore is there and is no directory",
        try: "move it away, then: reprostore init")
    }
    configuration = try Configuration(in: root)
    wanted = try store.map { [path] (text) throws in try Self.place(of: text, from: path) }
  }

  private static func place(
    of text: String, from directory: [UInt8]
  ) throws -> Configuration.StorePlace {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
      throw UserMessage("usage", "--store needs a path without control characters")
    }
    let isAbsolute = bytes.first == RelativePath.slash
    let full = PathArgument.plain(isAbsolute ? bytes : PathArgument.join(directory, bytes))
    return .absolute(String(decoding: full, as: UTF8.self))
  }

  /// The store of the workspace, once there is one.
  var place: Configuration.StorePlace { wanted ?? configuration.store }

  /// The place of the store for messages.
  var storePath: String { place.description(in: PathText.escape(path)) }

  /// The workspace around this one, if there is one.
  var outerWorkspace: String? {
    Workspace.ancestors(of: path).dropFirst().first { Workspace.root(at: $0) != nil }
      .map(PathText.escape)
  }

  func run() throws -> Outcome {
    let isWorkspace = try root.status(Configuration.sharedFile) != nil
    try checkChange()
    let isThere = try isStoreThere()
    if isThere { try checkSharing() }
    if isWorkspace, isThere, place == configuration.store { return .already }
    _ = try root.makeDirectory(Workspace.folder, mode: 0o755)
    try write(WorkspaceTexts.gitIgnore, to: RelativePath(trusted: ".reprostore/.gitignore"))
    if isThere { _ = try LocalStore.open(try place.open(in: root)) } else { try createStore() }
    if case .absolute(let path)? = wanted {
      try write(WorkspaceTexts.local(store: path), to: Configuration.localFile, replacing: true)
    }
    try write(WorkspaceTexts.shared, to: Configuration.sharedFile)
    try root.openDirectory(Workspace.folder).synchronize()
    try root.synchronize()
    return isThere ? .joined : .created
  }

  /// Refuses to lead a workspace that has a store to another one.
  private func checkChange() throws {
    let hasLocal = try root.status(Configuration.localFile) != nil
    let old = configuration.store
    let hasOld = try hasLocal || (root.status(Configuration.sharedFile) != nil && isStoreAt(old))
    let oldPath = old.description(in: PathText.escape(path))
    if let wanted, wanted != old, hasOld, try !isUnused(old) {
      throw UserMessage(
        "otherStore", "this workspace uses the store \(oldPath), which holds data",
        try: "to use the other all the same, write store: \(storePath) into "
          + "\(Configuration.localFile)")
    }
    if wanted == nil, hasLocal, try !isStoreAt(old) {
      throw UserMessage(
        "noStore", "\(Configuration.localFile) names the store \(oldPath), which is not there",
        try: "is its disk mounted? For a new one there: reprostore init --store \(oldPath)")
    }
  }

  // MARK: The store

  /// The store that the workspace has so far, when another is wanted: nothing was ever stored
  /// there, or `run` refuses.
  func abandonedStore() throws -> String? {
    let old = configuration.store
    guard let wanted, wanted != old, try isStoreAt(old) else { return nil }
    return old.description(in: PathText.escape(path))
  }

  /// Whether a store that is there has never kept anything.
  private func isUnused(_ place: Configuration.StorePlace) throws -> Bool {
    guard try isStoreAt(place) else { return false }
    return try LocalStore.open(place.open(in: root)).snapshot().refs().isEmpty
  }

  private func isStoreThere() throws -> Bool { try isStoreAt(place) }

  private func isStoreAt(_ place: Configuration.StorePlace) throws -> Bool {
    do throws(StoreError) {
      return try place.open(in: root).status(StoreLayout.format) != nil
    } catch {
      guard case .system(let failure) = error, failure.isNotFound else { throw error }
      return false
    }
  }

  /// A store that is there keeps its modes.
  private func checkSharing() throws {
    guard isShared, try place.open(in: root).storeModes() != .shared else { return }
    let path = ShellText.word(storePath)
    throw UserMessage(
      "notShared", "\(storePath) is a store for one user, and --shared changes none that exists",
      try: "chgrp -R GROUP \(path); "
        + "find \(path) -type d -exec chmod 2770 {} + -o -type f -exec chmod 440 {} +")
  }

  /// Lets the group of an empty directory use it.
  private func share(_ directory: LinuxDirectory) throws {
    let wanted = StoreModes.shared.directory
    guard try directory.status().mode != wanted else { return }
    try directory.setMode(wanted)
    guard try directory.status().mode == wanted else {
      throw UserMessage(
        "notYourGroup", "\(storePath) belongs to a group that you are not in",
        try: "chgrp GROUP \(ShellText.word(storePath)), with a group of yours (id -Gn lists them)")
    }
  }

  /// Creates the store; a directory that is there already must be empty, and keeps its group, and
  /// its mode too if the store is not to be shared.
  private func createStore() throws {
    let (parent, name) = try parentOfStore()
    let modes: StoreModes = isShared ? .shared : .own
    _ = try parent.makeDirectory(name, mode: modes.directory)
    let directory = try parent.openDirectory(name)
    // Another process may be at it too, and ahead of this one.
    let names = StoreLayout.directories + [StoreLayout.latest, StoreLayout.format]
    let own = Set(names.map(\.description))
    if let other = try directory.entries().map({ PathText.escape($0.name) })
      .filter({ !own.contains($0) }).min()
    {
      throw UserMessage(
        "notAStore", "\(storePath) is no store and not empty (it holds \(other))",
        try: "reprostore init --store with a directory that is empty or does not exist",
        status: .refused)
    }
    if isShared { try share(directory) }
    do throws(StoreError) {
      _ = try LocalStore.create(in: directory)
    } catch {
      guard case .alreadyExists = error else { throw error }
    }
    try parent.synchronize()
  }

  private func parentOfStore() throws -> (LinuxDirectory, RelativePath) {
    switch place {
    case .inside(let path):
      guard let parent = path.parent else { return (root, path) }
      return (try root.openDirectory(parent), try RelativePath.checked([path.name], below: nil))
    case .absolute(let path):
      let bytes = Array(path.utf8)
      guard let cut = bytes.lastIndex(of: RelativePath.slash), cut + 1 < bytes.count else {
        throw UserMessage("usage", "--store cannot be \(path)")
      }
      let parent = try ParentDirectory.open(Array(bytes[..<max(cut, 1)]), for: "the store")
      return (parent, try RelativePath.checked([bytes[(cut + 1)...]], below: nil))
    }
  }

  // MARK: Files

  /// Creates `path` with all of `text`, durably; one that is there stays, or is replaced.
  private func write(
    _ text: String, to path: RelativePath, replacing: Bool = false
  ) throws {
    let isThere = try root.status(path) != nil
    guard !isThere || replacing else { return }
    let file = try root.createUnnamed(in: Workspace.folder, mode: 0o644)
    try file.write(Array(text.utf8).span, at: 0)
    try file.synchronize()
    guard isThere else {
      _ = try root.link(file, as: path)
      return
    }
    let name = RelativePath(trusted: ".reprostore/\(Nonce.random().hex).tmp")
    _ = try root.link(file, as: name)
    _ = try root.rename(name, to: path, in: root, replacing: true)
  }
}

/// What stands in the files that `init` makes.
enum WorkspaceTexts {
  static let gitIgnore = """
    # What belongs to one machine only.
    /store/
    /config.local.yaml
    /rescued/
    /evicted
    /*.lock
    /*.tmp

    """

  static let shared = """
    # The configuration of this workspace, for everybody: commit it.
    #
    # It may not name programs, credentials or a store outside of the workspace; what holds for one
    # machine only goes into config.local.yaml beside it (reprostore init --store DIR writes that).

    # Where the store lies, relative to the workspace.
    # store: .reprostore/store

    """

  static func local(store: String) -> String {
    """
    # The configuration of this workspace on this machine: not committed.
    store: "\(quoted(store))"

    """
  }

  /// `text` between the double quotes of YAML. `&` and `*` are escaped for the reader, who takes
  /// them for anchors and aliases wherever a word begins with them.
  private static func quoted(_ text: String) -> String {
    let escapes: [Character: String] = [
      "\"": "\\\"", "\\": "\\\\", "&": "\\x26", "*": "\\x2a",
    ]
    return text.map { escapes[$0] ?? String($0) }.joined()
  }
}
