import ArtifactStore
import StoreIO
import StorePrimitives

/// Where this user keeps on this host what can be made again (XDG Base Directory Specification).
enum CacheDirectory {
  /// The folder for what is known of the files of `workspace`; nil where there is no place for it:
  /// then files are read more often.
  static func statCaches(
    of workspace: Workspace, _ store: LocalStore
  ) -> StatCacheFolder<LinuxDirectory>? {
    guard let directory = open(for: store), let status = try? workspace.root.status() else {
      return nil
    }
    return StatCacheFolder(
      directory: directory, workspace: "\(Environment.hostName)\n\(workspace.name)",
      rootDevice: status.device)
  }

  private static func open(for store: LocalStore) -> LinuxDirectory? {
    var path = base
    for name in ["reprostore", store.uuid.hex] {
      guard let parent = path.flatMap({ try? LinuxDirectory.open(pathBytes: $0) }) else {
        return nil
      }
      _ = try? parent.makeDirectory(RelativePath(trusted: name), mode: 0o700)
      path = path.map { PathArgument.join($0, Array(name.utf8)) }
    }
    return path.flatMap { try? LinuxDirectory.open(pathBytes: $0) }
  }

  /// `$XDG_CACHE_HOME`, which must be absolute to count, or `~/.cache`, which is made.
  private static var base: [UInt8]? {
    if let path = Environment.bytes("XDG_CACHE_HOME"), path.first == RelativePath.slash {
      return path
    }
    guard let home = Environment.bytes("HOME"), home.first == RelativePath.slash,
      let directory = try? LinuxDirectory.open(pathBytes: home)
    else { return nil }
    _ = try? directory.makeDirectory(RelativePath(trusted: ".cache"), mode: 0o700)
    return PathArgument.join(home, Array(".cache".utf8))
  }
}
