import ArgumentParser
import ArtifactStore
import StorePrimitives

struct InitCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make the current directory a workspace with a store.",
    discussion: """
      Creates .reprostore/ with a configuration to commit and a store to keep to yourself. A store \
      that is elsewhere already is joined, so that several workspaces share one. A new one can be \
      read by you only; with --shared group all users of the group of its directory use it.

      In a clone of a repository that has a configuration, init makes the store that is missing.

      With --git-hooks git brings the pinned data along with each checkout, and merges \
      reprostore.lock pin by pin. Only this copy of the repository is changed, and no file that \
      git tracks.

        reprostore init
        reprostore init --store /data/shared/store
        reprostore init --store /data/shared/store --shared group
        reprostore init --git-hooks
      """)

  @Option(
    help: ArgumentHelp("Use or create the store in DIR instead.", valueName: "dir"),
    completion: .directory)
  var store: String?

  @Option(
    help: ArgumentHelp(
      "Let the group of the new store use it; it is that of DIR, or yours.", valueName: "group"))
  var shared: StoreSharing?

  @Flag(
    name: .customLong("git-hooks"),
    help: "Let git check out the pinned data, and merge the lock, by itself.")
  var gitHooks = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard shared == nil || store != nil else {
      throw ValidationError("--shared needs --store: the store of a workspace is for one user.")
    }
  }

  func execute(_ console: Console) throws {
    let creation = try WorkspaceCreation(store: store, isShared: shared == .group)
    // What stands in the way shows before anything is made.
    let hooks = gitHooks ? try GitHooks(around: creation.path) : nil
    let abandoned = try creation.abandonedStore()
    let outcome = try creation.run()
    try show(outcome, of: creation, console)
    if let abandoned {
      console.note(
        "nothing was ever stored in \(abandoned), which is not used any more; to remove it: "
          + "rm -r \(ShellText.word(abandoned))")
    }
    if let hooks { try show(hooks, isNew: try hooks.install(), console) }
  }

  private func show(_ hooks: GitHooks, isNew: Bool, _ console: Console) throws {
    let paths = hooks.hooks.map { PathText.escape($0.path) }
    try console.object([
      ("type", .string("gitHooks")), ("hooks", .array(paths.map(JSONValue.string))),
      ("attributes", .string(PathText.escape(hooks.attributes))),
      ("state", .string(isNew ? "installed" : "already")),
    ])
    guard isNew else {
      return try console.report("git's hooks and merge driver are there already")
    }
    for path in paths { try console.report("git hook  \(Words.printable(path))") }
    try console.report("and a merge driver for reprostore.lock")
  }

  private func show(
    _ outcome: WorkspaceCreation.Outcome, of creation: WorkspaceCreation, _ console: Console
  ) throws {
    let path = PathText.escape(creation.path)
    try console.object([
      ("type", .string("workspace")), ("path", .string(path)),
      ("store", .string(creation.storePath)), ("state", .string("\(outcome)")),
    ])
    guard outcome != .already else {
      return try console.report(
        "\(path) is a workspace already, with the store \(creation.storePath); nothing was changed")
    }
    if let outer = creation.outerWorkspace {
      console.note("\(outer) is a workspace too; what is below \(path) no longer belongs to it")
    }
    let new = creation.isShared ? "new, for the users of its group" : "new"
    let state = outcome == .joined ? "joined: it was there before" : new
    try console.report("workspace  \(path)")
    try console.report("store      \(creation.storePath) (\(state))")
    try showNextStep(outcome, of: creation, console)
  }

  /// A clone has pins already: their data are to be had, not to be added.
  private func showNextStep(
    _ outcome: WorkspaceCreation.Outcome, of creation: WorkspaceCreation, _ console: Console
  ) throws {
    let workspace = try Workspace.open(at: creation.path)
    let pins = (try? workspace?.lock())?.pins.count ?? 0
    guard pins > 0 else {
      try console.report("next       commit .reprostore with git, then store data:")
      return try console.report("             reprostore add DIR")
    }
    guard outcome == .created else {
      return try console.report("next       reprostore checkout")
    }
    let store = workspace.flatMap(LinkedWorkspace.store) ?? "DIR"
    let paths = Words.count(pins, "path", "paths")
    console.note("reprostore.lock pins \(paths), and the new store has nothing of them")
    try console.report(
      "next       reprostore init --store \(store), which joins the store that has")
    try console.report("           the data; or reprostore add PATH for each path that is here")
  }
}

/// With whom a store is shared.
enum StoreSharing: String, ExpressibleByArgument, CaseIterable {
  case group

  init?(argument: String) { self.init(rawValue: argument) }
}
