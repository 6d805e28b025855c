import ArtifactStore
import StoreIO
import StorePrimitives

/// The git working copy around a workspace. All that git says is taken for hostile.
struct GitRepository {
  /// Bytes of a list that git prints.
  private static let listBytes = 256 << 20

  /// The absolute path of the working copy.
  let top: [UInt8]
  /// The absolute path of the workspace: `top` or below it. Git is run there.
  let workspace: [UInt8]
  /// The working copy that this one is linked to (`git worktree add`); nil when it is not linked,
  /// or linked to a repository without one.
  let mainTop: [UInt8]?

  /// The working copy that `workspace` lies in; nil when there is none. By files: git is not run.
  static func find(around workspace: Workspace) -> GitRepository? {
    find(around: workspace.path)
  }

  /// The working copy that the directory lies in, an absolute path without links.
  static func find(around directory: [UInt8]) -> GitRepository? {
    GitFolder.find(around: directory).map { place in
      GitRepository(
        top: place.top, workspace: directory,
        mainTop: place.common.flatMap { mainTop(of: $0) })
    }
  }

  private static func mainTop(of common: LinuxDirectory) -> [UInt8]? {
    guard let path = PathText.unescape(common.displayPath),
      let real = try? Environment.realPath(path),
      let cut = real.lastIndex(of: RelativePath.slash),
      real[(cut + 1)...].elementsEqual(".git".utf8)
    else { return nil }
    return Array(real[..<max(cut, 1)])
  }

  /// Whether this is a linked working copy, made by `git worktree add`.
  var isLinked: Bool { mainTop != nil }

  /// Where the workspace lies in the main working copy; nil when this is no linked one.
  var mainWorkspace: [UInt8]? {
    mainTop.map { PathArgument.plain($0 + workspace.dropFirst(top.count)) }
  }

  // MARK: Running git

  /// What git prints, or nil when that is more than `limit` bytes. An exit code other than 0 is an
  /// error.
  func outputUnlessLonger(
    than limit: Int, _ arguments: [String], paths: [RelativePath] = [], input: [UInt8] = []
  ) throws -> [UInt8]? {
    let finished = try GitProcess.run(
      arguments, paths: paths, in: workspace, input: input, limit: limit)
    guard let finished else { return nil }
    guard finished.status == 0 else { throw GitErrors.failed(arguments.first ?? "", finished) }
    return finished.output
  }

  /// What git prints; an exit code other than 0, and more than `limit` bytes, are errors.
  func output(
    _ arguments: [String], paths: [RelativePath] = [], input: [UInt8] = [],
    limit: Int = listBytes
  ) throws -> [UInt8] {
    let output = try outputUnlessLonger(than: limit, arguments, paths: paths, input: input)
    guard let output else { throw GitErrors.tooMuch(arguments.first ?? "") }
    return output
  }

  // MARK: Questions

  /// Whether git tracks `path`, a path of the workspace, or something below it.
  func isTracked(_ path: RelativePath) throws -> Bool { try isTracked([path]) }

  /// The same for any of `paths`; git is run once.
  func isTracked(_ paths: [RelativePath]) throws -> Bool {
    let listed = try outputUnlessLonger(
      than: 64 << 10, ["ls-files", "-z", "--cached"], paths: paths)
    return listed?.isEmpty != true
  }

  /// The whole id of the commit that `revision` stands for; nil when git knows none. A text that
  /// git would take for an option stands for none.
  func commit(_ revision: String) throws -> String? {
    let isOdd = revision.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "\n") }
    guard !revision.isEmpty, !revision.hasPrefix("-"), !isOdd else { return nil }
    let arguments = ["rev-parse", "--verify", "--quiet", "\(revision)^{commit}"]
    guard let finished = try GitProcess.run(arguments, in: workspace, limit: 4096) else {
      return nil
    }
    let id = String(decoding: finished.output.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    if finished.status == 0 { return GitCommitID.isWhole(id) ? id : nil }
    // Git fails without a word for a reflog that is too short.
    guard finished.status == 1 || finished.errors.isEmpty else {
      throw GitErrors.failed("rev-parse", finished)
    }
    return nil
  }
}
