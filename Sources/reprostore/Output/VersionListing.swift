import ArtifactStore
import StorePrimitives

/// Lists the versions of a path.
struct VersionListing {
  enum State {
    /// There is no version.
    case nothing
    case sound
    /// Some could not be read for damage.
    case damaged
  }

  let versions: PathVersions
  let console: Console

  /// A version, named by the oldest that has this content of those that follow each other.
  private struct Row {
    var version: PathVersion
    let content: PathContent
    /// Against the row below; nil when one of them is not here, or nothing is below.
    var changes: PathChanges?
    var isFirst = false
  }

  func render(atMost count: Int) throws(StoreError) -> State {
    let rows = try rows(atMost: count)
    guard !rows.isEmpty else { return .nothing }
    var table = Table([.left, .left, .left, .right, .right, .left, .left, .left])
    for row in rows {
      table.add(cells(row))
      try console.object(object(row))
    }
    for line in table.lines() { try console.result(line) }
    let isDamaged = rows.contains { if case .damaged = $0.content { true } else { false } }
    return isDamaged ? .damaged : .sound
  }

  /// Walks back in time, and no further than needed.
  private func rows(atMost count: Int) throws(StoreError) -> [Row] {
    var rows: [Row] = []
    for version in versions.versions {
      guard let content = try versions.content(at: version) else { continue }
      guard let above = rows.last else {
        rows.append(Row(version: version, content: content))
        continue
      }
      let changes = try changes(from: version, content, to: above)
      let isSame = above.version.pin.target == version.pin.target || changes == PathChanges()
      if isSame {
        // A commit tells more than that it was added.
        if version.isCommitted || !above.version.isCommitted {
          rows[rows.count - 1].version = version
        }
        continue
      }
      rows[rows.count - 1].changes = changes
      guard rows.count < count else { return rows }
      rows.append(Row(version: version, content: content))
    }
    if !rows.isEmpty { rows[rows.count - 1].isFirst = true }
    return rows
  }

  private func changes(
    from version: PathVersion, _ content: PathContent, to above: Row
  ) throws(StoreError) -> PathChanges? {
    guard case .present = content, case .present = above.content else { return nil }
    return try versions.changes(from: version, to: above.version)
  }

  // MARK: Lines

  private func cells(_ row: Row) -> [String] {
    let total = total(row)
    let size = total.map { [Words.files($0.files), Words.size($0.bytes)] } ?? ["", ""]
    let start = [commitID(row) ?? "-", Words.date(row.version.time) + " UTC", shortID(row)]
    return start + size + [note(row), Words.printable(author(row) ?? ""), subject(row)]
  }

  private func note(_ row: Row) -> String {
    switch row.content {
    case .notHere: return "not here"
    case .damaged: return "damaged"
    case .present: break
    }
    guard let changes = row.changes else { return row.isFirst ? "first" : "" }
    let counts = [("+", changes.added), ("-", changes.removed), ("~", changes.changed)]
    return counts.filter { $0.1 > 0 }.map { "\($0.0)\(Words.number($0.1))" }.joined(separator: " ")
  }

  private func commitID(_ row: Row) -> String? {
    guard case .commit(let commit) = row.version.source else { return nil }
    return String(commit.id.prefix(GitCommitID.shortDigits))
  }

  private func author(_ row: Row) -> String? {
    switch row.version.source {
    case .commit(let commit): commit.author
    case .ref(let record): record.who
    }
  }

  private func subject(_ row: Row) -> String {
    switch row.version.source {
    case .commit(let commit): Words.printable(commit.subject)
    case .ref(let record): "(added in \(Words.printable(record.workspace ?? "a workspace")))"
    }
  }

  /// The file that the path was, when it was one.
  private func file(_ row: Row) -> BlobID? {
    guard case .present(_, let file) = row.content else { return nil }
    return file
  }

  private func shortID(_ row: Row) -> String {
    file(row).map { String($0.digest.hex.prefix(12)) } ?? row.version.pin.target.shortID
  }

  /// Of the path; of a version that is not here the lock tells it for a whole pin only.
  private func total(_ row: Row) -> (files: UInt64, bytes: UInt64)? {
    if case .present(let total, _) = row.content { return (total.count, total.weight) }
    let pin = row.version.pin
    guard case .commit = row.version.source, pin.path == versions.path else { return nil }
    return (pin.files, pin.bytes)
  }

  private func object(_ row: Row) -> [(String, JSONValue)] {
    let total = total(row)
    var members: [(String, JSONValue)] = [
      ("type", .string("version")), ("path", .path(versions.path)),
      ("id", .optional(file(row).map { "\($0)" } ?? row.version.pin.target.id)),
      ("pin", .path(row.version.pin.path)),
      ("files", total.map { .unsigned($0.files) } ?? .null),
      ("bytes", total.map { .unsigned($0.bytes) } ?? .null),
      ("added", row.changes.map { .integer($0.added) } ?? .null),
      ("removed", row.changes.map { .integer($0.removed) } ?? .null),
      ("changed", row.changes.map { .integer($0.changed) } ?? .null),
      ("created", .string(Words.timestamp(row.version.time))), ("who", .optional(author(row))),
    ]
    var state = (isHere: true, isDamaged: false)
    if case .notHere = row.content { state.isHere = false }
    if case .damaged = row.content { state.isDamaged = true }
    members += [("here", .bool(state.isHere)), ("damaged", .bool(state.isDamaged))]
    switch row.version.source {
    case .commit(let commit):
      members += [
        ("commit", .string(commit.id)), ("subject", .string(commit.subject)), ("workspace", .null),
      ]
    case .ref(let record):
      members += [
        ("commit", .null), ("subject", .null), ("workspace", .optional(record.workspace)),
      ]
    }
    return members
  }
}
