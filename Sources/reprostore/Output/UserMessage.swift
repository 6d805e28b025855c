/// An error in words: what failed, where and why; what to do next; and how the program ends.
struct UserMessage: Error, Equatable {
  /// A stable name for scripts.
  let code: String
  /// What, where and why, without a full stop at the end.
  let text: String
  /// The next command, or what to change before it; nil when there is nothing to say.
  let hint: String?
  let status: ExitStatus

  init(_ code: String, _ text: String, try hint: String? = nil, status: ExitStatus = .usage) {
    self.code = code
    self.text = text
    self.hint = hint
    self.status = status
  }

  /// For a terminal: one line or two.
  func lines(style: Style) -> String {
    let first = style.bad("reprostore:") + " \(Words.printable(text))\n"
    guard let hint else { return first }
    return first + style.strong("  try:") + " \(Words.printable(hint))\n"
  }

  var json: JSONValue {
    .object([
      ("type", .string("error")), ("code", .string(code)), ("exit", .integer(Int(status.rawValue))),
      ("message", .string(text)), ("try", .optional(hint)),
    ])
  }
}
