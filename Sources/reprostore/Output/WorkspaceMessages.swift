import StorePrimitives

/// The words for what is wrong with the files of a workspace.
enum WorkspaceMessages {
  static func message(for error: StoreError) -> UserMessage {
    switch error {
    case .badLock(let path, let line, let fault): lock(path, line, fault)
    case .nestedPin(let inner, let outer): nested(inner, outer)
    case .wouldLose(let path, let count, let first): loss(path, count, first)
    case .inTheWay(let path, let kind): inTheWay(path, kind)
    case .cannotLink(let path, let obstacle): cannotLink(path, obstacle)
    case .evicted(let path, let first): evicted(path, first)
    case .pinNotHere(let path, let object): notHere(path, object)
    default: UserMessage("internal", "\(error)", status: .internal)
    }
  }

  /// A clone: it has the lock, and nobody has its data.
  static func noStore(_ store: String, pins: Int) -> UserMessage {
    UserMessage(
      "noStore",
      "there is no store at \(store), and reprostore.lock pins "
        + Words.count(pins, "path", "paths"),
      try: "reprostore init --store DIR, with the store that has their data "
        + "(reprostore init alone makes an empty one)")
  }

  private static func lock(_ path: String, _ line: Int, _ fault: LockFault) -> UserMessage {
    let place = "\(path):\(line)"
    switch fault {
    case .conflict:
      return UserMessage(
        "lockConflict", "\(place): both sides of a merge changed the lock",
        try: "reprostore resolve")
    case .version(let found, let supported):
      return UserMessage(
        "lockVersion",
        "\(place): the lock has version \(found), and this program knows \(supported)",
        try: "a newer reprostore (this is \(programVersion))")
    case .malformed(let reason):
      return UserMessage(
        "badLock", "\(place): \(reason)",
        try: "git diff reprostore.lock (it shows what was changed), then correct the line, or: "
          + "git checkout reprostore.lock (it undoes all changes)")
    case .duplicate:
      return UserMessage(
        "badLock", "\(place): this path is pinned on an earlier line too",
        try: "take one of the two lines out")
    case .nested(let inner, let outer):
      return UserMessage(
        "badLock", "\(place): \(inner) lies in \(outer), which is pinned as well",
        try: "take one of the two lines out")
    }
  }

  private static func nested(_ inner: String, _ outer: String) -> UserMessage {
    UserMessage(
      "nestedPin", "\(inner) is a pin of its own, and lies in \(outer)",
      try: "reprostore untrack \(ShellText.word(inner)), then: reprostore add "
        + ShellText.word(outer))
  }

  private static func loss(_ path: String, _ count: Int, _ first: String) -> UserMessage {
    let files = Words.count(count, "file", "files")
    return UserMessage(
      "wouldLose",
      "\(files) of \(path) would be lost, for the store does not hold these bytes: \(first)"
        + (count > 1 ? " and others" : "") + "; nothing was changed",
      try: "reprostore add \(ShellText.word(path)) (it keeps them), or --force (it loses them)",
      status: .refused)
  }

  private static func inTheWay(_ path: String, _ kind: String) -> UserMessage {
    UserMessage(
      "inTheWay", "\(path) is a \(kind), and something else belongs there; nothing was changed",
      try: "move it away, then the same command again", status: .refused)
  }

  private static func cannotLink(_ path: String, _ obstacle: LinkObstacle) -> UserMessage {
    let reason =
      switch obstacle {
      case .otherFileSystem: "it is on another file system than the store"
      case .noReflinks: "the file system cannot share blocks"
      case .otherOwner: "what the store holds of it belongs to another user"
      }
    return UserMessage(
      "cannotLink", "\(path) cannot be a link to the store: \(reason)", try: "--link copy")
  }

  private static func evicted(_ path: String, _ first: String) -> UserMessage {
    UserMessage(
      "evicted",
      "\(first) was evicted, so a new version of \(path) would lack it; nothing was stored",
      try: "reprostore checkout \(ShellText.word(first)), or add what changed by its own path",
      status: .refused)
  }

  /// `origin` says who pinned it, for the end of a sentence; empty when that is not known.
  static func notHere(
    _ path: String, _ object: StoreObject, origin: String = ""
  ) -> UserMessage {
    UserMessage(
      "pinNotHere",
      "the version of \(path) that is pinned is not in this store (\(object.words))\(origin)",
      try: "reprostore init --store DIR, with a store that has it, or reprostore add "
        + "\(ShellText.word(path)) where its files are, with this store",
      status: .damage)
  }
}
