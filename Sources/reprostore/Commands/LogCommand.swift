import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct LogCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "List every version of a path, newest first.",
    discussion: """
      PATH is a pin, or a file or directory inside one. Its versions are those that a commit \
      on any branch, tag or stash pinned, and those that only the store knows. Each line says \
      what changed against the version before: files added (+), removed (-) and changed (~).

        reprostore log data
        reprostore log data/labels.csv -n 5
        reprostore restore data@COMMIT --to before
      """)

  @Argument(help: "A path of the workspace.", completion: .file())
  var path: String

  @Option(
    name: .customShort("n"),
    help: ArgumentHelp("Only the newest COUNT versions.", valueName: "count"))
  var count: Int?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard count.map({ $0 > 0 }) ?? true else { throw ValidationError("-n takes 1 or more.") }
  }

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let snapshot = try workspace.openStore().snapshot()
    let repository = GitRepository.find(around: workspace)
    for place in try places(in: workspace) {
      let history = try repository?.pinHistory(of: place) ?? PinHistory()
      let versions = try PathVersions(of: place, history: history, in: snapshot)
      let listing = VersionListing(versions: versions, console: console)
      let state = try listing.render(atMost: count ?? .max)
      if state == .nothing { continue }
      tell(history.unreadable, console)
      guard state == .sound else { throw ExitCode(ExitStatus.damage.rawValue) }
      return
    }
    if let damage = snapshot.damage { throw damage }
    throw UserMessage(
      "unknownName", "no version of \(path) is known, to git or to the store",
      try: "reprostore ls (it lists what is pinned)")
  }

  /// The paths that may be meant: as seen from where the user is, then from the workspace.
  private func places(in workspace: Workspace) throws -> [RelativePath] {
    let typed = PathArgument.typed(path)
    let fromRoot = PathArgument.fromRoot(typed, in: workspace)
    let name = fromRoot ?? typed
    let text = name.hasPrefix("pin:") ? name.dropFirst(4) : name[...]
    var bytes = PathText.unescape(text) ?? Array(text.utf8)
    while bytes.count > 1, bytes.last == RelativePath.slash { bytes.removeLast() }
    let place: RelativePath
    do {
      place = try RelativePath(bytes)
    } catch {
      throw StoreError.badPath(path: path, error)
    }
    let below = fromRoot == nil ? workspace.current.flatMap { try? place.inside($0) } : nil
    return [below, place].compactMap { $0 }
  }

  private func tell(_ unreadable: [GitRepository.LockCommit], _ console: Console) {
    guard !unreadable.isEmpty else { return }
    let commits = unreadable.prefix(3).map { $0.id.prefix(GitCommitID.shortDigits) }
    console.note(
      "the reprostore.lock of \(Words.count(unreadable.count, "commit", "commits")) cannot be read "
        + "and was passed over: \(commits.joined(separator: ", "))"
        + (unreadable.count > 3 ? ", …" : ""))
  }
}
