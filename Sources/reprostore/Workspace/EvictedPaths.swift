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

  init(of workspace: Workspace) throws {
    let bytes = try workspace.contents(of: Self.name, limit: Self.maximumBytes) ?? []
    let lines = bytes.split(separator: UInt8(ascii: "\n"))
    paths = Set(
      lines.compactMap { line in
        PathText.unescape(String(decoding: line, as: UTF8.self)).flatMap { try? RelativePath($0) }
      })
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
