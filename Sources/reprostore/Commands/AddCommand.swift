import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct AddCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Store directories and files, and pin this version of them.",
    usage: "reprostore add PATH ... [OPTIONS]",
    discussion: """
      Each PATH becomes a pin: a line in reprostore.lock, which you commit to git, binds it to \
      this version of it; a line in .gitignore keeps the data themselves out of git. A PATH inside \
      a pin makes a new version of that pin. What the store holds already is not stored again.

      A PATH that is a symbolic link is followed; its content is stored under the name of the \
      link. Files that a .reproignore leaves out (it has the syntax of .gitignore) are not stored.

      When the command ends with 0, everything is on the disk.

        reprostore add data models/best.safetensors
        reprostore add data/train/new.jpg
        reprostore add data --dry-run
        reprostore add checkpoints --link hardlink
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

  @Option(
    help: "Make large files links to the store, which frees their room: reflink or hardlink.")
  var link: LinkOption?

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
    let pinning = try Pinning(arguments.map(\.path), in: workspace, store)
    let request = try request(arguments, pinning, in: workspace, store)
    let start = MonotonicClock.now()
    var report = try ProgressDisplay.run(isDryRun ? "reading" : "adding", isShown: !output.quiet) {
      (progress) throws(StoreError) in
      try store.add(request, progress: progress)
    }
    if !isDryRun { report.pins = try pinning.record(report.pins, from: request.origin) }
    let linked = try linkToStore(arguments, in: workspace, store)
    let rendering = AddRendering(
      report: report, isDryRun: isDryRun, nanoseconds: MonotonicClock.now() - start,
      linked: linked)
    try rendering.render(on: console)
    if pinning.isChanged(by: report), !isDryRun {
      try rendering.renderNextStep(on: console, in: workspace)
    }
  }

  /// Makes what was added links to the store, if that was asked for.
  private func linkToStore(
    _ arguments: [PathArgument], in workspace: Workspace, _ store: LocalStore
  ) throws -> [CheckoutReport] {
    guard let link, link != .copy, !isDryRun else { return [] }
    let selected = try workspace.select(
      arguments.map { PathText.escape(PathArgument.join(workspace.path, $0.path.bytes)) },
      in: try workspace.lock())
    var request = CheckoutRequest(
      pins: try selected.map { try $0.place(in: workspace, forWriting: true) },
      workspace: workspace.root)
    request.linking = link.mode
    request.relinks = true
    request.workers = threads.count
    request.scan = workspace.scanOptions()
    return try ProgressDisplay.run("linking", isShown: !output.quiet) {
      (progress) throws(StoreError) in
      try store.checkout(request, progress: progress)
    }
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
    _ arguments: [PathArgument], _ pinning: Pinning, in workspace: Workspace, _ store: LocalStore
  ) throws -> AddRequest<LinuxDirectory> {
    var request = AddRequest(
      pins: try arguments.map {
        PinSource(
          path: $0.path, source: $0.source, ignoring: try workspace.ignoreRules(above: $0.path))
      })
    request.scan = workspace.scanOptions()
    request.scan.leavingLinks = follow ? .follow : keepsLinks ? .keep : .refuse
    request.scan.isStrict = isStrict
    request.isDryRun = isDryRun
    request.workers = threads.count
    request.origin = workspace.pinOrigin
    request.parts = pinning.parts
    request.caches = CacheDirectory.statCaches(of: workspace, store)
    return request
  }
}
