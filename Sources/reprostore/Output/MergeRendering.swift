import ArtifactStore
import StorePrimitives

/// Says what came of a merge of locks.
struct MergeRendering {
  let report: MergeReport
  /// Where the user is; nil where git runs the program.
  let workspace: Workspace?

  func render(on console: Console) throws(StoreError) {
    try renderPins(on: console)
    let open = report.conflicts.filter { $0.conflict.settled == nil }
    for conflict in report.conflicts { try console.object(object(conflict)) }
    try renderConflicts(open, on: console)
    try console.object([
      ("type", .string("resolved")), ("settled", .bool(report.isSettled)),
      ("conflicts", .integer(open.count)),
    ])
    if report.isSettled {
      try console.report("nothing is in conflict any more")
      let add = workspace?.gitAdd(Lock.fileName) ?? "git add \(Lock.fileName)"
      try console.report("next: \(add), then: reprostore checkout")
    } else if let first = open.first {
      let place = first.conflict.path
      let path = workspace?.word(place) ?? ShellText.word(place.description)
      try console.report("next: reprostore resolve \(Words.printable(path)) --ours (or --theirs),")
      try console.report("      or reprostore resolve --ours for all that is left")
    }
  }

  // MARK: Pins

  private func renderPins(on console: Console) throws(StoreError) {
    var table = Table([.left, .left, .right, .right, .left])
    for pin in report.pins {
      try console.object([
        ("type", .string("pin")), ("path", .path(pin.path)),
        ("outcome", .string(pin.outcome.rawValue)), ("id", .optional(pin.pin?.target.id)),
        ("kind", .optional(pin.pin?.target.kindName)),
        ("files", pin.pin.map { .unsigned($0.files) } ?? .null),
        ("bytes", pin.pin.map { .unsigned($0.bytes) } ?? .null),
      ])
      guard let words = words(pin) else { continue }
      table.add([
        Words.printable(pin.path.description), words, pin.pin.map { Words.files($0.files) } ?? "",
        pin.pin.map { Words.size($0.bytes) } ?? "", pin.pin?.target.shortID ?? "",
      ])
    }
    for line in table.lines() { try console.report(line) }
  }

  /// Nil for what both sides have.
  private func words(_ pin: MergeReport.Pin) -> String? {
    switch pin.outcome {
    case .same: nil
    case .ours: pin.pin == nil ? "removed, as by us" : "ours"
    case .theirs: pin.pin == nil ? "removed, as by them" : "theirs"
    case .merged: "merged"
    case .conflict: "in conflict"
    }
  }

  // MARK: Conflicts

  private func renderConflicts(
    _ open: [MergeReport.Conflict], on console: Console
  ) throws(StoreError) {
    guard !open.isEmpty else { return }
    try console.result(console.style.odd(Words.count(open.count, "conflict:", "conflicts:")))
    for conflict in open.map(\.conflict) {
      let path = Words.printable(conflict.path.description)
      try console.result("  \(console.style.strong(path)): \(conflict.kind.words)")
      try console.result("    ours    \(Self.words(conflict.ours))")
      try console.result("    theirs  \(Self.words(conflict.theirs))")
    }
  }

  private static func words(_ version: MergeConflict.Version) -> String {
    switch version {
    case .nothing: return "nothing"
    case .entry(.file(let blob, let size, let executable)):
      let kind = executable ? "exec" : "file"
      return "\(kind)  \(Words.size(size))  \(blob.digest.hex.prefix(12))"
    case .entry(.symbolicLink(let target)):
      return "link -> \(Words.printable(PathText.escape(target)))"
    case .entry(.emptyDirectory): return "an empty directory"
    case .directory(let total, let tree):
      let id = tree.map { "  \($0.digest.hex.prefix(12))" } ?? ""
      return "directory  \(Words.size(total.weight)), \(Words.files(total.count))\(id)"
    }
  }

  private func object(_ found: MergeReport.Conflict) -> [(String, JSONValue)] {
    let conflict = found.conflict
    return [
      ("type", .string("conflict")), ("pin", .path(found.pin)), ("path", .path(conflict.path)),
      ("kind", .string(conflict.kind.rawValue)), ("ours", Self.object(conflict.ours)),
      ("theirs", Self.object(conflict.theirs)),
      ("settled", .optional(conflict.settled?.rawValue)),
    ]
  }

  private static func object(_ version: MergeConflict.Version) -> JSONValue {
    switch version {
    case .nothing: .null
    case .entry(let content): .object(EntryObject.members(of: content))
    case .directory(let total, let tree):
      .object([
        ("kind", .string("directory")), ("files", .unsigned(total.count)),
        ("bytes", .unsigned(total.weight)), ("id", .optional(tree.map { "\($0)" })),
      ])
    }
  }
}

extension MergeConflict.Kind {
  fileprivate var words: String {
    switch self {
    case .changed: "both sides changed it"
    case .added: "both sides added it"
    case .removed: "one side removed it, and the other changed it"
    case .fileAgainstDirectory: "a file on one side, a directory on the other"
    case .unknownBase: "the sides differ, and what was there before is not known"
    case .nested: "a pin of one side lies in a pin of the other"
    }
  }
}

/// What a version has at a path, for scripts.
enum EntryObject {
  /// `kind`, and by kind `bytes`, `id`, `executable` or `target`.
  static func members(of content: TreeEntry.Content) -> [(String, JSONValue)] {
    switch content {
    case .file(let blob, let size, let executable):
      [
        ("kind", .string("file")), ("bytes", .unsigned(size)), ("id", .string("\(blob)")),
        ("executable", .bool(executable)),
      ]
    case .symbolicLink(let target):
      [("kind", .string("link")), ("target", .string(PathText.escape(target)))]
    case .emptyDirectory: [("kind", .string("directory"))]
    }
  }
}
