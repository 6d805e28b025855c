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
      guard let lock = try? LockFormat.parse(Array(bytes), path: object.id) else { return }
      readable.insert(object)
      pins[object] = lock.pin(around: path)
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
