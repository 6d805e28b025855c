import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

/// What git runs to merge `reprostore.lock`, where it was told to (gitattributes(5)). Not for
/// people.
struct MergeLockCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge-lock",
    abstract: "Merge three versions of the lock, for git.",
    discussion: """
      git runs it as: reprostore merge-lock %O %A %B %P. The result is written into OURS; the exit \
      code is 1 when conflicts are left.
      """,
    shouldDisplay: false)

  @Argument(help: "The version that both sides come from.")
  var base: String

  @Argument(help: "Our version; the result is written there.")
  var ours: String

  @Argument(help: "Their version.")
  var theirs: String

  @Argument(help: "Where the lock lies in the working copy that git runs this in.")
  var pathname: String

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let place = try ArgumentFile(ours)
    let sides = try LockInConflict.sides(
      base: try ArgumentFile(base).read(), ours: try place.read(),
      theirs: try ArgumentFile(theirs).read(), path: pathname)
    let report = try merge(sides, console)
    try place.replace(with: LockConflicts.text(of: report.lock, blocks: report.blocks))
    guard !report.isSettled else { return }
    try MergeRendering(report: report, workspace: nil).render(on: console)
    throw ExitCode(ExitStatus.difference.rawValue)
  }

  /// Merges with the store where there is one; else pin by pin, so that git has a result.
  private func merge(_ sides: LockSides, _ console: Console) throws -> MergeReport {
    do {
      guard let workspace = try workspace() else {
        throw UserMessage("noWorkspace", "\(pathname) lies in no workspace")
      }
      var request = MergeRequest(sides)
      request.passesMissing = true
      request.origin = workspace.pinOrigin
      return try workspace.openStore().merge(request)
    } catch StoreError.interrupted {
      throw StoreError.interrupted
    } catch {
      let message = (error as? StoreError).map(ErrorMessages.message) ?? error as? UserMessage
      console.warn("directories are not merged: \(message?.text ?? "\(error)")")
      return try MergeReport.withoutStore(sides)
    }
  }

  /// The workspace of the lock: git runs this at the top of the working copy.
  private func workspace() throws -> Workspace? {
    let top = try Environment.currentDirectory()
    let path = PathArgument.plain(PathArgument.join(top, Array(pathname.utf8)))
    guard let cut = path.lastIndex(of: RelativePath.slash) else { return nil }
    return try Workspace.open(at: Array(path[..<max(cut, 1)]))
  }
}

/// A file that the command line names.
private struct ArgumentFile {
  private let directory: LinuxDirectory
  private let name: RelativePath

  init(_ text: String) throws(StoreError) {
    let path = try Environment.realPath(Array(text.utf8))
    guard let cut = path.lastIndex(of: RelativePath.slash) else {
      throw .badPath(path: PathText.escape(path), .empty)
    }
    directory = try LinuxDirectory.open(pathBytes: Array(path[..<max(cut, 1)]))
    name = try RelativePath.checked([path[(cut + 1)...]], below: nil)
  }

  /// One byte more than a lock may have shows that it is too long.
  func read() throws(StoreError) -> [UInt8] {
    let file = try directory.openFile(name)
    return try file.read(Int(min(try file.status().size, UInt64(Limits.lockBytes) + 1)), at: 0)
  }

  /// Git keeps the content elsewhere too, so nothing is lost when this is cut off.
  func replace(with text: String) throws(StoreError) {
    try directory.removeFile(name)
    try directory.createFile(name, mode: 0o644).write(Array(text.utf8).span, at: 0)
  }
}
