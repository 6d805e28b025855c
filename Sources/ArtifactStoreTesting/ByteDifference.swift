import StorePrimitives
package import Testing

/// Expects two byte arrays to be equal; a failure shows both sizes and the bytes around the first
/// difference, not the arrays.
package func expectEqualBytes(
  _ found: [UInt8], _ expected: [UInt8], _ comment: @autoclosure () -> String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let difference = byteDifference(found: found, expected: expected) else { return }
  let text = [comment(), difference].filter { !$0.isEmpty }.joined(separator: ": ")
  Issue.record(Comment(rawValue: text), sourceLocation: sourceLocation)
}

/// Where two byte arrays begin to differ, in words; nil when they are equal.
package func byteDifference(found: [UInt8], expected: [UInt8]) -> String? {
  guard found != expected else { return nil }
  let common = zip(found, expected).prefix { $0 == $1 }.count
  let start = max(0, common - 4)
  return """
    differs at byte \(common); found \(found.count) bytes, expected \(expected.count)
      found    \(hexExcerpt(found, from: start))
      expected \(hexExcerpt(expected, from: start))
    """
}

/// Sixteen bytes from `start`, with the offset before and dots where more follow.
private func hexExcerpt(_ bytes: [UInt8], from start: Int) -> String {
  let shown = bytes.dropFirst(start).prefix(16)
  let text = shown.map { String($0, radix: 16).leftPadded(to: 2) }.joined(separator: " ")
  return "\(start): " + text + (bytes.count > start + shown.count ? " ..." : "")
}
