import ArgumentParser
import StoreIO
import StorePrimitives

/// The options that every command has.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object a line instead of text (docs/cli.md).")
  var json = false

  @Flag(
    name: [.short, .long],
    help: "No report and no progress: only what was asked for, warnings and errors.")
  var quiet = false
}

/// Where a command says what it has to say: results on standard output, all else on standard error.
///
/// Output is collected and written in large pieces; `flush` comes at the end of every command.
final class Console {
  private static let bufferBytes = 64 << 10

  let isJSON: Bool
  let isQuiet: Bool
  /// For standard output.
  let style: Style
  private let errorStyle: Style
  private var buffer: [UInt8] = []

  init(_ options: OutputOptions) {
    isJSON = options.json
    isQuiet = options.quiet
    style = .of(.output)
    errorStyle = .of(.error)
  }

  /// A line of what was asked for: a listing. Not with `--json`. Text of others in it must have
  /// been made printable.
  func result(_ line: String) throws(StoreError) {
    guard !isJSON else { return }
    try append(line + "\n")
  }

  /// A line that says what was done. Not with `--json` or `--quiet`.
  func report(_ line: String) throws(StoreError) {
    guard !isQuiet else { return }
    try result(line)
  }

  /// An object for scripts. Only with `--json`.
  func object(_ members: [(String, JSONValue)]) throws(StoreError) {
    guard isJSON else { return }
    try append(JSONValue.object(members).text + "\n")
  }

  private func append(_ text: String) throws(StoreError) {
    buffer += Array(text.utf8)
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  /// Writes what was collected.
  func flush() throws(StoreError) {
    guard !buffer.isEmpty else { return }
    defer { buffer.removeAll(keepingCapacity: true) }
    try StandardStream.output.write(buffer.span)
  }

  /// Something that the user should know, on standard error; also with `--quiet`.
  func warn(_ text: String) {
    tell(errorStyle.odd("warning:") + " \(Words.printable(text))\n")
  }

  /// Something that may help, on standard error; not with `--quiet` or `--json`.
  func note(_ text: String) {
    guard !isQuiet, !isJSON else { return }
    tell(errorStyle.faint("note:") + " \(Words.printable(text))\n")
  }

  /// What cannot be said on standard error cannot be said at all.
  private func tell(_ text: String) {
    // Somebody who sees both streams sees them in this order.
    if StandardStream.output.isTerminal { try? flush() }
    try? StandardStream.error.write(text)
  }
}

/// A command of this program: it parses, calls the engine and says what came of it.
protocol StoreCommand: ParsableCommand {
  var output: OutputOptions { get }
  func execute(_ console: Console) throws
}

extension StoreCommand {
  mutating func run() throws {
    let console = Console(output)
    do {
      try execute(console)
    } catch {
      // What was found before the error is worth having.
      try console.flush()
      throw error
    }
    try console.flush()
  }
}
