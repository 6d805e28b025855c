import ArtifactStore
import StoreIO
import StorePrimitives

/// What lets git itself keep data and lock together: hooks that bring the data that are pinned
/// after a checkout, a merge or a rebase, and a driver that merges the lock. Both belong to one
/// copy of a repository, and to all working copies that are linked to it.
struct GitHooks {
  private static let maximumBytes: UInt64 = 1 << 20

  /// The absolute path of each hook.
  let hooks: [(event: GitHookEvent, path: [UInt8])]
  /// The absolute path of the attributes that name the driver.
  let attributes: [UInt8]
  private let repository: GitRepository
  private let program: String

  /// Finds the places, and refuses before anything is changed.
  ///
  /// - Throws: a `UserMessage` when there is no repository, or a hook of somebody else.
  init(around directory: [UInt8]) throws {
    guard let repository = GitRepository.find(around: directory) else {
      throw GitErrors.noRepository(directory)
    }
    self.repository = repository
    program = Self.runningProgram
    let folder = try repository.gitPath("hooks")
    hooks = GitHookEvent.allCases.map { ($0, folder + Array("/\($0.rawValue)".utf8)) }
    attributes = try repository.gitPath("info/attributes")
    for (_, path) in hooks {
      guard let old = try Self.content(of: path), !GitHookTexts.isOurs(old) else { continue }
      throw UserMessage(
        "hookTaken",
        "\(PathText.escape(path)) is there already and is not of this program; nothing was changed",
        try: "add this line to it: \(GitHookTexts.line)", status: .refused)
    }
  }

  /// The absolute path of this program; its name when the path cannot stand in a script.
  private static var runningProgram: String {
    guard let path = try? Environment.realPath(Array("/proc/self/exe".utf8)),
      let text = String(validating: path, as: UTF8.self),
      !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f })
    else { return "reprostore" }
    return text
  }

  /// Puts everything in place; false when it was there already.
  func install() throws -> Bool {
    var isNew = false
    for (event, path) in hooks {
      let text = GitHookTexts.hook(program, after: event)
      isNew = try put(Array(text.utf8), at: path, mode: 0o755) || isNew
    }
    let settings = [
      ("merge.reprostore.name", "merge reprostore.lock pin by pin"),
      ("merge.reprostore.driver", GitHookTexts.driver(program)),
    ]
    for (key, value) in settings where try repository.setting(key) != value {
      _ = try repository.output(["config", "--local", key, value])
      isNew = true
    }
    return try installAttributes() || isNew
  }

  private func installAttributes() throws -> Bool {
    let old = try Self.content(of: attributes) ?? []
    let line = Array(GitHookTexts.attributes.utf8)
    let newline = UInt8(ascii: "\n")
    guard !old.split(separator: newline).contains(where: { $0.elementsEqual(line) }) else {
      return false
    }
    let separator = old.isEmpty || old.last == newline ? [] : [newline]
    return try put(old + separator + line + [newline], at: attributes, mode: 0o644)
  }

  // MARK: Files

  /// The directory of the file at `path`, made when it is missing, seen from the one above it.
  private static func place(
    of path: [UInt8]
  ) throws -> (parent: LinuxDirectory, folder: RelativePath, file: RelativePath)? {
    let components = path.split(separator: RelativePath.slash)
    guard components.count > 2 else { return nil }
    let folder =
      [RelativePath.slash]
      + components.dropLast().joined(separator: [RelativePath.slash])
    // The folder may be a link that the user made; it is there or is made beside git's other ones.
    let real = (try? Environment.realPath(folder)) ?? folder
    guard let cut = real.lastIndex(of: RelativePath.slash), cut + 1 < real.count else { return nil }
    let parent = try LinuxDirectory.open(pathBytes: Array(real[..<max(cut, 1)]))
    let name = try RelativePath.checked([real[(cut + 1)...]], below: nil)
    let file = try RelativePath.checked(
      [real[(cut + 1)...], components[components.count - 1]], below: nil)
    return (parent, name, file)
  }

  private static func content(of path: [UInt8]) throws -> [UInt8]? {
    guard let real = try? Environment.realPath(path), let place = try place(of: real),
      let status = try place.parent.status(place.file)
    else { return nil }
    guard status.kind == .file, status.size <= maximumBytes else {
      throw UserMessage(
        "gitFileTooLarge", "\(PathText.escape(path)) is no file of a fair size",
        try: "look at it, and move it away")
    }
    return try place.parent.openFile(place.file).read(Int(status.size), at: 0)
  }

  /// Writes a file, in one step; false when it had this content.
  private func put(_ bytes: [UInt8], at path: [UInt8], mode: UInt32) throws -> Bool {
    guard try Self.content(of: path) != bytes else { return false }
    let real = (try? Environment.realPath(path)) ?? path
    guard let place = try Self.place(of: real) else {
      throw StoreError.noSuchEntry(path: PathText.escape(path))
    }
    _ = try place.parent.makeDirectory(place.folder, mode: 0o755)
    let temporary = try RelativePath(place.file.bytes + Array(".reprostore-new".utf8))
    if try place.parent.status(temporary) != nil { try place.parent.removeFile(temporary) }
    let file = try place.parent.createFile(temporary, mode: mode)
    try file.write(bytes.span, at: 0)
    try file.synchronize()
    _ = try place.parent.rename(temporary, to: place.file, in: place.parent, replacing: true)
    return true
  }
}

extension GitRepository {
  /// The absolute path of something in git's folder, such as `hooks`, as this repository has it.
  fileprivate func gitPath(_ name: String) throws -> [UInt8] {
    let arguments = ["rev-parse", "--git-path", name]
    let finished = try GitProcess.run(
      arguments, in: workspace, limit: 16 << 10, keepsHooks: true)
    guard let finished else { throw GitErrors.tooMuch("rev-parse") }
    guard finished.status == 0 else { throw GitErrors.failed("rev-parse", finished) }
    let path = Array(finished.output.dropLast())
    guard !path.isEmpty else { throw GitErrors.malformed("rev-parse") }
    return PathArgument.plain(
      path.first == RelativePath.slash ? path : PathArgument.join(workspace, path))
  }

  /// The value of a setting of this repository; nil when it has none.
  fileprivate func setting(_ key: String) throws -> String? {
    let arguments = ["config", "--local", "--null", "--get", key]
    guard let finished = try GitProcess.run(arguments, in: workspace, limit: 64 << 10) else {
      return nil
    }
    guard finished.status == 0 else { return nil }
    return String(decoding: finished.output.dropLast(), as: UTF8.self)
  }
}

/// When git runs a hook after which other data may be pinned; the names are git's (githooks(5)).
enum GitHookEvent: String, CaseIterable {
  case checkout = "post-checkout"
  case merge = "post-merge"
  case rewrite = "post-rewrite"

  /// Sets `before` and `after` to what differs now.
  fileprivate var range: String {
    switch self {
    case .checkout:
      """
      # Git hands over both commits, the first all zeros in a new working copy.
      before=$1 after=$2
      case $before in
        *[!0]*) ;;
        *) before=$(git hash-object -t tree /dev/null) ;;
      esac
      """
    case .merge: "before=ORIG_HEAD after=HEAD"
    case .rewrite:
      """
      # A rebase has checked out other commits meanwhile; an amended commit pins what is there.
      [ "$1" = rebase ] || exit 0
      before=$(git hash-object -t tree /dev/null) after=HEAD
      """
    }
  }
}

/// What stands in the files of git.
enum GitHookTexts {
  private static let mark = "# Made by reprostore init --git-hooks"

  /// What does the same in a hook of somebody else.
  static let line = "reprostore checkout --clean --quiet || true"
  static let attributes = "reprostore.lock merge=reprostore"

  static func isOurs(_ hook: [UInt8]) -> Bool {
    String(decoding: hook, as: UTF8.self).split(separator: "\n").contains { $0 == mark }
  }

  /// A hook that fails nothing: git has done its work by then. It runs at the top of the working
  /// copy.
  static func hook(_ program: String, after event: GitHookEvent) -> String {
    """
    #!/bin/sh
    \(mark)
    # Brings the data that are pinned now, where they are others than before.
    program=\(quoted(program))
    [ -x "$program" ] || program=reprostore
    \(event.range)
    git -c core.quotePath=false diff --no-ext-diff --name-only "$before" "$after" -- \\
      reprostore.lock '*/reprostore.lock' |
    while IFS= read -r lock; do
      [ -f "$lock" ] || continue
      directory=$(dirname -- "$lock")
      (cd -- "$directory" && "$program" checkout --clean --quiet </dev/null) || {
        place=$(cd -- "$directory" && pwd)
        echo "reprostore: the data in $place may not be that of this commit" >&2
        echo "  try: reprostore checkout --clean, in that directory, when this is settled" >&2
      }
    done
    exit 0

    """
  }

  /// Git puts the names of files where `%O`, `%A`, `%B` and `%P` stand.
  static func driver(_ program: String) -> String {
    let path = quoted(program).split(separator: "%", omittingEmptySubsequences: false)
      .joined(separator: "%%")
    return "program=\(path); [ -x \"$program\" ] || program=reprostore; "
      + "\"$program\" merge-lock %O %A %B %P"
  }

  /// One word of a shell.
  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}
