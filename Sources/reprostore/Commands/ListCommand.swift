import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct ListCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls",
    abstract: "List pins and tags, or what is in one of them.",
    discussion: """
      Without X: the newest version of every path that was added in this workspace, and all tags. \
      X is a path that was added, a tag, an id or its beginning; X:PATH is something inside. \
      pin:PATH, tag:NAME and sha256:ID say which is meant.

        reprostore ls
        reprostore ls -l data
        reprostore ls -r data:images/train
      """)

  @Argument(help: ArgumentHelp("What to look into.", valueName: "x"))
  var name: String?

  @Flag(name: [.short, .long], help: "List every file, not one directory.")
  var recursive = false

  @Flag(name: [.short, .long], help: "Say kind, size and id as well.")
  var long = false

  @Flag(name: [.short, .long], help: "Without X: also the pins of other workspaces.")
  var all = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let store = try workspace.openStore()
    if let name {
      let listing = EntryListing(isRecursive: recursive, isLong: long, console: console)
      try NameErrors.explaining(name) { () throws(StoreError) in
        try listing.render(try workspace.resolve(name, in: store), in: store)
      }
    } else {
      let listing = RefListing(snapshot: try store.snapshot(), console: console)
      let isSound = try listing.render(workspace: workspace.name, all: all)
      guard isSound else { throw ExitCode(ExitStatus.damage.rawValue) }
    }
  }
}
