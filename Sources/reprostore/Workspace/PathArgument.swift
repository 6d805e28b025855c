import ArtifactStore
import StoreIO
import StorePrimitives

/// A PATH of the command line that is to be pinned.
struct PathArgument {
  /// Relative to the workspace.
  let path: RelativePath
  /// Where the bytes are: another place than `path` when that is a symbolic link or below one.
  let realPath: [UInt8]
  let source: PinSource<LinuxDirectory>.Place

  /// Finds what `text`, as seen from the current directory, stands for.
  ///
  /// The path is made plain by its text alone: `a/../b` is `b`. A link as the last component is
  /// resolved for the content, and pinned under its own name.
  init(_ text: String, in workspace: Workspace) throws {
    let seen = try Self.path(of: text, in: workspace)
    path = try Self.pinned(text, in: workspace, insteadOf: seen) ?? seen
    try Self.checkNames(path.components, shown: text)
    let full = Self.join(workspace.path, path.bytes)
    do throws(StoreError) {
      realPath = try Environment.realPath(full)
    } catch {
      if case .system(let failure) = error, failure.isNotFound {
        throw Self.absent(path, full, in: workspace)
      }
      throw error
    }
    try Self.check(realPath, of: path, in: workspace)
    source = try Self.source(realPath, path)
  }

  /// A path that a message or the lock names is one of the workspace: it is meant where nothing is
  /// at `seen`, the path as seen from the current directory.
  private static func pinned(
    _ text: String, in workspace: Workspace, insteadOf seen: RelativePath
  ) throws -> RelativePath? {
    guard workspace.current != nil, (try? workspace.root.status(seen)) == .some(nil),
      let path = try? RelativePath(Environment.argumentBytes(text)),
      (try? workspace.lock())?.pin(around: path) != nil
    else { return nil }
    return path
  }

  private static func absent(
    _ path: RelativePath, _ full: [UInt8], in workspace: Workspace
  ) -> UserMessage {
    if (try? workspace.root.status(path))??.kind == .symbolicLink {
      return PinPlace.dangling(path, in: workspace)
    }
    let isPinned = (try? workspace.lock())?[path] != nil
    let command = "reprostore checkout \(workspace.word(path))"
    return UserMessage(
      "noSuchEntry", "there is no \(PathText.escape(full))",
      try: isPinned ? "\(command) (it brings what is pinned there)" : nil)
  }

  // MARK: The path

  private static func path(of text: String, in workspace: Workspace) throws -> RelativePath {
    guard let path = try place(of: text, in: workspace) else {
      throw UserMessage(
        "wholeWorkspace", "\(text) is the workspace itself, which holds the store",
        try: "name the directories in it that hold data, such as: reprostore add data models")
    }
    return path
  }

  /// The path that `text` stands for, as seen from the current directory, relative to the
  /// workspace; nil for the workspace itself.
  static func place(of text: String, in workspace: Workspace) throws -> RelativePath? {
    guard !text.isEmpty else { throw StoreError.badPath(path: text, .empty) }
    let bytes = Environment.argumentBytes(text)
    guard !bytes.contains(0) else {
      throw StoreError.badPath(path: PathText.escape(bytes), .nulByte)
    }
    let start = workspace.path + (workspace.current.map { [RelativePath.slash] + $0.bytes } ?? [])
    let isAbsolute = bytes.first == RelativePath.slash
    var full = plain(isAbsolute ? bytes : join(start, bytes))
    // An absolute path may have been typed through a link to the workspace.
    if isAbsolute, !isBelow(full, workspace.path) { full = realParent(of: full) ?? full }
    guard isBelow(full, workspace.path) else {
      throw StoreError.outsideWorkspace(path: PathText.escape(full), workspace: workspace.name)
    }
    let inside = Array(full.dropFirst(workspace.path.count).drop { $0 == RelativePath.slash })
    guard !inside.isEmpty else { return nil }
    do {
      return try RelativePath(inside)
    } catch {
      throw StoreError.badPath(path: PathText.escape(inside), error)
    }
  }

  /// A name as it was typed: bytes that are no UTF-8 are escaped, as listings show them.
  static func typed(_ name: String) -> String {
    let bytes = Environment.argumentBytes(name)
    return bytes.elementsEqual(name.utf8) ? name : PathText.escape(bytes)
  }

  /// A name that begins with `./` or `../`, as seen from the workspace: `pin:` and the path without
  /// these; nil for any other name, and for one that leads out of the workspace.
  ///
  /// Only the beginning is looked at: behind `:` or `@` dots mean something else.
  static func fromRoot(_ name: String, in workspace: Workspace) -> String? {
    let isMarked = name.hasPrefix("pin:")
    var rest = isMarked ? name.dropFirst(4) : name[...]
    guard rest.hasPrefix("./") || rest.hasPrefix("../") else { return nil }
    var above = workspace.current?.components.map { PathText.escape(Array($0)) } ?? []
    while true {
      if rest.hasPrefix("./") {
        rest = rest.dropFirst(2)
      } else if rest.hasPrefix("../") {
        guard above.popLast() != nil else { return nil }
        rest = rest.dropFirst(3)
      } else {
        return rest.isEmpty ? nil : "pin:" + (above + [String(rest)]).joined(separator: "/")
      }
    }
  }

  /// `path`, which is absolute, without empty components, `.` and `..`.
  static func plain(_ path: [UInt8]) -> [UInt8] {
    var components: [ArraySlice<UInt8>] = []
    for component in path.split(separator: RelativePath.slash) {
      if component.elementsEqual("..".utf8) {
        _ = components.popLast()
      } else if !component.elementsEqual(".".utf8) {
        components.append(component)
      }
    }
    return [RelativePath.slash] + components.joined(separator: [RelativePath.slash])
  }

  static func join(_ directory: [UInt8], _ name: [UInt8]) -> [UInt8] {
    directory == [RelativePath.slash] ? directory + name : directory + [RelativePath.slash] + name
  }

  /// Whether `path` is `directory` or below it; both absolute and plain.
  static func isBelow(_ path: [UInt8], _ directory: [UInt8]) -> Bool {
    guard directory.count > 1 else { return true }
    return path.starts(with: directory)
      && (path.count == directory.count || path[directory.count] == RelativePath.slash)
  }

  private static func realParent(of path: [UInt8]) -> [UInt8]? {
    guard let cut = path.lastIndex(of: RelativePath.slash), cut + 1 < path.count,
      let parent = try? Environment.realPath(Array(path[..<max(cut, 1)]))
    else { return nil }
    return join(parent, Array(path[(cut + 1)...]))
  }

  // MARK: What must not be stored

  private static func checkNames(_ components: [ArraySlice<UInt8>], shown: String) throws {
    let isLock = components.count == 1 && components[0].elementsEqual(Lock.fileName.bytes)
    guard !isLock, !components.contains(where: { ForbiddenNames.isForbidden(component: $0) }) else {
      throw StoreError.forbiddenName(path: shown)
    }
  }

  /// Refuses what a link must not lead to either: the workspace itself, its bookkeeping, a store.
  static func check(
    _ real: [UInt8], of path: RelativePath, in workspace: Workspace
  ) throws {
    let shown = path.description
    if isBelow(workspace.path, real) {
      throw UserMessage(
        "wholeWorkspace", "\(shown) leads to the workspace itself or to a directory above it",
        try: "name the directories that hold data")
    }
    if isBelow(real, workspace.path) {
      let inside = real.dropFirst(workspace.path.count).split(separator: RelativePath.slash)
      try checkNames(withoutAnnex(inside), shown: shown)
    }
    try checkStore(real, shown: shown, in: workspace)
  }

  /// Nothing for a file that git-annex keeps: it replaces it by a link to `.git/annex/objects/…`.
  private static func withoutAnnex(_ components: [ArraySlice<UInt8>]) -> [ArraySlice<UInt8>] {
    let annex = [".git", "annex", "objects"]
    let isAnnexed = zip(components, annex).allSatisfy { $0.elementsEqual($1.utf8) }
    return isAnnexed && components.count > annex.count ? [] : components
  }

  /// Refuses a path that lies in the store of the workspace.
  static func checkStore(_ real: [UInt8], shown: String, in workspace: Workspace) throws(StoreError)
  {
    let store = workspace.storePath
    guard let bytes = PathText.unescape(store), let place = try? Environment.realPath(bytes),
      isBelow(real, place)
    else { return }
    throw .containsStore(path: shown, store: store)
  }

  // MARK: The content

  private static func source(
    _ real: [UInt8], _ path: RelativePath
  ) throws -> PinSource<LinuxDirectory>.Place {
    guard let cut = real.lastIndex(of: RelativePath.slash) else {
      throw StoreError.noSuchEntry(path: path.description)
    }
    let parent = try LinuxDirectory.open(pathBytes: Array(real[..<max(cut, 1)]))
    let name = try RelativePath.checked([real[(cut + 1)...]], below: nil)
    guard try parent.status(name)?.kind == .directory else { return .file(parent, name: name) }
    return .directory(try parent.openDirectory(name))
  }
}

extension Workspace {
  /// The ignore rules of the directories above `path`, from the workspace down.
  func ignoreRules(above path: RelativePath) throws -> IgnoreRules {
    var rules = IgnoreRules.none.descending(
      into: nil, file: try IgnoreRules.load(from: root))
    var above: [ArraySlice<UInt8>] = []
    for component in path.components.dropLast() {
      above.append(component)
      let place = try RelativePath.checked(above, below: nil)
      // Below a link other rules hold than those of the workspace.
      guard try root.status(place)?.kind == .directory else { break }
      let file = try IgnoreRules.load(from: try root.openDirectory(place))
      rules = rules.descending(into: place, file: file)
    }
    return rules
  }
}
