import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct CheckoutCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkout",
    abstract: "Make the workspace what reprostore.lock says.",
    discussion: """
      Touches only what differs, and each file in one step. Refuses, before the first change, to \
      lose bytes that the store does not hold. Files that the version does not have stay and are \
      listed.

        git checkout v1.0 -- reprostore.lock
        reprostore checkout
        reprostore checkout data/train
        reprostore checkout --clean      # the version, and nothing else that the store can give
      """)

  @Argument(help: "Pins, parts of pins, or directories that hold pins.", completion: .file())
  var paths: [String] = []

  @Flag(name: .shortAndLong, help: "Replace and remove also what the store does not hold.")
  var force = false

  @Flag(help: "Remove files that the version does not have, if the store holds them.")
  var clean = false

  @Option(
    help: "How files share the bytes of the store: \(LinkOption.names). Default: reflink or copy.")
  var link: LinkOption?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let selected = try workspace.select(paths, in: try workspace.lock())
    let store = try workspace.openStore()
    var request = CheckoutRequest(
      pins: try workspace.places(of: selected, in: store, forWriting: true),
      workspace: workspace.root)
    request.linking = link?.mode ?? .automatic
    request.isForced = force
    request.cleans = clean
    request.workers = threads.count
    request.scan = workspace.scanOptions()
    request.caches = CacheDirectory.statCaches(of: workspace, store)
    let start = MonotonicClock.now()
    let reports = try workspace.explainingMissingPins {
      try ProgressDisplay.run("checking out", isShown: !output.quiet) {
        (progress) throws(StoreError) in
        try store.checkout(request, progress: progress)
      }
    }
    try workspace.alone {
      var evicted = try EvictedPaths(of: workspace)
      for pin in selected { try evicted.remove(try pin.path(), in: workspace) }
    }
    if selected.isEmpty {
      console.note("nothing is pinned yet; pin a directory with: reprostore add DIR")
    }
    let rendering = CheckoutRendering(nanoseconds: MonotonicClock.now() - start, console: console)
    try rendering.render(zip(selected, reports).map { (try $0.path(), $1) })
  }
}
