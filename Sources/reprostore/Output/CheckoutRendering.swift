import ArtifactStore
import StorePrimitives

/// Says what a `checkout` did.
struct CheckoutRendering {
  /// More names than this are not listed one by one.
  private static let shownNames = 10

  let nanoseconds: UInt64
  let console: Console

  /// Each report with the path that was asked for.
  func render(_ reports: [(path: RelativePath, report: CheckoutReport)]) throws(StoreError) {
    Self.warnOfRescued(reports.map(\.report), console)
    for (path, report) in reports {
      try console.report("\(Words.printable(path.description)): \(words(report))")
      try renderExtras(report, in: path)
      try renderObjects(report, path)
    }
    guard reports.contains(where: { $0.report.isChange }) else { return }
    try console.report(
      "done in \(Words.duration(nanoseconds: nanoseconds)); every byte that was written was checked"
    )
  }

  private func words(_ report: CheckoutReport) -> String {
    guard report.isChange else { return "as it should be, \(Words.files(report.unchanged))" }
    var parts: [String] = []
    for (count, word) in [
      (report.created, "created"), (report.replaced, "replaced"), (report.removed, "removed"),
    ] where count > 0 {
      parts.append("\(Words.number(count)) \(word)")
    }
    var text =
      parts.joined(separator: ", ") + ", \(Words.number(report.unchanged)) unchanged; "
      + "\(Words.size(report.bytes)) written"
    if report.linkedFiles > 0 { text += ", \(Words.files(report.linkedFiles)) linked" }
    if report.clonedFiles > 0 { text += ", \(Words.files(report.clonedFiles)) share blocks" }
    return text
  }

  private func renderExtras(
    _ report: CheckoutReport, in path: RelativePath
  ) throws(StoreError) {
    guard !report.extras.isEmpty else { return }
    let count = Words.count(report.extras.count, "file is", "files are")
    try console.report("  \(count) not part of this version, and left:")
    for extra in report.extras.prefix(Self.shownNames) {
      try console.report("    \(Words.printable("\(path)/\(extra)"))")
    }
    if report.extras.count > Self.shownNames {
      try console.report("    and \(Words.number(report.extras.count - Self.shownNames)) more")
    }
    try console.report("  reprostore checkout --clean removes those that the store holds")
  }

  private func renderObjects(
    _ report: CheckoutReport, _ path: RelativePath
  ) throws(StoreError) {
    for extra in report.extras {
      try console.object([
        ("type", .string("extra")), ("pin", .path(path)), ("path", .path(extra)),
      ])
    }
    for rescued in report.rescued {
      try console.object([
        ("type", .string("rescued")), ("pin", .path(path)), ("path", .path(rescued)),
      ])
    }
    try console.object([
      ("type", .string("checkedOut")), ("path", .path(path)), ("created", .integer(report.created)),
      ("replaced", .integer(report.replaced)), ("removed", .integer(report.removed)),
      ("unchanged", .unsigned(report.unchanged)), ("extras", .integer(report.extras.count)),
      ("bytes", .unsigned(report.bytes)), ("clonedFiles", .integer(report.clonedFiles)),
      ("linkedFiles", .integer(report.linkedFiles)), ("freedBytes", .unsigned(report.freedBytes)),
      ("milliseconds", .unsigned(nanoseconds / 1_000_000)),
    ])
  }

  /// Says where files went that somebody changed meanwhile.
  static func warnOfRescued(_ reports: [CheckoutReport], _ console: Console) {
    for path in reports.flatMap(\.rescued) {
      console.warn("a file changed while it was replaced; what it held is kept as \(path)")
    }
  }
}

extension CheckoutReport {
  fileprivate var isChange: Bool { created + replaced + removed > 0 }
}
