import StorePrimitives

/// Names of directories in which files are made before they get their place.
///
/// One that is left over comes from a process that was killed; a scan passes over it, and the next
/// command that writes there removes it.
enum PartialName {
  private static let prefix = ".reprostore-partial-"

  /// A name that nothing has.
  static func random() -> RelativePath {
    RelativePath(trusted: prefix + Nonce.random().hex.prefix(8))
  }

  static func matches(_ name: some Collection<UInt8>) -> Bool { name.starts(with: prefix.utf8) }
}
