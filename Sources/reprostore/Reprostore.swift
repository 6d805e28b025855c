import ArgumentParser
import StoreIO

/// The program: the list of its commands, and the one place where it ends.
///
/// The entry is synchronous: an asynchronous one starts a pool of threads that no command needs.
@main
struct Reprostore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reprostore",
    abstract: "Stores data sets, checkpoints and models by their content, and gives them back.",
    usage: "reprostore COMMAND [OPTIONS]",
    discussion: """
      Start in the directory of a project:

        reprostore init
        reprostore add data models
        reprostore restore data --to /tmp/data

      Exit codes: 0 done; 1 a difference or a failed check; 2 wrong usage, or it cannot be done as \
      asked; 3 corrupt or missing data; 4 remote or network; 5 refused, for data would be lost or \
      leaked; 70 internal; 130 interrupted.
      """,
    version: programVersion,
    subcommands: [
      InitCommand.self, AddCommand.self, StatusCommand.self, DiffCommand.self, LogCommand.self,
      CheckoutCommand.self, ResolveCommand.self, ListCommand.self, CatCommand.self,
      TagCommand.self, RestoreCommand.self, EvictCommand.self, UntrackCommand.self,
      StatsCommand.self, FsckCommand.self, MergeLockCommand.self,
    ])

  /// What ArgumentParser puts before its own messages.
  static var _errorPrefix: String { "reprostore: " }

  static func main() {
    StandardStream.reportBrokenPipes()
    do {
      try checkCommandName()
      var command = try parseAsRoot()
      try command.run()
    } catch {
      exit(withError: ExitCode(ErrorReport.show(error).rawValue))
    }
  }

  /// The parser would call a command that is not there an unexpected argument.
  private static func checkCommandName() throws {
    guard let name = CommandLine.arguments.dropFirst().first, !name.hasPrefix("-") else { return }
    let names = configuration.subcommands.map { $0._commandName } + ["help"]
    guard !names.contains(name) else { return }
    throw UserMessage(
      "unknownCommand", "there is no command \(name)", try: "reprostore --help (it lists them)")
  }
}
