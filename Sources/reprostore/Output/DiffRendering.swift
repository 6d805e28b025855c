import ArtifactStore
import StorePrimitives

/// What a difference adds up to. Figures in files and bytes.
struct DiffTotals {
  var added = TreeTotal.zero
  var removed = TreeTotal.zero
  var changedBefore = TreeTotal.zero
  var changedAfter = TreeTotal.zero
  var renamed = TreeTotal.zero

  var isDifferent: Bool {
    [added, removed, changedAfter, renamed].contains { $0.count > 0 }
  }

  mutating func count(_ change: ShownChange) {
    func one(_ content: TreeEntry.Content) -> TreeTotal {
      TreeTotal(count: 1, weight: content.size)
    }
    switch change {
    case .added(_, let new): added = added + one(new)
    case .removed(_, let old): removed = removed + one(old)
    case .changed(_, let old, let new):
      changedBefore = changedBefore + one(old)
      changedAfter = changedAfter + one(new)
    case .renamed(_, _, _, let new): renamed = renamed + one(new)
    }
  }
}

/// Says in which files versions differ.
final class DiffRendering {
  private let console: Console
  private let showsFiles: Bool
  private(set) var totals = DiffTotals()

  init(console: Console, showsFiles: Bool) {
    self.console = console
    self.showsFiles = showsFiles
  }

  /// Shows the changes of a pin; one of several has a title.
  func render(
    _ changes: [TreeChange], of pin: RelativePath, isTitled: Bool
  ) throws(StoreError) {
    if isTitled, showsFiles, !changes.isEmpty {
      try console.result(console.style.strong(Words.printable(pin.description)))
    }
    var listing = DiffListing(rendering: self, pin: pin)
    for change in changes { try listing.take(change) }
    try listing.finish()
  }

  fileprivate func render(_ change: ShownChange, of pin: RelativePath?) throws(StoreError) {
    totals.count(change)
    guard showsFiles else { return }
    if console.isJSON { return try console.object(object(change, pin)) }
    try console.result(line(change))
  }

  fileprivate func noteTooMany() {
    console.note("more than \(Words.number(DiffListing.pairedChanges)) changes: no renames shown")
  }

  // MARK: Lines

  private func line(_ change: ShownChange) -> String {
    let style = console.style
    switch change {
    case .added(let path, let new):
      return style.good("A") + " \(shown(path, new))\(suffix(new))"
    case .removed(let path, let old):
      return style.bad("D") + " \(shown(path, old))\(suffix(old))"
    case .changed(let path, let old, let new):
      return style.odd("M") + " \(shown(path, new))  \(words(old, new))"
    case .renamed(let from, let path, let old, let new):
      let bit = executableWords(old, new).map { "  \($0)" } ?? ""
      return style.strong("R") + " \(shown(from, old)) -> \(shown(path, new))\(bit)"
    }
  }

  private func shown(_ path: RelativePath, _ content: TreeEntry.Content) -> String {
    Words.printable(path.description) + (content == .emptyDirectory ? "/" : "")
  }

  private func suffix(_ content: TreeEntry.Content) -> String {
    content == .emptyDirectory ? "" : "  \(words(content))"
  }

  private func words(_ content: TreeEntry.Content) -> String {
    switch content {
    case .file(_, let size, _): Words.size(size)
    case .symbolicLink(let target): "link to \(Words.printable(PathText.escape(target)))"
    case .emptyDirectory: "empty directory"
    }
  }

  private func words(_ old: TreeEntry.Content, _ new: TreeEntry.Content) -> String {
    guard case .file(let before, _, _) = old, case .file(let after, _, _) = new else {
      return "\(words(old)) -> \(words(new))"
    }
    let bit = executableWords(old, new)
    if before == after, let bit { return bit }
    return "\(words(old)) -> \(words(new))" + (bit.map { ", \($0)" } ?? "")
  }

  private func executableWords(
    _ old: TreeEntry.Content, _ new: TreeEntry.Content
  ) -> String? {
    guard case .file(_, _, let before) = old, case .file(_, _, let after) = new, before != after
    else { return nil }
    return after ? "now executable" : "no longer executable"
  }

  // MARK: Totals

  /// The last line.
  func renderTotals() throws(StoreError) {
    try console.object([
      ("type", .string("diff")), ("different", .bool(totals.isDifferent)),
      ("added", .unsigned(totals.added.count)), ("addedBytes", .unsigned(totals.added.weight)),
      ("removed", .unsigned(totals.removed.count)),
      ("removedBytes", .unsigned(totals.removed.weight)),
      ("changed", .unsigned(totals.changedAfter.count)),
      ("changedBytesBefore", .unsigned(totals.changedBefore.weight)),
      ("changedBytesAfter", .unsigned(totals.changedAfter.weight)),
      ("renamed", .unsigned(totals.renamed.count)),
      ("renamedBytes", .unsigned(totals.renamed.weight)),
    ])
    guard totals.isDifferent else { return try console.report("no difference") }
    if showsFiles { try console.report(summary) } else { try console.result(summary) }
  }

  private var summary: String {
    var parts: [String] = []
    func add(_ total: TreeTotal, _ word: String, _ bytes: String) {
      guard total.count > 0 else { return }
      parts.append("\(Words.files(total.count)) \(word) (\(bytes))")
    }
    add(totals.added, "added", Words.size(totals.added.weight))
    add(totals.removed, "removed", Words.size(totals.removed.weight))
    let (before, after) = (totals.changedBefore.weight, totals.changedAfter.weight)
    add(totals.changedAfter, "changed", "\(Words.size(before)) -> \(Words.size(after))")
    add(totals.renamed, "renamed", Words.size(totals.renamed.weight))
    return parts.joined(separator: ", ")
  }

  private func object(_ change: ShownChange, _ pin: RelativePath?) -> [(String, JSONValue)] {
    let (word, origin, old, new) = change.parts
    func value(_ content: TreeEntry.Content?) -> JSONValue {
      content.map { .object(EntryObject.members(of: $0)) } ?? .null
    }
    return [
      ("type", .string("change")), ("pin", .optional(pin?.description)),
      ("path", .path(change.path)), ("change", .string(word)),
      ("from", .optional(origin?.description)), ("old", value(old)), ("new", value(new)),
    ]
  }
}

/// Shows changes as they come: at once when there are too many to look for renames among them.
struct DiffListing {
  /// As many changes are held in memory.
  static let pairedChanges = 100_000

  private let rendering: DiffRendering
  private let pin: RelativePath?
  private var held: [TreeChange]? = []

  init(rendering: DiffRendering, pin: RelativePath?) {
    self.rendering = rendering
    self.pin = pin
  }

  mutating func take(_ change: TreeChange) throws(StoreError) {
    guard let count = held?.count else { return try show(change) }
    held?.append(change)
    guard count == Self.pairedChanges else { return }
    rendering.noteTooMany()
    for change in held ?? [] { try show(change) }
    held = nil
  }

  private func show(_ change: TreeChange) throws(StoreError) {
    guard let shown = ShownChange(change) else { return }
    try rendering.render(shown, of: pin)
  }

  /// Shows what is left.
  mutating func finish() throws(StoreError) {
    for change in Renames.paired(held ?? []) { try rendering.render(change, of: pin) }
    held = []
  }
}

extension ShownChange {
  /// The word for scripts, where it was, and what is on both sides.
  fileprivate var parts:
    (word: String, origin: RelativePath?, old: TreeEntry.Content?, new: TreeEntry.Content?)
  {
    switch self {
    case .added(_, let new): ("added", nil, nil, new)
    case .removed(_, let old): ("removed", nil, old, nil)
    case .changed(_, let old, let new): ("changed", nil, old, new)
    case .renamed(let from, _, let old, let new): ("renamed", from, old, new)
    }
  }
}
