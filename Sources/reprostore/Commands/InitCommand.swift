import ArgumentParser
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

        reprostore init
        reprostore init --store /data/shared/store
        reprostore init --store /data/shared/store --shared group
      """)

  @Option(
    help: ArgumentHelp("Use or create the store in DIR instead.", valueName: "dir"),
    completion: .directory)
  var store: String?

  @Option(
    help: ArgumentHelp(
      "Let the group of the new store use it; it is that of DIR, or yours.", valueName: "group"))
  var shared: StoreSharing?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard shared == nil || store != nil else {
      throw ValidationError("--shared needs --store: the store of a workspace is for one user.")
    }
  }

  func execute(_ console: Console) throws {
    let creation = try WorkspaceCreation(store: store, isShared: shared == .group)
    let outcome = try creation.run()
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
    try console.report("next       commit .reprostore with git, then store data:")
    try console.report("             reprostore add DIR")
  }
}

/// With whom a store is shared.
enum StoreSharing: String, ExpressibleByArgument, CaseIterable {
  case group

  init?(argument: String) { self.init(rawValue: argument) }
}
