import ArtifactStore
import StorePrimitives

/// What the history of the lock says of one path.
struct PinHistory {
  /// A commit that bound the path to another version than each of its parents.
  struct Version {
    let commit: GitRepository.LockCommit
    /// The pin that the path was, or lay in.
    let pin: LockedPin
  }

  /// Newest first.
  var versions: [Version] = []
  /// Commits whose lock cannot be read.
  var unreadable: [GitRepository.LockCommit] = []
}

extension GitRepository {
  /// The commits, on any ref, that pinned `path`, a path of the workspace, or changed its version.
  func pinHistory(of path: RelativePath) throws -> PinHistory {
    let commits = try lockHistory()
    var pins: [Object: LockedPin] = [:]
    var readable: Set<Object> = []
    try forEachLock(of: commits) { object, bytes in
      guard let pin = try? LockScan.pin(around: path, in: bytes) else { return }
      readable.insert(object)
      pins[object] = pin.found
    }
    var history = PinHistory()
    for commit in commits {
      guard let object = commit.lock else { continue }
      guard readable.contains(object) else {
        history.unreadable.append(commit)
        continue
      }
      let before = commit.parentLocks.map { $0.flatMap { pins[$0] } }
      guard let pin = pins[object], !before.contains(where: { $0?.target == pin.target }) else {
        continue
      }
      history.versions.append(PinHistory.Version(commit: commit, pin: pin))
    }
    return history
  }
}

/// Finds one pin in the text of a lock and reads no more than its line: the history of a large lock
/// is hundreds of thousands of lines.
private enum LockScan {
  struct Result {
    let found: LockedPin?
  }

  /// The pin that `path` is or lies in, if there is one. Linear in the bytes.
  ///
  /// - Throws: `StoreError.badLock` and `LockFault` for a lock or a line that cannot be read.
  static func pin(
    around path: RelativePath, in bytes: ArraySlice<UInt8>
  ) throws -> Result {
    let newline = UInt8(ascii: "\n")
    let lines = bytes.split(separator: newline)
    try LockFormat.checkHeader(text(lines.first ?? []), path: Lock.fileName.description)
    for line in lines.dropFirst() where mayPin(line, path) {
      let pin = try LockFormat.pin(of: text(line))
      if path.isInside(pin.path) { return Result(found: pin) }
    }
    return Result(found: nil)
  }

  /// Whether the line is one of a pin around `path`, or one that has to be read to know.
  private static func mayPin(_ line: ArraySlice<UInt8>, _ path: RelativePath) -> Bool {
    // The marks of a conflict begin with one of these, and no line of a pin does.
    let isMark = line.first.map { "<|=>".utf8.contains($0) } ?? false
    guard !isMark, !line.contains(UInt8(ascii: "\\")) else { return true }
    var start = line.startIndex
    for _ in 0..<4 {
      guard let space = line[start...].firstIndex(of: UInt8(ascii: " ")) else { return true }
      start = space + 1
    }
    let place =
      line[start...].last == UInt8(ascii: "\r") ? line[start...].dropLast() : line[start...]
    return path.bytes.starts(with: place)
  }

  private static func text(_ line: ArraySlice<UInt8>) -> Substring {
    let isMarked = line.last == UInt8(ascii: "\r")
    return Substring(String(decoding: isMarked ? line.dropLast() : line, as: UTF8.self))
  }
}
