import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct FsckCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "fsck",
    abstract: "Look for damage of the store.",
    discussion: """
      Reads the index and the tables of all packs, and sees that every version has all its parts. \
      --full reads and hashes every stored byte as well. Nothing is changed. Exits with 3 when \
      something is wrong.

        reprostore fsck
        reprostore fsck --full
      """)

  @Flag(help: "Read and hash every stored byte.")
  var full = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let store = try workspace.openStore()
    let report = try ProgressDisplay.run("checking", isShown: !output.quiet) {
      (progress) throws(StoreError) in
      try store.check(full: full, workers: threads.count, progress: progress)
    }
    for problem in report.problems { try show(problem, console) }
    try console.object([
      ("type", .string("checked")), ("full", .bool(full)),
      ("problems", .integer(report.problems.count)), ("refs", .integer(report.refs)),
      ("objects", .integer(report.objects)), ("segments", .integer(report.segments)),
      ("containers", .integer(report.containers)), ("bytesRead", .unsigned(report.bytesRead)),
    ])
    try console.report(summary(report))
    guard report.problems.isEmpty else { throw ExitCode(ExitStatus.damage.rawValue) }
  }

  private func show(_ problem: StoreError, _ console: Console) throws(StoreError) {
    let message = ErrorMessages.message(for: problem)
    // With --full the damaged file is in the list itself.
    let cure = full && problem.object?.fileName == "" ? nil : message.hint
    try console.object([
      ("type", .string("problem")), ("code", .string(message.code)),
      ("object", .optional(problem.object?.kindName)), ("message", .string(message.text)),
      ("try", .optional(cure)),
    ])
    let hint = cure.map { ". Try: \($0)" } ?? ""
    try console.result(console.style.bad("problem:") + " " + Words.printable(message.text + hint))
  }

  private func summary(_ report: CheckReport) -> String {
    let what =
      Words.count(report.refs, "version", "versions") + ", "
      + Words.count(report.objects, "object", "objects") + ", "
      + Words.count(report.containers, "container", "containers")
    let depth = full ? "\(Words.size(report.bytesRead)) read" : "bytes not read: --full does that"
    let verdict =
      report.problems.isEmpty
      ? "no problems" : Words.count(report.problems.count, "problem", "problems")
    return "\(verdict) in \(what) (\(depth))"
  }
}

extension StoreError {
  /// What of the store the error is about.
  fileprivate var object: StoreObject? {
    switch self {
    case .corrupt(let object, _), .missing(let object), .reusedDataRemoved(let object): object
    default: nil
    }
  }
}
