import StoreIO
import StorePrimitives

/// The words for every error of the engine. A new case of `StoreError` does not compile until it
/// has words, a next step and an exit code here.
enum ErrorMessages {
  static func message(for error: StoreError) -> UserMessage {
    switch error {
    case .system(let failure): SystemMessages.message(for: failure)
    case .interrupted: interrupted
    case .noStore(let path): noStore(path)
    case .alreadyExists(let path): alreadyExists(path)
    case .unsupportedStore(let reason): unsupported(reason)
    case .unwritableFileSystem(let path): unwritable(path)
    case .corrupt(let object, let error): DamageMessages.corrupt(object, error)
    case .missing(let object): DamageMessages.missing(object)
    case .tooLarge(let object, let bytes, let limit): tooLarge(object, bytes, limit)
    case .commitContention(let attempts): contention(attempts)
    case .reusedDataRemoved(let object): removed(object)
    case .badPath(let path, let error): badPath(path, error)
    case .forbiddenName(let path): forbiddenName(path)
    case .outsideWorkspace(let path, let workspace): outside(path, workspace)
    case .containsStore(let path, let store): containsStore(path, store)
    case .changedWhileRead(let path): changed(path)
    case .unsupportedFileKind(let path, let kind): unsupportedKind(path, kind)
    case .linksLeaveDirectory(let path, let count, let first): links(path, count, first)
    case .badIgnoreRule(let path, let line): ignoreRule(path, line)
    case .notEnoughSpace(let path, let needed, let free): space(path, needed, free)
    case .badLock, .nestedPin, .wouldLose, .inTheWay, .cannotLink, .evicted, .pinNotHere:
      WorkspaceMessages.message(for: error)
    case .destinationNotEmpty(let path, let first): notEmpty(path, first)
    case .destinationNotDirectory(let path): notDirectory(path)
    case .namesCollide(let path, let first, let second): collision(path, first, second)
    case .unknownName(let name): unknownName(name)
    case .ambiguousName(let name, let candidates): ambiguous(name, candidates)
    case .noSuchEntry(let path): noEntry(path)
    case .isDirectory(let path): isDirectory(path)
    case .rangeOutside(let size): range(size)
    case .badRefName(let name): badRefName(name)
    }
  }

  // MARK: The store

  private static let interrupted = UserMessage(
    "interrupted", "interrupted; nothing half-done is left behind",
    try: "the same command again", status: .interrupted)

  private static func noStore(_ path: String) -> UserMessage {
    UserMessage("noStore", "there is no store at \(path)", try: "reprostore init")
  }

  private static func alreadyExists(_ path: String) -> UserMessage {
    UserMessage("alreadyExists", "\(path) is there already", try: "another name")
  }

  private static func unsupported(_ reason: StoreIncompatibility) -> UserMessage {
    let text: String
    switch reason {
    case .formatVersion(let found, let supported):
      text = "the store has format \(found), and this program knows \(supported)"
    case .hash(let found, let supported):
      text = "the store uses the hash \(found), and this program knows \(supported)"
    case .features(let unknown, _):
      text =
        "the store needs features that this program does not know: "
        + unknown.joined(separator: ", ")
    case .chunker(let found, let supported):
      text =
        "the store cuts files by \(found), and this program knows "
        + supported.joined(separator: ", ")
    }
    return UserMessage(
      "unsupportedStore", text, try: "a newer reprostore (this is \(programVersion))")
  }

  private static func unwritable(_ path: String) -> UserMessage {
    UserMessage(
      "unwritableFileSystem",
      "\(path) lies on a file system that cannot create a file exclusively, so two writers could "
        + "destroy each other's work; nothing was written",
      try: "a store on another file system: reprostore init --store DIR")
  }

  private static func tooLarge(
    _ object: StoreObject, _ bytes: UInt64, _ limit: UInt64
  ) -> UserMessage {
    UserMessage(
      "tooLarge",
      "what the store must note of \(object.words) has \(Words.size(bytes)), and at most "
        + "\(Words.size(limit)) can be read again; nothing was pinned",
      try: "the same in smaller parts: a huge file in pieces, a directory as several pins")
  }

  private static func contention(_ attempts: Int) -> UserMessage {
    UserMessage(
      "commitContention",
      "other writers were faster in each of \(attempts) tries to commit; nothing was changed",
      try: "the same command again", status: .internal)
  }

  private static func removed(_ object: StoreObject) -> UserMessage {
    UserMessage(
      "reusedDataRemoved",
      "\(object.words), which this command was going to use again, was removed meanwhile",
      try: "the same command again: it stores the data anew", status: .internal)
  }

  // MARK: What is added

  private static func badPath(_ path: String, _ error: PathError) -> UserMessage {
    let reason =
      switch error {
      case .empty: "it is empty"
      case .tooLong: "it is longer than \(Limits.pathBytes) bytes"
      case .emptyComponent: "it has an empty component"
      case .componentTooLong: "a component is longer than \(Limits.componentBytes) bytes"
      case .nulByte: "it holds a NUL byte"
      case .dotComponent: "it holds . or .. as a component"
      }
    let shown = path.isEmpty ? "''" : path
    return UserMessage("badPath", "\(shown) is no path that can be stored: \(reason)")
  }

  private static func forbiddenName(_ path: String) -> UserMessage {
    UserMessage(
      "forbiddenName",
      "\(path) has a name that git or reprostore keeps for itself, so it is not stored",
      try: "add the directories beside it, or leave it out with a line in .reproignore",
      status: .refused)
  }

  private static func outside(_ path: String, _ workspace: String) -> UserMessage {
    UserMessage(
      "outsideWorkspace", "\(path) is outside the workspace \(workspace)",
      try: "move it into the workspace, or make a link to it there and add the link")
  }

  private static func containsStore(_ path: String, _ store: String) -> UserMessage {
    UserMessage(
      "containsStore", "\(path) holds the store \(store), which cannot be stored in itself",
      try: "add the directories beside the store, or leave it out with a line in .reproignore")
  }

  private static func changed(_ path: String) -> UserMessage {
    UserMessage(
      "changedWhileRead",
      "\(path) changed each time it was read, so no version of it could be stored",
      try: "again when nothing writes to it any more", status: .refused)
  }

  private static func unsupportedKind(_ path: String, _ kind: String) -> UserMessage {
    UserMessage(
      "unsupportedFileKind", "\(path) is a \(kind); files, directories and links can be stored",
      try: "leave it out: in a directory it is passed over with a warning, unless --strict is given"
    )
  }

  private static func links(_ path: String, _ count: Int, _ first: String) -> UserMessage {
    let are = count == 1 ? "symbolic link leads" : "symbolic links lead"
    return UserMessage(
      "linksLeaveDirectory",
      "\(Words.number(count)) \(are) out of \(path) (\(first)\(count == 1 ? "" : ", …"))",
      try: "--follow to store what they point at, or --keep-links to store them as links",
      status: .refused)
  }

  private static func ignoreRule(_ path: String, _ line: Int) -> UserMessage {
    let place = line > 0 ? "\(path):\(line)" : path
    return UserMessage(
      "badIgnoreRule", "\(place) cannot be read as ignore rules",
      try: "an ignore file has at most \(Words.size(Limits.ignoreFileBytes)); shorten it")
  }

  private static func space(_ path: String, _ needed: UInt64, _ free: UInt64) -> UserMessage {
    UserMessage(
      "notEnoughSpace",
      "\(path) has \(Words.size(free)) free and \(Words.size(needed)) are needed; nothing was "
        + "written",
      try: "make room there, or use a store on another disk: reprostore init --store DIR")
  }

  // MARK: Where it is restored

  private static func notEmpty(_ path: String, _ first: String) -> UserMessage {
    UserMessage(
      "destinationNotEmpty",
      "\(path) is not empty (it holds \(first)), and nothing is ever written over",
      try: "--to a directory that is empty or does not exist", status: .refused)
  }

  private static func notDirectory(_ path: String) -> UserMessage {
    UserMessage(
      "destinationNotDirectory",
      "\(path) is a symbolic link or no directory, and a restore never writes through a link",
      try: "--to a directory that is empty or does not exist", status: .refused)
  }

  private static func collision(
    _ path: String, _ first: String, _ second: String
  ) -> UserMessage {
    UserMessage(
      "namesCollide",
      "\(first) and \(second) are one name on the file system of \(path), and one file would "
        + "replace the other",
      try: "--to a directory on a file system that tells upper from lower case", status: .refused)
  }

  // MARK: Names

  private static func unknownName(_ name: String) -> UserMessage {
    UserMessage(
      "unknownName", "nothing stored goes by the name \(name)",
      try: "reprostore ls (it lists what there is)")
  }

  private static func ambiguous(_ name: String, _ candidates: [String]) -> UserMessage {
    UserMessage(
      "ambiguousName", "\(name) may mean \(Words.count(candidates.count, "thing", "things")) here",
      try: "one of " + candidates.prefix(8).map { ShellText.word($0) }.joined(separator: ", "))
  }

  private static func noEntry(_ path: String) -> UserMessage {
    UserMessage("noSuchEntry", "there is no \(path)")
  }

  private static func isDirectory(_ path: String) -> UserMessage {
    UserMessage(
      "isDirectory", "\(path) is a directory, and a file is needed",
      try: "NAME:PATH, with one of the paths that reprostore ls -r NAME lists")
  }

  private static func range(_ size: UInt64) -> UserMessage {
    UserMessage(
      "rangeOutside", "the range begins after the end of the file, which has \(size) bytes",
      try: "--range -N for the last N bytes")
  }

  private static func badRefName(_ name: String) -> UserMessage {
    UserMessage(
      "badRefName", "\(name.isEmpty ? "an empty text" : name) cannot be the name of a tag",
      try: "letters, digits, . _ + and /, at most 200 of them, not beginning with -")
  }
}
