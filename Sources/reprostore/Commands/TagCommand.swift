import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct TagCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag",
    abstract: "Give a version a name, list the names, or remove one.",
    discussion: """
      A tag keeps its version for as long as it is there, whatever is added later.

        reprostore tag v1.0 data
        reprostore tag
        reprostore tag --delete v1.0
      """)

  @Argument(help: ArgumentHelp("The tag.", valueName: "name"))
  var tag: String?

  @Argument(help: ArgumentHelp("The version: a pin, tag or id.", valueName: "x"))
  var target: String?

  @Flag(name: [.short, .long], help: "Move a tag that stands for something else.")
  var force = false

  @Flag(name: [.short, .customLong("delete")], help: "Remove the tag; the data stays.")
  var delete = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !delete || (tag != nil && target == nil && !force) else {
      throw ValidationError("--delete takes the name of a tag and nothing else.")
    }
    guard delete || tag == nil || target != nil else {
      throw ValidationError("Say which version \(tag ?? "") shall stand for: tag NAME X.")
    }
  }

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let store = try workspace.openStore()
    guard let tag else {
      let listing = RefListing(snapshot: try store.snapshot(), console: console)
      guard try listing.renderTags() else { throw ExitCode(ExitStatus.damage.rawValue) }
      return
    }
    if let target {
      try set(tag, to: try workspace.resolve(target, in: store), in: store, console)
    } else {
      try remove(tag, from: store, console)
    }
  }

  private func set(
    _ tag: String, to found: ResolvedName, in store: LocalStore, _ console: Console
  ) throws {
    guard found.inner == nil else {
      throw UserMessage(
        "partOfVersion", "a tag stands for a whole version, not for something inside one",
        try: "reprostore tag \(tag) with what stands before the last colon")
    }
    do throws(StoreError) {
      try store.tag(
        tag, found, replacing: force, who: "\(Environment.userName)@\(Environment.hostName)")
    } catch {
      guard case .alreadyExists = error else { throw error }
      throw UserMessage(
        "tagTaken", "the tag \(tag) stands for something else",
        try: "another name, or --force to move the tag", status: .refused)
    }
    try console.object([
      ("type", .string("tagged")), ("name", .string(tag)), ("id", .optional(found.target.id)),
    ])
    try console.report("\(tag) is \(found.target.id ?? "")")
  }

  private func remove(_ tag: String, from store: LocalStore, _ console: Console) throws {
    let listed = try store.snapshot().refs(in: .tags).first { $0.name.name == tag }
    do throws(StoreError) {
      try store.removeTag(tag)
    } catch {
      guard case .unknownName = error else { throw error }
      throw UserMessage("unknownName", "there is no tag \(tag)", try: "reprostore tag")
    }
    try console.object([("type", .string("untagged")), ("name", .string(tag))])
    let id = listed?.record.target.id.map { "; it was \($0)" } ?? ""
    try console.report("removed the tag \(tag)\(id)")
  }
}
