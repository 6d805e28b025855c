import StorePrimitives

/// Names of directories in which files are made before they get their place.
///
/// One that is left over comes from a process that was killed; a scan passes over it. The next
/// command that edits there removes those of an editor; one of a restore may belong to a restore
/// that is running.
enum PartialName {
  private static let prefix = ".reprostore-partial-"
  private static let editorPrefix = prefix + "edit-"

  /// A name that nothing has.
  static func random() -> RelativePath { random(prefix) }

  /// A name that nothing has, for a `WorkspaceEditor`.
  static func randomOfEditor() -> RelativePath { random(editorPrefix) }

  private static func random(_ prefix: String) -> RelativePath {
    RelativePath(trusted: prefix + Nonce.random().hex.prefix(8))
  }

  static func matches(_ name: some Collection<UInt8>) -> Bool { name.starts(with: prefix.utf8) }

  /// Whether it is one of a `WorkspaceEditor`: of those one at a time works in a workspace.
  static func isOfEditor(_ name: some Collection<UInt8>) -> Bool {
    name.starts(with: editorPrefix.utf8)
  }
}
