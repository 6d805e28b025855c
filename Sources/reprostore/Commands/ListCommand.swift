import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct ListCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls",
    abstract: "List pins and tags, or what is in one of them.",
    discussion: """
      Without X: the pins of reprostore.lock, and all tags. X is a pinned path or a path inside, a \
      tag, an id or its beginning; X:PATH is something inside. pin:PATH, tag:NAME and sha256:ID \
      say which is meant. PATH@REVISION is what a git commit pinned.

        reprostore ls
        reprostore ls data@v1.0
        reprostore ls -l data
        reprostore ls -r data:images/train
      """)

  @Argument(help: ArgumentHelp("What to look into.", valueName: "x"))
  var name: String?

  @Flag(name: [.short, .long], help: "List every file, not one directory.")
  var recursive = false

  @Flag(name: [.short, .long], help: "Say kind, size and id as well.")
  var long = false

  @Flag(name: [.short, .long], help: "Without X: the newest pins of all workspaces.")
  var all = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let store = try workspace.openStore()
    if let name {
      let listing = EntryListing(isRecursive: recursive, isLong: long, console: console)
      let found = try workspace.resolve(name, in: store)
      try NameErrors.explaining(name, found) { () throws(StoreError) in
        try listing.render(found, in: store)
      }
    } else {
      let listing = RefListing(snapshot: try store.snapshot(), console: console)
      let lock = try workspace.hasLock && !all ? try workspace.lock() : nil
      guard try listing.render(workspace: workspace.name, lock: lock, all: all) else {
        throw ExitCode(ExitStatus.damage.rawValue)
      }
    }
  }
}
