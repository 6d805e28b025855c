import ArtifactStore
import StoreIO
import StorePrimitives

/// The workspace in the main working copy of a repository, as seen from a linked one.
enum LinkedWorkspace {
  /// The error for a workspace in a linked working copy whose store is not there while that of the
  /// main one is; nil otherwise.
  static func noStore(of workspace: Workspace) -> UserMessage? {
    guard let (main, store) = mainStore(of: workspace) else { return nil }
    return UserMessage(
      "noStore",
      "there is no store at \(workspace.storePath); the main working copy, "
        + "\(PathText.escape(main)), has one",
      try: "reprostore init --store \(ShellText.word(store))")
  }

  /// The store of the main working copy as a word of a shell; nil when there is none.
  static func store(of workspace: Workspace) -> String? {
    mainStore(of: workspace).map { ShellText.word($0.store) }
  }

  private static func mainStore(of workspace: Workspace) -> (main: [UInt8], store: String)? {
    guard let main = GitRepository.find(around: workspace)?.mainWorkspace,
      let root = Workspace.root(at: main), let configuration = try? Configuration(in: root),
      (try? configuration.store.open(in: root).status(StoreLayout.format)) != nil
    else { return nil }
    return (main, configuration.store.description(in: PathText.escape(main)))
  }
}
