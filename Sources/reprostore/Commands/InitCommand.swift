import ArgumentParser
import StorePrimitives

struct InitCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make the current directory a workspace with a store.",
    discussion: """
      Creates .reprostore/ with a configuration to commit and a store to keep to yourself. A store \
      that is elsewhere already is joined, so that several workspaces share one; a new one can be \
      read by you only, unless you made its directory before with the mode it shall have.

      In a clone of a repository that has a configuration, init makes the store that is missing.

        reprostore init
        reprostore init --store /data/shared/store
      """)

  @Option(
    help: ArgumentHelp("Use or create the store in DIR instead.", valueName: "dir"),
    completion: .directory)
  var store: String?

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let creation = try WorkspaceCreation(store: store)
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
    let state =
      outcome == .joined ? "joined: it was there before" : "new"
    try console.report("workspace  \(path)")
    try console.report("store      \(creation.storePath) (\(state))")
    try console.report("next       commit .reprostore with git, then store data:")
    try console.report("             reprostore add DIR")
  }
}
