import ArtifactStore
import StoreIO
import StorePrimitives

/// What the files of a workspace do not have in common with a version.
struct WorkspaceDifference {
  let workspace: Workspace
  let store: LocalStore
  /// Threads.
  let workers: Int
  let isQuiet: Bool

  /// The changes from `version` to what is in the workspace, in path order. Paths are relative to
  /// the workspace. What was evicted is no change.
  ///
  /// - Throws: `StoreError.pinNotHere`, `changedWhileRead`.
  func changes(of version: SelectedPin) throws -> [TreeChange] {
    let places = try workspace.places(of: [version], in: store, forWriting: false).map(\.version)
    var request = ComparisonRequest(versions: places)
    request.depth = .contents
    request.scan = workspace.scanOptions()
    request.caches = CacheDirectory.statCaches(of: workspace, store)
    request.workers = workers
    let states = try ProgressDisplay.run("looking", isShown: !isQuiet) {
      (progress) throws(StoreError) in
      try store.compare(request, progress: progress)
    }
    let path = try version.path()
    guard let state = states.first, let place = places.first else { return [] }
    switch state {
    case .notHere(let object): throw StoreError.pinNotHere(path: path.description, object)
    case .compared(let comparison):
      let evicted = try EvictedPaths(of: workspace)
      let changes = try comparison.differences.compactMap { difference in
        let whole = try Self.whole(difference, in: path, comparison, place)
        return try Self.change(difference, at: whole, evicted)
      }
      return comparison.isKindClash ? changes.sorted { $0.path < $1.path } : changes
    }
  }

  /// The path of a difference in the workspace, where `path` is what was compared. A single file
  /// has no path in itself.
  static func whole(
    _ difference: PathDifference, in path: RelativePath,
    _ comparison: PinComparison<LinuxDirectory>, _ version: PinVersion<LinuxDirectory>
  ) throws(StoreError) -> RelativePath {
    var isFile = comparison.isSingle
    if difference.wanted == nil, case .directory? = version.source?.source { isFile = false }
    if difference.wanted == nil, case .file? = version.source?.source { isFile = true }
    return isFile ? path : try RelativePath.checked(difference.path.components, below: path)
  }

  private static func change(
    _ difference: PathDifference, at path: RelativePath, _ evicted: EvictedPaths
  ) throws(StoreError) -> TreeChange? {
    if difference.index != nil, difference.found == nil {
      throw .changedWhileRead(path: path.description)
    }
    if difference.found == nil, evicted.covers(path) { return nil }
    return TreeChange(path: path, old: difference.wanted, new: difference.found)
  }
}
