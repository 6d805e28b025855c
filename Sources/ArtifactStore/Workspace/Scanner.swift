package import StoreIO
package import StorePrimitives

/// Walks the source of one pin: names and stats, no content.
///
/// Several threads take a directory each, the one found last first, so that few are open at a time;
/// what they found is put together in path order at the end. A directory of more than
/// `sliceEntries` names is shared out, too.
package struct Scanner<Directory: DirectoryHandle>: Sendable {
  private let visitor: ScanVisitor<Directory>
  private let progress: Progress

  /// `store` and `storePath` tell what must not be stored: the store itself.
  package init(
    _ pin: PinSource<Directory>, _ options: ScanOptions<Directory>, store: FileStatus,
    storePath: String, progress: Progress
  ) {
    visitor = ScanVisitor(pin: pin, options: options, store: store, storePath: storePath)
    self.progress = progress
  }

  /// A directory to be listed, or some names of one that has been. Holds no directory open but the
  /// root: there may be more directories than descriptors.
  struct Job: Sendable {
    enum Work: Sendable {
      case list
      case look(at: [DirectoryEntry])
    }

    let number: Int
    /// The source, or what a followed link points at.
    let root: Directory
    /// Relative to `root`; nil for itself.
    let place: RelativePath?
    /// Relative to the pin; nil for its root.
    let path: RelativePath?
    let rules: IgnoreRules
    /// The directories above, for links that lead back to one of them.
    let above: [FileStatus]
    /// Whether a link was followed on the way.
    var isFollowed = false
    var work = Work.list
  }

  /// What one job found, in path order.
  struct Listing: Sendable {
    enum Item: Sendable {
      case entry(ScannedEntry<Directory>)
      /// What the job of that number finds stands here.
      case job(Int)
    }

    var items: [Item] = []
    /// Present for a directory: what stands for it when nothing is found below.
    var hollow: ScannedEntry<Directory>?
    var skipped: [Skipped] = []
    var leavingLinks: [RelativePath] = []
  }

  private struct State: Sendable {
    var jobs: [Job] = []
    var busy = 0
    var listings: [Listing?] = []
    var hasFailed = false

    mutating func append(_ job: (Int) -> Job) -> Int {
      let number = listings.count
      listings.append(nil)
      jobs.append(job(number))
      return number
    }
  }

  /// The entries of `directory` and everything below.
  package func scan(
    _ directory: Directory, workers: Int
  ) throws(StoreError) -> ScannedTree<Directory> {
    let state = Monitor(State())
    let rules = visitor.pin.ignoring
    state.withLock { state in
      _ = state.append {
        Job(number: $0, root: directory, place: nil, path: nil, rules: rules, above: [])
      }
    }
    try Workers.run(count: max(1, workers)) { (_) throws(StoreError) in
      while let job = Self.next(state) {
        do throws(StoreError) {
          try progress.checkCancelled()
          let listing = try visitor.visit(job) { child in state.withLock { $0.append(child) } }
          state.withLock {
            $0.listings[job.number] = listing
            $0.busy -= 1
          }
        } catch {
          state.withLock { $0.hasFailed = true }
          throw error
        }
      }
    }
    return assemble(state.withLock { $0.listings })
  }

  /// The next job, as soon as there is one; nil when all are done or one has failed.
  private static func next(_ state: Monitor<State>) -> Job? {
    state.wait { state -> Job?? in
      if state.hasFailed { return .some(nil) }
      if let job = state.jobs.popLast() {
        state.busy += 1
        return job
      }
      return state.busy == 0 ? .some(nil) : nil
    }
  }

  private func assemble(_ listings: [Listing?]) -> ScannedTree<Directory> {
    var tree = ScannedTree<Directory>()
    func append(_ number: Int) {
      guard let listing = listings[number] else { return }
      let before = tree.entries.count
      for item in listing.items {
        switch item {
        case .entry(let entry): tree.append(entry)
        case .job(let number): append(number)
        }
      }
      tree.skipped += listing.skipped
      tree.leavingLinks += listing.leavingLinks
      if tree.entries.count == before, let hollow = listing.hollow { tree.append(hollow) }
    }
    append(0)
    return tree
  }

  /// The entry of the single file `name` in `parent`.
  package func scan(
    file name: RelativePath, in parent: Directory
  ) throws(StoreError) -> ScannedTree<Directory> {
    let shown = visitor.pin.path.description
    guard let status = try parent.status(name) else { throw .noSuchEntry(path: shown) }
    guard status.kind == .file else {
      throw .unsupportedFileKind(path: shown, kind: "\(status.kind)")
    }
    var tree = ScannedTree<Directory>()
    tree.append(
      ScannedEntry(
        path: try RelativePath.checked([name.name], below: nil), kind: .file, status: status,
        directory: parent, name: name, isFollowed: false))
    return tree
  }
}
