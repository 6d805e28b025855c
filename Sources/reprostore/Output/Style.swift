import StoreIO

/// Colours, for people only: not in a pipe, not when `NO_COLOR` is set (no-color.org) and not on a
/// terminal that cannot show them.
struct Style {
  let isEnabled: Bool

  static let plain = Style(isEnabled: false)

  static func of(_ stream: StandardStream) -> Style {
    let noColour = Environment.value("NO_COLOR") ?? ""
    return Style(isEnabled: isTerminal(stream) && noColour.isEmpty)
  }

  /// Whether the stream is a terminal that understands control sequences.
  static func isTerminal(_ stream: StandardStream) -> Bool {
    stream.isTerminal && Environment.value("TERM") != "dumb"
  }

  func strong(_ text: String) -> String { paint(text, "1") }
  func faint(_ text: String) -> String { paint(text, "2") }
  func bad(_ text: String) -> String { paint(text, "1;31") }
  func odd(_ text: String) -> String { paint(text, "33") }
  func good(_ text: String) -> String { paint(text, "32") }

  private func paint(_ text: String, _ code: String) -> String {
    isEnabled ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }
}
