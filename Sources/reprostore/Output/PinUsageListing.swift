import ArtifactStore
import StorePrimitives

/// Lists what each pin takes up in the store.
struct PinUsageListing {
  let console: Console

  func render(_ usages: [PinUsage]) throws(StoreError) {
    guard !usages.isEmpty else {
      return console.note("nothing is stored yet; store a directory with: reprostore add DIR")
    }
    let showsWorkspace = Set(usages.map(\.workspace)).count > 1
    var table = Table([.left, .right, .right, .right, .right, .right, .left])
    table.add([
      "pin", "versions", "newest", "unique", "shared", "freed", showsWorkspace ? "workspace" : "",
    ])
    for usage in usages {
      table.add([
        Words.printable(usage.path?.description ?? ""), Words.number(usage.versions),
        Words.size(usage.bytes), Words.size(usage.uniqueBytes), Words.size(usage.sharedBytes),
        Words.size(usage.freedBytes), showsWorkspace ? Words.printable(usage.workspace ?? "") : "",
      ])
      try console.object(object(usage))
    }
    for line in table.lines() { try console.result(line) }
  }

  private func object(_ usage: PinUsage) -> [(String, JSONValue)] {
    [
      ("type", .string("pinUsage")), ("path", usage.path.map(JSONValue.path) ?? .null),
      ("workspace", .optional(usage.workspace)), ("versions", .integer(usage.versions)),
      ("bytes", .unsigned(usage.bytes)), ("uniqueBytes", .unsigned(usage.uniqueBytes)),
      ("sharedBytes", .unsigned(usage.sharedBytes)), ("freedBytes", .unsigned(usage.freedBytes)),
    ]
  }
}
