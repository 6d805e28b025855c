import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct AddCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Store directories and files, and pin this version of them.",
    discussion: """
      Each PATH becomes a pin: a version of it that is kept under its path in the workspace. What \
      the store holds already is not stored again. A PATH that is a symbolic link is followed; its \
      content is stored under the name of the link. Files that a .reproignore leaves out (it has \
      syntax of .gitignore) are not stored.

      When the command ends with 0, everything is on the disk.

        reprostore add data models/best.safetensors
        reprostore add data --dry-run
      """)

  @Argument(
    help: "What to store: directories and files of the workspace.", completion: .file())
  var paths: [String]

  @Flag(name: .customLong("dry-run"), help: "Store nothing; say how many bytes are new.")
  var isDryRun = false

  @Flag(
    name: .customLong("strict"),
    help: "Fail on sockets, devices and named pipes instead of passing over them.")
  var isStrict = false

  @Flag(help: "Store what links that lead out of PATH point at.")
  var follow = false

  @Flag(name: .customLong("keep-links"), help: "Store links that lead out of PATH as links.")
  var keepsLinks = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !(follow && keepsLinks) else {
      throw ValidationError("--follow and --keep-links say opposite things.")
    }
  }

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let arguments = try self.arguments(in: workspace)
    for argument in arguments where !PathArgument.isBelow(argument.realPath, workspace.path) {
      console.note("\(argument.path) is a link to \(PathText.escape(argument.realPath))")
    }
    let store = try workspace.openStore()
    let isFirst = try store.snapshot().refs(in: .pins).isEmpty
    let request = try request(arguments, in: workspace)
    let start = MonotonicClock.now()
    let report = try ProgressDisplay.run(isDryRun ? "reading" : "adding", isShown: !output.quiet) {
      (progress) throws(StoreError) in
      try store.add(request, progress: progress)
    }
    let rendering = AddRendering(
      report: report, isDryRun: isDryRun, nanoseconds: MonotonicClock.now() - start)
    try rendering.render(on: console)
    if isFirst, !isDryRun { try rendering.renderNextStep(on: console) }
  }

  /// The paths, each once; none of them inside another.
  private func arguments(in workspace: Workspace) throws -> [PathArgument] {
    var arguments: [PathArgument] = []
    for text in paths {
      let argument = try PathArgument(text, in: workspace)
      guard !arguments.contains(where: { $0.path == argument.path }) else { continue }
      for other in arguments {
        let (inner, outer) =
          argument.path.isInside(other.path)
          ? (argument.path, other.path) : (other.path, argument.path)
        guard inner.isInside(outer) else { continue }
        throw UserMessage(
          "nestedPaths", "\(inner) is inside \(outer), so it would be stored twice",
          try: "reprostore add \(outer)")
      }
      arguments.append(argument)
    }
    return arguments
  }

  private func request(
    _ arguments: [PathArgument], in workspace: Workspace
  ) throws -> AddRequest<LinuxDirectory> {
    var request = AddRequest(
      pins: try arguments.map {
        PinSource(
          path: $0.path, source: $0.source, ignoring: try $0.rules(in: workspace))
      })
    request.scan.leavingLinks = follow ? .follow : keepsLinks ? .keep : .refuse
    request.scan.isStrict = isStrict
    request.isDryRun = isDryRun
    request.workers = threads.count
    request.origin.workspace = workspace.name
    request.origin.gitCommit = GitHead.commit(at: workspace.path)
    request.origin.who = "\(Environment.userName)@\(Environment.hostName)"
    request.scan.resolveLink = { (directory, target) throws(StoreError) in
      try LinkContent.find(target, from: directory, in: workspace)
    }
    return request
  }
}

/// What a link that leads out of a pin points at, for `--follow`.
private enum LinkContent {
  static func find(
    _ target: [UInt8], from directory: LinuxDirectory, in workspace: Workspace
  ) throws(StoreError) -> ScanOptions<LinuxDirectory>.LinkedContent {
    let isAbsolute = target.first == RelativePath.slash
    let place = PathText.unescape(directory.displayPath) ?? []
    let path = isAbsolute ? target : PathArgument.join(place, target)
    // A link to nothing, or in a circle, is counted with those that leave.
    guard let real = try? Environment.realPath(path),
      let cut = real.lastIndex(of: RelativePath.slash), cut + 1 < real.count
    else { return .nothing }
    try PathArgument.checkStore(real, shown: PathText.escape(path), in: workspace)
    let parent = try LinuxDirectory.open(pathBytes: Array(real[..<max(cut, 1)]))
    let name = try RelativePath.checked([real[(cut + 1)...]], below: nil)
    switch try parent.status(name)?.kind {
    case .directory: return .directory(try parent.openDirectory(name))
    case .file: return .file(parent, name: name)
    default: return .nothing
    }
  }
}
