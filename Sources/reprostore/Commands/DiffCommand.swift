import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct DiffCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "List the files in which two versions, or a version and the workspace, differ.",
    discussion: """
      Without A: every pin of reprostore.lock against the workspace. With A: that version against \
      the workspace; a path of the workspace is what the lock pins there. With A and B: the two \
      versions. One line a file: A added, D removed, M changed, R renamed.

        reprostore diff
        reprostore diff data/train
        reprostore diff v1.0 data --stat
        reprostore diff v1.0:images v2.0:images
      """)

  @Argument(help: ArgumentHelp("A pin, tag or id, or X:PATH inside one.", valueName: "a"))
  var first: String?

  @Argument(
    help: ArgumentHelp("What to compare it with, instead of the workspace.", valueName: "b"))
  var second: String?

  @Flag(help: "Only count.")
  var stat = false

  @Flag(name: .customLong("exit-code"), help: "Exit with 1 if anything differs.")
  var exitCode = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let store = try workspace.openStore()
    let rendering = DiffRendering(console: console, showsFiles: !stat)
    if let first, let second {
      try compare(first, second, in: workspace, store, rendering)
    } else {
      try compareWithWorkspace(workspace, store, rendering)
    }
    try rendering.renderTotals()
    if exitCode, rendering.totals.isDifferent {
      throw ExitCode(ExitStatus.difference.rawValue)
    }
  }

  // MARK: Against the workspace

  private func compareWithWorkspace(
    _ workspace: Workspace, _ store: LocalStore, _ rendering: DiffRendering
  ) throws {
    let versions = try versions(in: workspace, store)
    let difference = WorkspaceDifference(
      workspace: workspace, store: store, workers: threads.count, isQuiet: output.quiet)
    for version in versions {
      let changes = try workspace.explainingMissingPins { try difference.changes(of: version) }
      try rendering.render(
        changes, of: version.pin.path, isTitled: versions.count > 1)
    }
  }

  private func versions(in workspace: Workspace, _ store: LocalStore) throws -> [SelectedPin] {
    let lock = try workspace.lock()
    guard let first else { return try workspace.select([], in: lock) }
    do {
      return try workspace.select([first], in: lock)
    } catch let message as UserMessage where message.code == "notPinned" {
      // No path that the lock pins: the name of a version.
      return [try version(first, in: workspace, store)]
    }
  }

  private func version(
    _ name: String, in workspace: Workspace, _ store: LocalStore
  ) throws -> SelectedPin {
    let found = try workspace.resolve(name, in: store)
    guard let path = found.record?.path else {
      throw UserMessage(
        "noPlace", "\(name) has no place in the workspace to be compared with",
        try: "reprostore diff \(ShellText.word(name)) X, with another version")
    }
    let pin = LockedPin(path: path, target: found.target, files: 0, bytes: 0)
    return SelectedPin(pin: pin, inner: found.inner)
  }

  // MARK: Two versions

  private func compare(
    _ first: String, _ second: String, in workspace: Workspace, _ store: LocalStore,
    _ rendering: DiffRendering
  ) throws {
    let (old, new) = (
      try workspace.resolve(first, in: store), try workspace.resolve(second, in: store)
    )
    guard old.inner == new.inner else {
      throw UserMessage(
        "differentParts", "\(first) and \(second) are different parts of their versions",
        try: "the same PATH after the colon of both")
    }
    // A single file goes by the last component of its pin.
    let named = new.target.fileContent == nil ? old : new
    let name = named.record?.path?.name ?? Array("file".utf8)[...]
    let fileName = try RelativePath.checked([name], below: nil)
    var listing = DiffListing(rendering: rendering, pin: nil)
    try store.difference(from: old.target, to: new.target, at: old.inner, fileName: fileName) {
      (change) throws(StoreError) in
      try listing.take(change)
    }
    try listing.finish()
    if !rendering.totals.isDifferent { try checkPart(of: new, first, in: store) }
  }

  /// A part that neither version has was mistyped.
  private func checkPart(of found: ResolvedName, _ name: String, in store: LocalStore) throws {
    guard let part = found.inner else { return }
    try NameErrors.explaining(name, found) { () throws(StoreError) in
      guard case .tree(let tree) = found.target else {
        throw .noSuchEntry(path: part.description)
      }
      try store.list(tree, at: part) { (_) throws(StoreError) in }
    }
  }
}
