import ArtifactStore
import StoreIO
import StorePrimitives

/// What names on the command line stand for. The engine knows the lock of today; older locks are
/// read from git here.
extension Workspace {
  /// What `text` names, as the user sees it from where he is; `PATH@REVISION` is what a commit
  /// pinned. A name that is not found in a store whose newest root is damaged may have been there:
  /// the error is the damage then.
  func resolve(_ name: String, in store: LocalStore) throws -> ResolvedName {
    let snapshot = try store.snapshot()
    let typed = PathArgument.typed(name)
    let fromRoot = PathArgument.fromRoot(typed, in: self)
    let text = fromRoot ?? typed
    return try explainingMissingPins(damage: snapshot.damage) {
      // A tag or a whole id is found while the lock is in conflict, too.
      let needsLock = !text.hasPrefix("tag:") && !text.hasPrefix("sha256:")
      let scope = NameScope(
        workspace: self.name, directory: fromRoot == nil ? current : nil,
        lock: needsLock ? try lock() : Lock())
      var notHere: StoreError?
      do throws(StoreError) {
        if let found = try snapshot.find(text, in: scope) { return found }
      } catch {
        // What is pinned today need not be here for what a commit pinned.
        guard case .pinNotHere = error else { throw error }
        notHere = error
      }
      var revisions = RevisionNames(text: text, scope: scope, workspace: self)
      if let found = try revisions.find(in: snapshot) { return found }
      if let failure = revisions.failure { throw failure }
      if let notHere { throw notHere }
      do throws(StoreError) {
        return try snapshot.resolve(text, in: scope)
      } catch {
        if case .unknownName = error, let damage = snapshot.damage { throw damage }
        throw error
      }
    }
  }

  /// Runs `body`; when it says that the store lacks the version of a pin, the error names the
  /// commit that pinned it. A version that is not found beside `damage` may have been there: the
  /// error is the damage then.
  func explainingMissingPins<Result>(
    damage: StoreError? = nil, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch StoreError.pinNotHere(let path, let object) {
      if let damage { throw damage }
      throw WorkspaceMessages.notHere(path, object, origin: origin(of: path, object))
    }
  }

  /// Who pinned a version, for the end of a sentence. What cannot be found out must not hide the
  /// error that this belongs to.
  private func origin(of path: String, _ object: StoreObject) -> String {
    guard let bytes = PathText.unescape(path), let place = try? RelativePath(bytes),
      let repository = GitRepository.find(around: self),
      let history = try? repository.pinHistory(of: place),
      let commit = history.versions.last(where: { $0.pin.object == object })?.commit
    else { return "" }
    return "; \(commit.author) pinned it on \(Words.date(commit.time)) UTC in the commit "
      + "\(commit.id.prefix(GitCommitID.shortDigits)) (\(commit.subject))"
  }
}

/// The ways to read a text as `PATH@REVISION` or `PATH@REVISION:INNER`.
private struct RevisionNames {
  /// More than that is no name that somebody typed: git is run for each.
  private static let maximumCount = 16

  let text: String
  let scope: NameScope
  let workspace: Workspace
  /// Why none led anywhere.
  private(set) var failure: UserMessage?

  init(text: String, scope: NameScope, workspace: Workspace) {
    self.text = text
    self.scope = scope
    self.workspace = workspace
  }

  private struct Reading {
    let path: String
    let revision: String
    let inner: RelativePath?
  }

  /// The longest path first: it may hold `@`. Then the shortest revision: it holds no `:` but in
  /// odd cases.
  private var readings: [Reading] {
    guard !text.hasPrefix("tag:"), !text.hasPrefix("sha256:") else { return [] }
    let text = self.text.hasPrefix("pin:") ? self.text.dropFirst(4) : self.text[...]
    var readings: [Reading] = []
    for cut in text.indices.reversed() where text[cut] == "@" && cut > text.startIndex {
      let path = String(text[..<cut])
      let rest = text[text.index(after: cut)...]
      for end in rest.indices where rest[end] == ":" {
        let inner = rest[rest.index(after: end)...]
        let bytes = PathText.unescape(inner) ?? Array(inner.utf8)
        guard let place = try? RelativePath(Self.withoutSlashes(bytes)) else { continue }
        readings.append(Reading(path: path, revision: String(rest[..<end]), inner: place))
      }
      readings.append(Reading(path: path, revision: String(rest), inner: nil))
    }
    return Array(readings.filter { !$0.revision.isEmpty }.prefix(Self.maximumCount))
  }

  private static func withoutSlashes(_ bytes: [UInt8]) -> [UInt8] {
    Array(bytes.prefix(1 + (bytes.lastIndex { $0 != RelativePath.slash } ?? 0)))
  }

  /// The first reading that stands for something; nil when none does.
  mutating func find(in snapshot: Snapshot<LinuxDirectory>) throws -> ResolvedName? {
    let readings = self.readings
    guard !readings.isEmpty, let repository = GitRepository.find(around: workspace) else {
      return nil
    }
    for reading in readings {
      guard let commit = try repository.commit(reading.revision) else {
        note(GitErrors.unknownRevision(reading.revision))
        continue
      }
      var scope = scope
      do {
        scope.lock = try repository.lock(at: reading.revision, commit: commit)
      } catch let message as UserMessage where message.code == "noLockAtRevision" {
        note(message)
        continue
      }
      if let found = try snapshot.findLocked(reading.path, inner: reading.inner, in: scope) {
        return found.named("\(found.whole)@\(reading.revision)")
      }
      note(GitErrors.notPinned(reading.path, at: reading.revision, commit))
    }
    return nil
  }

  /// Keeps the failure that tells most: of a revision that git knows, else of the first reading.
  private mutating func note(_ message: UserMessage) {
    let tellsMore = failure?.code == "unknownRevision" && message.code != "unknownRevision"
    if failure == nil || tellsMore { failure = message }
  }
}
