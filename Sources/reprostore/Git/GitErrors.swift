import StorePrimitives

/// The words for what goes wrong with git.
enum GitErrors {
  static let notInstalled = UserMessage(
    "noGit", "git is not installed, or not in PATH, and this command needs it",
    try: "install git: on Debian and Ubuntu, sudo apt-get install git")

  static func noRepository(_ path: [UInt8]) -> UserMessage {
    UserMessage(
      "noGitRepository", "\(PathText.escape(path)) is in no git repository", try: "git init")
  }

  static func killed(_ command: String, signal: Int32) -> UserMessage {
    UserMessage(
      "gitFailed", "git \(command) was ended by signal \(signal)", try: "the same command again",
      status: .internal)
  }

  static func tooMuch(_ command: String) -> UserMessage {
    UserMessage(
      "gitFailed", "git \(command) said more than this program reads", status: .internal)
  }

  /// What `git command` said of its failure.
  static func failed(_ command: String, _ finished: GitProcess.Finished) -> UserMessage {
    let lines = finished.errors.split(separator: "\n")
    let prefixes = ["fatal: ", "error: "]
    let line = lines.first { line in prefixes.contains { line.hasPrefix($0) } } ?? lines.first
    let prefix = prefixes.first { line?.hasPrefix($0) ?? false } ?? ""
    let reason = line?.dropFirst(prefix.count) ?? "exit code \(finished.status)"
    // Git has its own next step for a repository of somebody else.
    let advice = lines.first { $0.contains("git config --global --add safe.directory") }
    return UserMessage(
      "gitFailed", "git \(command) failed: \(reason)",
      try: advice.map { String($0.drop { $0 == "\t" || $0 == " " }) })
  }

  static func malformed(_ command: String) -> UserMessage {
    UserMessage(
      "gitFailed", "git \(command) said something that this program does not understand",
      status: .internal)
  }

  static func unknownRevision(_ revision: String) -> UserMessage {
    UserMessage(
      "unknownRevision", "git knows no commit \(revision)",
      try: "a branch, a tag or a commit: git log --oneline --all -- reprostore.lock")
  }

  static func noLock(at revision: String, _ commit: String) -> UserMessage {
    UserMessage(
      "noLockAtRevision",
      "the commit \(revision) (\(commit.prefix(GitCommitID.shortDigits))) has no reprostore.lock "
        + "of this workspace, so it pins nothing",
      try: "git log --oneline --all -- reprostore.lock (the commits that changed it)")
  }

  static func notPinned(_ path: String, at revision: String, _ commit: String) -> UserMessage {
    UserMessage(
      "notPinned",
      "the commit \(revision) (\(commit.prefix(GitCommitID.shortDigits))) pins nothing at \(path)",
      try: "reprostore log \(ShellText.word(path)) (the commits that pinned it)")
  }
}
