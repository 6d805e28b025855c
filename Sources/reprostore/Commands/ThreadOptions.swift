import ArgumentParser
import StoreIO

/// How many threads a command may use.
struct ThreadOptions: ParsableArguments {
  private static let maximum = 256

  @Option(
    name: .customShort("j"),
    help: ArgumentHelp("Use N threads (default: one a processor).", valueName: "n"))
  var threads: Int?

  var count: Int { threads ?? min(Processors.count, Self.maximum) }

  func validate() throws {
    guard (1...Self.maximum).contains(count) else {
      throw ValidationError("-j takes 1 to \(Self.maximum) threads.")
    }
  }
}
