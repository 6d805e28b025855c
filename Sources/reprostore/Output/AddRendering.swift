import ArtifactStore
import StoreIO
import StorePrimitives

/// Says what an `add` did.
struct AddRendering {
  /// More names than this are not listed one by one.
  private static let shownNames = 5

  let report: AddReport
  let isDryRun: Bool
  let nanoseconds: UInt64
  /// What was made a link to the store afterwards.
  let linked: [CheckoutReport]

  func render(on console: Console) throws(StoreError) {
    warn(console)
    CheckoutRendering.warnOfRescued(linked, console)
    try renderPins(on: console)
    try renderObjects(on: console)
    let time = Words.duration(nanoseconds: nanoseconds)
    if isDryRun {
      try console.report(
        "\(Words.size(report.newBytes)) are new, "
          + "\(Words.size(report.reusedBytes)) are stored already; "
          + "\(Words.size(report.freeBytes)) free; nothing was written")
    } else {
      try console.report(
        "\(Words.size(report.newBytes)) new, "
          + "\(Words.size(report.writtenBytes)) written to the store, "
          + "in \(time)")
      try renderLinks(on: console)
    }
  }

  private func renderLinks(on console: Console) throws(StoreError) {
    let files = linked.reduce(0) { $0 + $1.linkedFiles + $1.clonedFiles }
    guard files > 0 else { return }
    let freed = linked.reduce(0) { $0 + $1.freedBytes }
    try console.report(
      "\(Words.files(files)) linked to the store, \(Words.size(freed)) of the disk freed")
  }

  private func warn(_ console: Console) {
    for path in report.suspicious.prefix(Self.shownNames) {
      let verb = isDryRun ? "would be stored" : "was stored"
      console.warn("\(path) looks like a secret; it \(verb). Leave it out with .reproignore")
    }
    if report.suspicious.count > Self.shownNames {
      let more = report.suspicious.count - Self.shownNames
      console.warn("\(Words.count(more, "more name looks", "more names look")) like a secret")
    }
    warnOfTwins(console)
    for skipped in report.skipped.prefix(Self.shownNames) {
      console.warn("\(skipped.path) is a \(skipped.kind.rawValue); it was passed over")
    }
    if report.skipped.count > Self.shownNames {
      let more = report.skipped.count - Self.shownNames
      console.warn("\(Words.count(more, "more was", "more were")) passed over")
    }
  }

  private func warnOfTwins(_ console: Console) {
    for twins in report.twins.prefix(Self.shownNames) {
      console.warn(
        "\(twins.first) and \(twins.second) are the same text in different bytes "
          + "(Unicode has two forms of it): two files here, one on some systems")
    }
    if report.twins.count > Self.shownNames {
      let more = report.twins.count - Self.shownNames
      console.warn("\(Words.count(more, "more pair", "more pairs")) of names like that")
    }
  }

  private func renderPins(on console: Console) throws(StoreError) {
    var table = Table([.left, .right, .right, .left, .left])
    for pin in report.pins {
      table.add([
        Words.printable(pin.path.description), Words.files(pin.files), Words.size(pin.bytes),
        pin.state.rawValue,
        pin.target.shortID,
      ])
    }
    for line in table.lines() { try console.report(line) }
  }

  private func renderObjects(on console: Console) throws(StoreError) {
    guard console.isJSON else { return }
    for pin in report.pins {
      try console.object([
        ("type", .string("pin")), ("path", .path(pin.path)), ("id", .optional(pin.target.id)),
        ("kind", .string(pin.target.kindName)), ("files", .integer(pin.files)),
        ("bytes", .unsigned(pin.bytes)), ("state", .string(pin.state.rawValue)),
      ])
    }
    for skipped in report.skipped {
      try console.object([
        ("type", .string("skipped")), ("path", .string(skipped.path)),
        ("kind", .string(skipped.kind.rawValue)),
      ])
    }
    for twins in report.twins {
      try console.object([
        ("type", .string("twins")), ("path", .path(twins.first)), ("other", .path(twins.second)),
      ])
    }
    for path in report.suspicious {
      try console.object([("type", .string("suspicious")), ("path", .path(path))])
    }
    try console.object([
      ("type", .string("added")), ("dryRun", .bool(isDryRun)),
      ("newBytes", .unsigned(report.newBytes)), ("reusedBytes", .unsigned(report.reusedBytes)),
      ("writtenBytes", .unsigned(report.writtenBytes)), ("freeBytes", .unsigned(report.freeBytes)),
      ("linkedFiles", .integer(linked.reduce(0) { $0 + $1.linkedFiles + $1.clonedFiles })),
      ("freedBytes", .unsigned(linked.reduce(0) { $0 + $1.freedBytes })),
      ("milliseconds", .unsigned(nanoseconds / 1_000_000)),
    ])
  }

  /// What to do with a lock that has changed.
  func renderNextStep(on console: Console, in workspace: Workspace) throws(StoreError) {
    guard GitFolder.find(around: workspace.path) != nil else { return }
    try console.report("next: \(workspace.gitAdd(Lock.fileName, GitIgnoreFile.name))")
  }
}
