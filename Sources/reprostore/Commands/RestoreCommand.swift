import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct RestoreCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Write a stored version into a directory.",
    discussion: """
      The content of X lands in DIR itself, which must be empty or not exist yet: nothing is ever \
      written over. Every byte is checked on the way, and DIR appears only when all of it is right.

        reprostore restore data --to /tmp/data
        reprostore restore v1.0:images/train --to train
        reprostore restore data@HEAD~1 --to before
      """)

  @Argument(help: ArgumentHelp("A pin, tag or id, or X:PATH inside one.", valueName: "x"))
  var name: String

  @Option(
    help: ArgumentHelp("The directory that shall hold the content.", valueName: "dir"),
    completion: .directory)
  var to: String

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let store = try workspace.openStore()
    let found = try workspace.resolve(name, in: store)
    let place = try DestinationArgument(to)
    var request = RestoreRequest(
      source: found, parent: place.parent, name: place.name,
      fileName: try fileName(of: found))
    request.workers = threads.count
    let start = MonotonicClock.now()
    let report = try NameErrors.explaining(name, found) { () throws(StoreError) in
      try ProgressDisplay.run("restoring", isShown: !output.quiet) {
        (progress) throws(StoreError) in
        try store.restore(request, progress: progress)
      }
    }
    let nanoseconds = MonotonicClock.now() - start
    try console.object([
      ("type", .string("restored")), ("path", .string(place.shown)),
      ("id", .optional(found.target.id)), ("files", .integer(report.files)),
      ("bytes", .unsigned(report.bytes)), ("clonedFiles", .integer(report.clonedFiles)),
      ("milliseconds", .unsigned(nanoseconds / 1_000_000)),
    ])
    try console.report(
      "restored \(Words.files(report.files)), \(Words.size(report.bytes)), to \(place.shown) in "
        + "\(Words.duration(nanoseconds: nanoseconds)); every byte was checked")
  }

  /// The name that a single file gets: its own, or its id when it has none.
  private func fileName(of found: ResolvedName) throws(StoreError) -> RelativePath {
    if let path = found.inner ?? found.record?.path {
      return try RelativePath.checked([path.name], below: nil)
    }
    return RelativePath(trusted: found.target.digest?.hex ?? "file")
  }
}
