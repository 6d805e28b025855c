import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct StatusCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say what of the workspace is not as reprostore.lock has it.",
    discussion: """
      Compares the files of each pin, or of each PATH, with the version that reprostore.lock binds \
      it to. Only files that changed since they were last looked at are read. --names lists each \
      file: M modified, A added, D deleted.

        reprostore status
        reprostore status data/train --names
        reprostore status --exit-code     # exits with 1 if anything differs
      """)

  @Argument(help: "Pins, parts of pins, or directories that hold pins.", completion: .file())
  var paths: [String] = []

  @Flag(help: "List the files that differ.")
  var names = false

  @Flag(name: .customLong("exit-code"), help: "Exit with 1 if anything differs.")
  var exitCode = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let lock = try workspace.lock()
    let selected = try workspace.select(paths, in: lock)
    let store = try workspace.openStore()
    let places = try workspace.places(of: selected, in: store, forWriting: false)
    var request = ComparisonRequest(versions: places.map(\.version))
    request.scan = workspace.scanOptions()
    request.caches = CacheDirectory.statCaches(of: workspace, store)
    request.workers = threads.count
    let states = try ProgressDisplay.run("looking", isShown: !output.quiet) {
      (progress) throws(StoreError) in
      try store.compare(request, progress: progress)
    }
    let evicted = try EvictedPaths(of: workspace)
    let statuses = try zip(zip(selected, places), states).map { pin, state in
      try PinStatus(pin.0, at: pin.1.version, state, evicted)
    }
    if lock.isEmpty {
      console.note("nothing is pinned yet; pin a directory with: reprostore add DIR")
    }
    try StatusRendering(showsNames: names, console: console).render(statuses)
    if exitCode, statuses.contains(where: { $0.state != .clean }) {
      throw ExitCode(ExitStatus.difference.rawValue)
    }
  }
}
