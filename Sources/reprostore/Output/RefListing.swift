import ArtifactStore
import StoreIO
import StorePrimitives

/// Lists the refs of a store: pins and tags.
struct RefListing {
  let snapshot: Snapshot<LinuxDirectory>
  let console: Console

  private typealias Ref = (name: RefName, record: RefRecord)

  /// Lists the pins of `lock`, or without one the newest pin of each path, of `workspace` or of
  /// all; and the tags. False when something could not be read for damage.
  func render(workspace: String, lock: Lock?, all: Bool) throws(StoreError) -> Bool {
    if let lock { return try render(lock, workspace: workspace) }
    let isNewest = warnOfDamage()
    let pins = Self.newest(of: try snapshot.refs(in: .pins))
    let own = pins.filter { $0.record.workspace == workspace }
    let others = pins.count - own.count
    let tags = try snapshot.refs(in: .tags)
    var isSound = try render("pins", all ? pins : own, showsWorkspace: all)
    isSound = try render("tags", tags, showsWorkspace: false) && isSound
    if pins.isEmpty, tags.isEmpty {
      console.note("nothing is stored yet; store a directory with: reprostore add DIR")
    } else if others > 0, !all {
      let are = Words.count(others, "pin of another workspace", "pins of other workspaces")
      console.note("\(are) in this store: reprostore ls --all")
    }
    return isSound && isNewest
  }

  private func render(_ lock: Lock, workspace: String) throws(StoreError) -> Bool {
    let isNewest = warnOfDamage()
    let tags = try snapshot.refs(in: .tags)
    let listing = LockListing(snapshot: snapshot, console: console, workspace: workspace)
    var isSound = try listing.render(lock)
    isSound = try render("tags", tags, showsWorkspace: false) && isSound
    if lock.isEmpty, tags.isEmpty {
      console.note("nothing is pinned; store a directory with: reprostore add DIR")
    }
    return isSound && isNewest
  }

  /// The tags alone.
  func renderTags() throws(StoreError) -> Bool {
    let isNewest = warnOfDamage()
    let tags = try snapshot.refs(in: .tags)
    if tags.isEmpty { console.note("no tags yet; make one with: reprostore tag NAME X") }
    return try render(nil, tags, showsWorkspace: false) && isNewest
  }

  /// Says when the newest root could not be read; what is listed is older then. False for that.
  private func warnOfDamage() -> Bool {
    guard let damage = snapshot.damage else { return true }
    let message = ErrorMessages.message(for: damage)
    console.warn("\(message.text); this is what was stored before it")
    if let hint = message.hint { console.warn("try: \(hint)") }
    return false
  }

  /// The last version of each path of each workspace, in path order.
  private static func newest(of pins: [Ref]) -> [Ref] {
    var newest: [String: Ref] = [:]
    for pin in pins {
      let key = "\(pin.record.path?.description ?? "")\n\(pin.record.workspace ?? "")"
      if let other = newest[key], other.record.created >= pin.record.created { continue }
      newest[key] = pin
    }
    return newest.sorted { $0.key < $1.key }.map(\.value)
  }

  private func render(
    _ title: String?, _ refs: [Ref], showsWorkspace: Bool
  ) throws(StoreError) -> Bool {
    guard !refs.isEmpty else { return true }
    var isSound = true
    var table = Table([.left, .right, .right, .left, .left, .left])
    for ref in refs {
      let total = try snapshot.total(of: ref.record.target)
      if total == nil { isSound = false }
      table.add([
        shownName(ref), total.map { Words.files($0.count) } ?? "damaged",
        total.map { Words.size($0.weight) } ?? "", ref.record.target.shortID,
        Words.date(ref.record.created) + " UTC",
        showsWorkspace ? Words.printable(ref.record.workspace ?? "") : "",
      ])
      try console.object(object(ref, total))
    }
    if let title { try console.result(console.style.strong(title)) }
    for line in table.lines(indent: title == nil ? "" : "  ") { try console.result(line) }
    return isSound
  }

  private func shownName(_ ref: Ref) -> String {
    let name = ref.name.isIn(.tags) ? ref.name.name : ref.record.path?.description
    return Words.printable(name ?? ref.name.description)
  }

  private func object(_ ref: Ref, _ total: TreeTotal?) -> [(String, JSONValue)] {
    let record = ref.record
    var members: [(String, JSONValue)] = []
    if ref.name.isIn(.tags) {
      members = [("type", .string("tag")), ("name", .string(ref.name.name))]
    } else {
      members = [("type", .string("pin"))]
    }
    return members + [
      ("path", record.path.map(JSONValue.path) ?? .null), ("id", .optional(record.target.id)),
      ("kind", .string(record.target.kindName)),
      ("files", total.map { .unsigned($0.count) } ?? .null),
      ("bytes", total.map { .unsigned($0.weight) } ?? .null), ("damaged", .bool(total == nil)),
      ("here", .bool(true)),
      ("created", .string(Words.timestamp(record.created))),
      ("workspace", .optional(record.workspace)), ("gitCommit", .optional(record.gitCommit)),
      ("who", .optional(record.who)),
    ]
  }
}

extension Snapshot {
  /// The files and bytes of a version; nil when it cannot be read for damage: the others shall
  /// still be listed.
  func total(of target: RefRecord.Target) throws(StoreError) -> TreeTotal? {
    do throws(StoreError) {
      switch target {
      case .tree(let id): return try reader().tree.total(of: id)
      case .blob(_, let size, _): return TreeTotal(count: 1, weight: size)
      case .manifest, .session: return .zero
      }
    } catch {
      guard error.isDamage else { throw error }
      return nil
    }
  }
}
