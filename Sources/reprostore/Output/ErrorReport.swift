import ArgumentParser
import StoreIO
import StorePrimitives

/// Shows the error that ends the program.
enum ErrorReport {
  /// Says what `error` is, on standard error, and with `--json` as an object on standard output
  /// too.
  static func show(_ error: any Error) -> ExitStatus {
    if let error = error as? StoreError, error.isBrokenPipe { return .done }
    if let status = error as? ExitCode { return ExitStatus(rawValue: status.rawValue) ?? .internal }
    if let error = error as? StoreError { return show(ErrorMessages.message(for: error)) }
    if let message = error as? UserMessage { return show(message) }
    return showParserMessage(error)
  }

  private static func show(_ message: UserMessage) -> ExitStatus {
    try? StandardStream.error.write(message.lines(style: .of(.error)))
    showObject(message)
    return message.status
  }

  /// Help and version, which are no errors, or what is wrong with the arguments.
  private static func showParserMessage(_ error: any Error) -> ExitStatus {
    let isHelp = Reprostore.exitCode(for: error) == .success
    let text = Reprostore.fullMessage(for: error)
    if !text.isEmpty {
      try? (isHelp ? StandardStream.output : .error).write(text + "\n")
    }
    guard !isHelp else { return .done }
    showObject(UserMessage("usage", Reprostore.message(for: error)))
    return .usage
  }

  private static func showObject(_ message: UserMessage) {
    guard CommandLine.arguments.contains("--json") else { return }
    try? StandardStream.output.write(message.json.text + "\n")
  }
}

extension StoreError {
  /// Whether nobody reads any more what this program writes.
  fileprivate var isBrokenPipe: Bool {
    guard case .system(let failure) = self else { return false }
    return failure.isBrokenPipe
  }
}
