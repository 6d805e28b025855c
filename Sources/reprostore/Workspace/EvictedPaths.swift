import ArtifactStore
import StoreIO
import StorePrimitives

/// Paths whose files were evicted: they are missing from the workspace on purpose.
///
/// `.reprostore/evicted` has one a line, escaped. It belongs to this copy of the workspace and is
/// not committed.
struct EvictedPaths {
  private static let name = RelativePath(trusted: ".reprostore/evicted")
  private static let maximumBytes = 16 << 20

  private(set) var paths: Set<RelativePath>

  /// A line that is no path is an error: `add` would take the files that it stood for as deleted.
  init(of workspace: Workspace) throws {
    let bytes = try workspace.contents(of: Self.name, limit: Self.maximumBytes + 1) ?? []
    guard bytes.count <= Self.maximumBytes else { throw Self.damaged("is too long") }
    paths = Set(
      try bytes.split(separator: UInt8(ascii: "\n")).map { line in
        let text = PathText.unescape(String(decoding: line, as: UTF8.self))
        guard let path = text.flatMap({ try? RelativePath($0) }) else {
          throw Self.damaged("has a line that is no path")
        }
        return path
      })
  }

  private static func damaged(_ what: String) -> UserMessage {
    UserMessage(
      "evictedDamaged", "\(name), which says what was evicted, \(what)",
      try: "rm \(name), and then: reprostore checkout", status: .damage)
  }

  /// The first of the paths that is `path` or lies in it.
  func first(in path: RelativePath) -> RelativePath? { paths.filter { $0.isInside(path) }.min() }

  /// Whether `path` was evicted, or something that it lies in.
  func covers(_ path: RelativePath) -> Bool { paths.contains { path.isInside($0) } }

  /// Notes that `path` was evicted. The caller holds `Workspace.alone`.
  mutating func add(_ path: RelativePath, in workspace: Workspace) throws {
    guard !covers(path) else { return }
    paths = paths.filter { !$0.isInside(path) }
    paths.insert(path)
    try write(in: workspace)
  }

  /// Notes that what is at `path` and in it is back. The caller holds `Workspace.alone`.
  mutating func remove(_ path: RelativePath, in workspace: Workspace) throws {
    let left = paths.filter { !$0.isInside(path) }
    guard left.count < paths.count else { return }
    paths = left
    try write(in: workspace)
  }

  private func write(in workspace: Workspace) throws {
    guard !paths.isEmpty else { return try workspace.root.removeFile(Self.name) }
    let text = paths.sorted().map { "\($0)\n" }.joined()
    try workspace.replace(Self.name, with: Array(text.utf8))
  }
}
