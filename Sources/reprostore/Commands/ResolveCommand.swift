import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct ResolveCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve",
    abstract: "Settle what both sides of a git merge changed in the lock.",
    discussion: """
      When git merge, rebase, cherry-pick or stash pop leaves reprostore.lock in conflict, the \
      directories that both sides changed are merged file by file. What both changed in different \
      ways is listed and stays in conflict, until --ours or --theirs settles it, for every \
      conflict or for those at and below PATH. The sides are those of git: in a rebase, ours is \
      the branch that one rebases onto.

      Only the lock is changed: reprostore checkout brings the files.

        reprostore resolve
        reprostore resolve data/labels.csv --theirs
        reprostore resolve --ours
      """)

  @Argument(
    help: "Files, directories or pins whose conflicts --ours or --theirs settles.",
    completion: .file())
  var paths: [String] = []

  @Flag(help: "Settle conflicts with what our side has.")
  var ours = false

  @Flag(help: "Settle conflicts with what their side has.")
  var theirs = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !(ours && theirs) else {
      throw ValidationError("--ours and --theirs say opposite things.")
    }
    guard paths.isEmpty || ours || theirs else {
      throw ValidationError("Say which side PATH shall have: --ours or --theirs.")
    }
  }

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let chosen = try chosenPaths(in: workspace)
    guard let report = try workspace.alone({ try merge(in: workspace, chosen) }) else {
      try console.object([
        ("type", .string("resolved")), ("settled", .bool(true)), ("conflicts", .integer(0)),
      ])
      return try console.report("reprostore.lock is in no conflict")
    }
    try MergeRendering(report: report, workspace: workspace).render(on: console)
    if let missing = report.missing.first { throw missing }
    guard report.isSettled else { throw ExitCode(ExitStatus.difference.rawValue) }
    if try GitIgnoreFile(of: workspace)?.isInConflict == true {
      console.note(
        "\(GitIgnoreFile.name) is in conflict as well: keep the lines of both sides without the "
          + "marks, then: \(workspace.gitAdd(GitIgnoreFile.name))")
    }
  }

  /// Merges, and writes what is settled; nil when nothing is in conflict.
  private func merge(in workspace: Workspace, _ chosen: [RelativePath]?) throws -> MergeReport? {
    guard let sides = try LockInConflict.read(in: workspace) else { return nil }
    var request = MergeRequest(sides)
    request.choice = MergeChoice(ours ? .ours : theirs ? .theirs : nil, at: chosen)
    request.passesMissing = true
    request.origin = workspace.pinOrigin
    let store = try workspace.openStore()
    let report = try ProgressDisplay.run("merging", isShown: !output.quiet) {
      (progress) throws(StoreError) in
      try store.merge(request, progress: progress)
    }
    try checkPaths(chosen ?? [], report)
    let text = LockConflicts.text(of: report.lock, blocks: report.blocks)
    try workspace.replace(Lock.fileName, with: Array(text.utf8))
    return report
  }

  /// The paths in the workspace; nil for all conflicts.
  private func chosenPaths(in workspace: Workspace) throws -> [RelativePath]? {
    guard !paths.isEmpty else { return nil }
    let chosen = try paths.map { try PathArgument.place(of: $0, in: workspace) }
    // The workspace itself is everything.
    return chosen.contains(nil) ? nil : chosen.compactMap { $0 }
  }

  /// Each path must have settled something: else it was mistyped.
  private func checkPaths(_ chosen: [RelativePath], _ report: MergeReport) throws {
    guard report.missing.isEmpty else { return }
    let settled = report.conflicts.map(\.conflict).filter { $0.settled != nil }
    for path in chosen where !settled.contains(where: { $0.path.isInside(path) }) {
      throw UserMessage(
        "noConflict", "there is no conflict at or below \(path); nothing was changed",
        try: "reprostore resolve (it lists the conflicts)")
    }
  }
}

/// What is known of a lock in conflict: the file, and what git keeps of the merge.
enum LockInConflict {
  /// The three sides; nil when nothing is in conflict.
  ///
  /// The sides come from the blocks of the file. Where git put none (a merge that git was told to
  /// leave alone, or a side that removed the file) they come from git, as long as the file is
  /// missing or still what our side had.
  ///
  /// - Throws: `StoreError.badLock` for a file that is half edited.
  static func read(in workspace: Workspace) throws -> LockSides? {
    let name = Lock.fileName.description
    let bytes = try workspace.contents(of: Lock.fileName, limit: Limits.lockBytes + 1)
    let file = try bytes.map { (bytes) throws(StoreError) in
      try LockConflicts.parse(bytes, path: name)
    }
    let stages = try stages(in: workspace)
    if let file, file.isConflicted {
      return file.sides(base: stages.flatMap { lock($0.base) })
    }
    guard let stages, let ours = stages.ours, let theirs = stages.theirs, ours != theirs,
      bytes == nil || bytes == ours
    else { return nil }
    return try sides(base: stages.base, ours: ours, theirs: theirs, path: name)
  }

  /// The sides that three files are; an empty one is a lock without pins.
  static func sides(
    base: [UInt8]?, ours: [UInt8], theirs: [UInt8], path: String
  ) throws(StoreError) -> LockSides {
    let mine = ours.isEmpty ? Lock() : try LockFormat.parse(ours, path: path)
    let other = theirs.isEmpty ? Lock() : try LockFormat.parse(theirs, path: path)
    guard let base = lock(base) else {
      let paths = (mine.pins + other.pins).map(\.path)
      return LockSides(base: Lock(), ours: mine, theirs: other, unknownBase: Set(paths))
    }
    return LockSides(base: base, ours: mine, theirs: other)
  }

  /// The lock of the base; nil when nobody knows it, for it was in conflict itself.
  private static func lock(_ bytes: [UInt8]?) -> Lock? {
    guard let bytes, !bytes.isEmpty else { return Lock() }
    return try? LockFormat.parse(bytes, path: Lock.fileName.description)
  }

  /// What git keeps of the merge; nil without git.
  private static func stages(in workspace: Workspace) throws -> GitRepository.Stages? {
    guard let repository = GitRepository.find(around: workspace) else { return nil }
    do {
      return try repository.stages()
    } catch let message as UserMessage where message == GitErrors.notInstalled {
      return nil
    }
  }
}
