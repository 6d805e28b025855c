import ArtifactStore
import StoreIO
import StorePrimitives

/// Binds what an `add` stored to its paths in the lock.
struct Pinning {
  /// Paths that lie in a pin, each with that pin: they become part of a new version of it.
  let parts: [RelativePath: RelativePath]
  private let workspace: Workspace
  private let store: LocalStore
  private let before: Lock

  /// Refuses, before anything is read, paths that cannot be pinned.
  init(_ paths: [RelativePath], in workspace: Workspace, _ store: LocalStore) throws {
    self.workspace = workspace
    self.store = store
    let lock = try workspace.lock()
    before = lock
    try GitIgnoreFile(of: workspace)?.check()
    let evicted = try EvictedPaths(of: workspace)
    for path in paths {
      if let inner = lock.pins(in: path).first(where: { $0.path != path }) {
        throw StoreError.nestedPin(inner: inner.path.description, outer: path.description)
      }
      if let first = evicted.first(in: path) {
        throw StoreError.evicted(path: path.description, first: first.description)
      }
    }
    // Where git cannot tell, it can keep nothing either: a pin does not depend on it.
    if let git = GitRepository.find(around: workspace), (try? git.isTracked(paths)) == true,
      let path = try paths.first(where: git.isTracked)
    {
      throw Self.tracked(path, workspace.word(path))
    }
    var parts: [RelativePath: RelativePath] = [:]
    for path in paths {
      if let outer = lock.pin(around: path)?.path, outer != path { parts[path] = outer }
    }
    self.parts = parts
  }

  private static func tracked(_ path: RelativePath, _ word: String) -> UserMessage {
    UserMessage(
      "trackedByGit", "\(path) is tracked by git, which would go on to keep it as well",
      try: "git rm -r --cached \(word), then: reprostore add \(word)")
  }

  /// Writes the pins into the lock, and the lines that keep them out of git; returns what each pin
  /// is now and was before.
  func record(_ added: [AddReport.Pin], from origin: PinOrigin) throws -> [AddReport.Pin] {
    try workspace.updateLock { lock in
      var pins: [AddReport.Pin] = []
      for part in added {
        let pin: LockedPin
        if let outer = lock.pin(around: part.path), outer.path != part.path {
          let inner = try part.path.relative(to: outer.path)
          pin = try store.graft(part.target, at: inner, onto: outer, from: origin)
        } else {
          pin = LockedPin(
            path: part.path, target: part.target, files: UInt64(part.files), bytes: part.bytes)
        }
        try lock.set(pin)
        pins.removeAll { $0.path == pin.path }
        pins.append(
          AddReport.Pin(
            path: pin.path, target: pin.target, files: Int(clamping: pin.files), bytes: pin.bytes,
            previous: before[pin.path]?.target))
      }
      try GitIgnoreFile(of: workspace)?.add(pins.map(\.path))
      return pins
    }
  }

  /// Whether the lock says something new.
  func isChanged(by report: AddReport) -> Bool { report.pins.contains { !$0.isUnchanged } }
}

extension Workspace {
  /// What the refs of pins that are made now say of where they come from.
  var pinOrigin: PinOrigin {
    PinOrigin(
      workspace: name, gitCommit: GitHead.commit(at: path),
      who: "\(Environment.userName)@\(Environment.hostName)")
  }
}
