import ArgumentParser
import ArtifactStore
import StorePrimitives

struct StatsCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Say how much the store holds and how much it saves.",
    discussion: """
      With --by pin: for each path that was added, all its versions together, how much of what is \
      stored only it needs, and how much less would be needed without it.

        reprostore stats
        reprostore stats --by pin
        reprostore stats --json
      """)

  /// What is counted apart.
  enum Grouping: String, ExpressibleByArgument, CaseIterable {
    case pin
  }

  @Option(name: .customLong("by"), help: "Count each pin apart.")
  var grouping: Grouping?

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    switch grouping {
    case nil: try showTotals(of: workspace, console)
    case .pin: try PinUsageListing(console: console).render(workspace.openStore().usageOfPins())
    }
  }

  private func showTotals(of workspace: Workspace, _ console: Console) throws {
    let report = try workspace.openStore().stats()
    let path = workspace.storePath
    try console.object(object(report, path))
    var table = Table([.left, .left])
    table.add(["store", path])
    table.add(["pins", Words.number(report.pins)])
    table.add(["tags", Words.number(report.tags)])
    table.add(["versions", "\(Words.files(report.files)), \(Words.size(report.bytes))"])
    table.add(["distinct", "\(Words.size(report.uniqueBytes)) after equal pieces are counted once"])
    table.add(["on disk", onDisk(report)])
    table.add([
      "in",
      Words.count(report.packs, "pack", "packs") + ", "
        + Words.count(report.rawObjects, "raw object", "raw objects") + ", "
        + Words.count(report.segments, "index segment", "index segments") + ", "
        + Words.count(report.roots, "commit", "commits"),
    ])
    for line in table.lines() { try console.result(line) }
  }

  private func onDisk(_ report: StatsReport) -> String {
    let stored = Words.size(report.storedBytes)
    // Of a tiny store most is trees and index: a share of its files says nothing.
    guard report.storedBytes > 0, report.storedBytes <= report.bytes else { return stored }
    let percent = Double(report.storedBytes) / Double(report.bytes) * 100
    return "\(stored), \(Int(percent.rounded()))% of the versions (compression saves "
      + "\(Words.size(report.savedByCompression)))"
  }

  private func object(_ report: StatsReport, _ path: String) -> [(String, JSONValue)] {
    [
      ("type", .string("stats")), ("store", .string(path)), ("pins", .integer(report.pins)),
      ("tags", .integer(report.tags)), ("files", .unsigned(report.files)),
      ("bytes", .unsigned(report.bytes)), ("uniqueBytes", .unsigned(report.uniqueBytes)),
      ("storedBytes", .unsigned(report.storedBytes)),
      ("savedByChunks", .unsigned(report.savedByChunks)),
      ("savedByCompression", .unsigned(report.savedByCompression)),
      ("packs", .integer(report.packs)), ("rawObjects", .integer(report.rawObjects)),
      ("segments", .integer(report.segments)), ("roots", .unsigned(report.roots)),
    ]
  }
}
