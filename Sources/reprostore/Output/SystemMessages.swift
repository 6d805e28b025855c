import StoreIO
import StorePrimitives

/// The words for a system call that failed: the cause in words, the path, and what to change.
enum SystemMessages {
  static func message(for failure: SystemCallFailure) -> UserMessage {
    let path = failure.path.isEmpty ? failure.call : failure.path
    if failure.isDiskFull {
      return UserMessage(
        "diskFull", "the disk is full, or a quota is used up, at \(path)",
        try: "make room there, then the same command again")
    }
    if failure.isPermission {
      return UserMessage(
        "permission", "no permission for \(path)",
        try: "look at it, and what it lies in, with: namei -l \(ShellText.word(path))")
    }
    if failure.isReadOnly {
      return UserMessage(
        "readOnly", "\(path) lies on a file system that is mounted read-only",
        try: "mount it for writing, or take a place on another file system")
    }
    if failure.isNotFound { return UserMessage("notFound", "there is no \(path)") }
    if failure.isLink {
      return UserMessage(
        "linkInTheWay", "\(path) is a symbolic link, or a link is on the way to it",
        try: "replace the link by what it points at", status: .refused)
    }
    if failure.isDirectory {
      return UserMessage(
        "isDirectory", "\(path) is a directory, and a file is needed there",
        try: "look at what is in it, and move it away: ls -la \(ShellText.word(path))")
    }
    if failure.isNotDirectory {
      return UserMessage("notDirectory", "a part of \(path) is no directory")
    }
    return UserMessage(
      "system", "\(path): \(failure.systemText) (\(failure.call), error \(failure.code))",
      status: .internal)
  }
}

/// Text for a command line that can be pasted.
enum ShellText {
  /// `path` as one word of a shell.
  static func word(_ path: String) -> String {
    let plain = path.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "/._-+,:@%".utf8.contains(byte)
      }
    }
    return plain
      ? path
      : "'"
        + path.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
  }
}
