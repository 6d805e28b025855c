import ArtifactStore
import StoreIO
import StorePrimitives

/// Where a pin, or a part of one, is in the workspace.
struct PinPlace {
  /// A directory that is there; no link is followed below it.
  let base: LinuxDirectory
  /// Relative to `base`.
  let place: RelativePath
  /// What is there; nil for nothing.
  let source: PinSource<LinuxDirectory>?

  /// Finds `inner` of `pin`, or all of that, a component at a time.
  ///
  /// A link on the way is followed: data may lie on another disk. But for writing it must be a link
  /// of this copy of the workspace: one that came with the repository could lead anywhere.
  /// Links inside a pin are content: nothing is written through them.
  init(
    _ pin: RelativePath, _ inner: RelativePath?, in workspace: Workspace, forWriting: Bool
  ) throws {
    let path = try inner.map { try RelativePath.checked($0.components, below: pin) } ?? pin
    let components = path.components
    var directory = workspace.root
    for (index, component) in components.enumerated() {
      let name = try RelativePath.checked([component], below: nil)
      let isLast = index == components.count - 1
      let here = try RelativePath.checked(Array(components[...index]), below: nil)
      guard let status = try directory.status(name) else {
        base = directory
        place = try RelativePath.checked(Array(components[index...]), below: nil)
        source = nil
        return
      }
      var (parent, last, kind) = (directory, name, status.kind)
      if kind == .symbolicLink {
        if forWriting {
          guard index < pin.components.count else {
            throw StoreError.inTheWay(path: here.description, kind: "symbolic link")
          }
          try Self.check(link: here, in: workspace)
        }
        (parent, last, kind) = try Self.follow(here, in: workspace)
      }
      if isLast {
        (base, place) = (parent, last)
        source = try Self.source(path, parent, last, kind, in: workspace)
        return
      }
      guard kind == .directory else {
        throw StoreError.inTheWay(path: here.description, kind: "\(kind)")
      }
      directory = try parent.openDirectory(last)
    }
    preconditionFailure("a path has a component")
  }

  private static func check(link: RelativePath, in workspace: Workspace) throws {
    guard let git = GitRepository.find(around: workspace), try git.isTracked(link) else { return }
    throw UserMessage(
      "committedLink",
      "\(link) is a symbolic link that is committed to git, so whoever wrote the repository chose "
        + "where it leads; nothing is written through it",
      try: "git rm --cached \(ShellText.word(link.description)), if you trust it",
      status: .refused)
  }

  private static func follow(
    _ link: RelativePath, in workspace: Workspace
  ) throws -> (parent: LinuxDirectory, name: RelativePath, kind: FileKind) {
    let full = PathArgument.join(workspace.path, link.bytes)
    guard let real = try? Environment.realPath(full),
      let cut = real.lastIndex(of: RelativePath.slash), cut + 1 < real.count
    else {
      throw dangling(link, in: workspace)
    }
    try PathArgument.check(real, of: link, in: workspace)
    let parent = try LinuxDirectory.open(pathBytes: Array(real[..<max(cut, 1)]))
    let name = try RelativePath.checked([real[(cut + 1)...]], below: nil)
    guard let kind = try parent.status(name)?.kind else {
      throw StoreError.noSuchEntry(path: link.description)
    }
    return (parent, name, kind)
  }

  /// The error for a link that leads nowhere.
  static func dangling(_ link: RelativePath, in workspace: Workspace) -> UserMessage {
    UserMessage(
      "danglingLink", "\(link) is a symbolic link to something that is not there",
      try: "is its disk mounted? Else remove the link: rm \(workspace.word(link))")
  }

  private static func source(
    _ path: RelativePath, _ parent: LinuxDirectory, _ name: RelativePath, _ kind: FileKind,
    in workspace: Workspace
  ) throws -> PinSource<LinuxDirectory> {
    let rules = try workspace.ignoreRules(above: path)
    switch kind {
    case .directory:
      return PinSource(
        path: path, source: .directory(try parent.openDirectory(name)), ignoring: rules)
    case .file:
      return PinSource(path: path, source: .file(parent, name: name), ignoring: rules)
    default: throw StoreError.inTheWay(path: path.description, kind: "\(kind)")
    }
  }
}
