import ArtifactStore
import StoreIO
import StorePrimitives

/// How one pin of the workspace stands.
struct PinStatus {
  enum State: String {
    case clean, modified
    /// Nothing of it is in the workspace.
    case absent
    /// It was evicted and is otherwise clean.
    case evicted
    /// The store lacks the version, or files of it.
    case missing
  }

  enum Change: String {
    case modified, added, deleted, evicted

    var letter: String {
      switch self {
      case .modified: "M"
      case .added: "A"
      case .deleted: "D"
      case .evicted: "E"
      }
    }
  }

  let path: RelativePath
  let state: State
  let unchanged: TreeTotal
  /// Paths relative to the workspace.
  let changes: [(change: Change, path: RelativePath)]
  /// Files of the version that the store lacks; nil when it lacks the version itself.
  let missing: Int?

  init(
    _ selected: SelectedPin, at version: PinVersion<LinuxDirectory>,
    _ state: PinState<LinuxDirectory>, _ evicted: EvictedPaths
  ) throws(StoreError) {
    let path = try selected.path()
    self.path = path
    guard case .compared(let comparison) = state else {
      self.state = .missing
      unchanged = .zero
      changes = []
      missing = nil
      return
    }
    changes = try comparison.differences.map { (difference) throws(StoreError) in
      let whole = try WorkspaceDifference.whole(difference, in: path, comparison, version)
      return (Self.change(difference, at: whole, evicted), whole)
    }
    unchanged = comparison.unchanged
    missing = comparison.missing
    self.state = Self.state(comparison, changes.map(\.change))
  }

  private static func change(
    _ difference: PathDifference, at path: RelativePath, _ evicted: EvictedPaths
  ) -> Change {
    if difference.wanted == nil { return .added }
    if difference.index != nil { return .modified }
    return evicted.covers(path) ? .evicted : .deleted
  }

  private static func state(
    _ comparison: PinComparison<LinuxDirectory>, _ changes: [Change]
  ) -> State {
    if comparison.missing > 0 { return .missing }
    if changes.isEmpty { return .clean }
    if changes.allSatisfy({ $0 == .evicted }) { return .evicted }
    let isNothingThere = comparison.tree.entries.isEmpty && comparison.unchanged.count == 0
    return isNothingThere ? .absent : .modified
  }

  func count(_ change: Change) -> Int { changes.lazy.filter { $0.change == change }.count }
}

/// Says how the pins of a workspace stand.
struct StatusRendering {
  let showsNames: Bool
  let console: Console

  func render(_ statuses: [PinStatus]) throws(StoreError) {
    var table = Table([.left, .left, .left])
    for status in statuses {
      table.add([Words.printable(status.path.description), status.state.rawValue, words(status)])
      try console.object(object(status))
      guard showsNames else { continue }
      for (change, path) in status.changes {
        try console.object([
          ("type", .string("change")), ("pin", .path(status.path)), ("path", .path(path)),
          ("change", .string(change.rawValue)),
        ])
      }
    }
    for (line, status) in zip(table.lines(), statuses) {
      try console.result(paint(line, status.state))
      guard showsNames else { continue }
      for (change, path) in status.changes {
        try console.result("  \(change.letter) \(Words.printable(path.description))")
      }
    }
    try renderNextSteps(statuses)
  }

  private func paint(_ line: String, _ state: PinStatus.State) -> String {
    switch state {
    case .clean: line
    case .modified, .absent, .evicted: console.style.odd(line)
    case .missing: console.style.bad(line)
    }
  }

  private func words(_ status: PinStatus) -> String {
    guard let missing = status.missing else { return "its version is not in the store" }
    var parts: [String] = []
    for change in [PinStatus.Change.modified, .added, .deleted, .evicted] {
      let count = status.count(change)
      if count > 0 { parts.append("\(Words.number(count)) \(change.rawValue)") }
    }
    if missing > 0 { parts.append("\(Words.files(missing)) not in the store") }
    let files = "\(Words.files(status.unchanged.count)), \(Words.size(status.unchanged.weight))"
    return parts.isEmpty ? files : parts.joined(separator: ", ") + " (\(files) unchanged)"
  }

  private func renderNextSteps(_ statuses: [PinStatus]) throws(StoreError) {
    // What is asked for first, then what may help.
    try console.flush()
    if statuses.contains(where: { $0.state == .modified }) {
      console.note("reprostore add PATH stores the changes; reprostore checkout PATH undoes them")
    } else if statuses.contains(where: { $0.state == .absent || $0.state == .evicted }) {
      console.note("reprostore checkout brings absent files")
    }
    if let missing = statuses.first(where: { $0.state == .missing }) {
      console.note(
        "this store lacks data of \(missing.path): reprostore log \(missing.path) tells who added "
          + "it; reprostore init --store DIR joins a store that has it")
    }
  }

  private func object(_ status: PinStatus) -> [(String, JSONValue)] {
    [
      ("type", .string("status")), ("path", .path(status.path)),
      ("state", .string(status.state.rawValue)), ("unchanged", .unsigned(status.unchanged.count)),
      ("unchangedBytes", .unsigned(status.unchanged.weight)),
      ("modified", .integer(status.count(.modified))), ("added", .integer(status.count(.added))),
      ("deleted", .integer(status.count(.deleted))), ("evicted", .integer(status.count(.evicted))),
      ("missing", status.missing.map(JSONValue.integer) ?? .null),
    ]
  }
}
