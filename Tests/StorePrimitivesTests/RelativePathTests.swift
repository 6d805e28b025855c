import StorePrimitives
import Testing

struct RelativePathTests {
  private func error(_ bytes: [UInt8]) -> PathError? {
    do throws(PathError) {
      _ = try RelativePath(bytes)
      return nil
    } catch {
      return error
    }
  }

  private func error(_ text: String) -> PathError? { error(Array(text.utf8)) }

  @Test(arguments: [
    ("", PathError.empty), ("/", .emptyComponent), ("/a", .emptyComponent), ("a/", .emptyComponent),
    ("a//b", .emptyComponent), (".", .dotComponent), ("..", .dotComponent), ("./a", .dotComponent),
    ("a/.", .dotComponent), ("a/..", .dotComponent), ("a/../b", .dotComponent),
    ("\0", .nulByte), ("a\0", .nulByte), ("a/b\0/c", .nulByte), (".\0", .nulByte),
  ])
  func badPaths(text: String, expected: PathError) { #expect(error(text) == expected) }

  @Test(arguments: [
    "a", "a/b", "...", "a/...", ".a", "a.", "..a", "a..", "a/.../b", ". ", " .", "a\\b", "\n", "é",
    "a/b/c/d/e/f/g", "-", "~", "..../a",
  ])
  func goodPaths(text: String) throws { #expect(try RelativePath(text).bytes == Array(text.utf8)) }

  /// Every short path of the characters that matter, against the rules as words.
  @Test func everyShortPath() {
    for word in words(over: [0x2e, 0x2f, 0x61, 0x00], upTo: 6) {
      let components = String(decoding: word, as: UTF8.self)
        .split(separator: "/", omittingEmptySubsequences: false)
      let isGood = components.allSatisfy {
        !$0.isEmpty && $0 != "." && $0 != ".." && !$0.unicodeScalars.contains("\0")
      }
      if (error(word) == nil) != isGood { Issue.record("\(PathText.escape(word))") }
    }
  }

  @Test func lengthsAreBounded() throws {
    let component = [UInt8](repeating: 0x61, count: Limits.componentBytes)
    #expect(error(component) == nil)
    #expect(error(component + [0x61]) == .componentTooLong)
    #expect(error([0x61, 0x2f] + component + [0x61]) == .componentTooLong)
    #expect(error(component + [0x61, 0x2f, 0x61]) == .componentTooLong)
    let longest = Array(Array(repeating: component, count: 16).joined(separator: [0x2f]))
    #expect(longest.count == Limits.pathBytes)
    #expect(error(longest) == nil)
    #expect(error(longest + [0x2f, 0x61]) == .tooLong)
    #expect(throws: PathError.tooLong) { try RelativePath(longest).appending([0x61]) }
  }

  @Test func partsAndWhole() throws {
    for text in ["a", "a/b", "ab/c.d/é"] {
      let path = try RelativePath(text)
      let names = path.components.map { String(decoding: $0, as: UTF8.self) }
      #expect(names.joined(separator: "/") == text)
      #expect(path.name.elementsEqual(names.last?.utf8 ?? "".utf8))
      let parent = names.dropLast().joined(separator: "/")
      #expect(path.parent?.description == (parent.isEmpty ? nil : parent))
      if let above = path.parent { #expect(try above.appending(path.name) == path) }
    }
  }

  @Test func appendingKeepsTheRules() throws {
    let path = try RelativePath("a")
    #expect(try path.appending("b".utf8).description == "a/b")
    #expect(try RelativePath("x/y").inside(path).description == "a/x/y")
    #expect(try path.inside(nil) == path)
    #expect(throws: PathError.dotComponent) { try path.appending("..".utf8) }
    #expect(throws: PathError.emptyComponent) { try path.appending([]) }
    #expect(throws: PathError.emptyComponent) { try path.appending("/b".utf8) }
    #expect(throws: PathError.nulByte) { try path.appending([0]) }
  }

  @Test func insideIsByComponent() throws {
    for (path, directory, expected) in [
      ("a", "a", true), ("a/b", "a", true), ("a/b/c", "a/b", true), ("ab", "a", false),
      ("a", "a/b", false), ("a.b/c", "a", false), ("b/a", "a", false), ("a/bc", "a/b", false),
    ] {
      #expect(try RelativePath(path).isInside(RelativePath(directory)) == expected, "\(path)")
    }
  }
}

struct PathOrderTests {
  /// A sorted list of paths is what a walk yields that sorts each directory by bytes.
  @Test func orderIsThatOfASortedWalk() throws {
    let names = words(over: [0x01, 0x2e, 0x30, 0x61, 0xff], upTo: 2).filter {
      ![[0x2e], [0x2e, 0x2e]].contains($0)
    }
    var walked: [RelativePath] = []
    for top in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      // Every third name is a file, the others are directories.
      if top.reduce(0, { $0 &+ $1 }) % 3 == 0 {
        walked.append(try RelativePath(top))
      } else {
        for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
          walked.append(try RelativePath(top + [0x2f] + name))
        }
      }
    }
    #expect(walked.reversed().sorted() == walked)
    for (earlier, later) in zip(walked, walked.dropFirst()) {
      #expect(earlier < later && !(later < earlier))
    }
  }

  /// The same as comparing with the slash replaced by a byte below all others; so it is an order.
  @Test func slashIsBelowEveryByte() {
    let all = words(over: [0x00, 0x2e, 0x2f, 0x30, 0xff], upTo: 3)
    func key(_ bytes: [UInt8]) -> [Int] { bytes.map { $0 == 0x2f ? -1 : Int($0) } }
    for left in all {
      for right in all {
        let expected = key(left).lexicographicallyPrecedes(key(right))
        if PathOrder.precedes(left, right) != expected { Issue.record("\(left) \(right)") }
      }
    }
    #expect(PathOrder.precedes([], [0x2f]) && !PathOrder.precedes([], []))
  }
}

struct PathTextTests {
  private func expectRoundTrip(_ bytes: [UInt8]) {
    let text = PathText.escape(bytes)
    if PathText.unescape(text) != bytes { Issue.record("\(bytes) became \(text)") }
    if text.unicodeScalars.contains(where: {
      $0.properties.generalCategory == .control || $0 == "\u{fffd}"
    }) {
      Issue.record("\(bytes) left a control character or a replacement in \(text)")
    }
  }

  @Test func everyStringOfUpToTwoBytes() {
    expectRoundTrip([])
    for first in UInt8.min ... .max {
      expectRoundTrip([first])
      for second in UInt8.min ... .max { expectRoundTrip([first, second]) }
    }
  }

  /// Around the borders of UTF-8: overlong forms, surrogates, beyond the last scalar, cut
  /// sequences.
  @Test func everyBorderOfUTF8() {
    let border: [UInt8] = [
      0x41, 0x5c, 0x78, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0,
      0xed,
      0xef, 0xf0, 0xf4, 0xf5, 0xff,
    ]
    for first in border {
      for second in border {
        for third in border {
          expectRoundTrip([first, second, third])
          for last in [0x41, 0x80, 0xbf] as [UInt8] {
            expectRoundTrip([first, second, third, last])
          }
        }
      }
    }
  }

  @Test func validTextStays() throws {
    for text in ["", "a/b c", "é", "日本", "🙂", "e\u{301}", "x\u{fffe}", "'\"$`"] {
      #expect(PathText.escape(Array(text.utf8)) == text)
      #expect(PathText.unescape(text) == Array(text.utf8))
    }
    #expect(try RelativePath("a\nb\\").description == "a\\x0ab\\\\")
  }

  @Test func whatIsEscapedAndHow() {
    for (bytes, text) in [
      ([0x00], "\\x00"), ([0x1f], "\\x1f"), ([0x7f], "\\x7f"), ([0x5c], "\\\\"), ([0x80], "\\x80"),
      ([0xff, 0x41], "\\xffA"), ([0xc3], "\\xc3"), ([0xc3, 0xa9], "é"),
      ([0xc2, 0x9b], "\\xc2\\x9b"), ([0xc2, 0xa0], "\u{a0}"),
      ([0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"),
      ([0xc0, 0x80], "\\xc0\\x80"), ([0xe2, 0x82], "\\xe2\\x82"),
      ([0x5c, 0x78, 0x30, 0x30], "\\\\x00"),
    ] as [([UInt8], String)] {
      #expect(PathText.escape(bytes) == text)
      #expect(PathText.unescape(text) == bytes)
    }
  }

  /// Different bytes have different texts, and joining commutes with escaping at a slash.
  @Test func escapingIsInjective() {
    let all = words(over: [0x5c, 0x78, 0x30, 0xc3, 0xa9, 0x0a, 0x2f], upTo: 4)
    #expect(Set(all.map(PathText.escape)).count == all.count)
  }

  @Test(arguments: [
    "\\", "a\\", "\\x", "\\x0", "\\xg0", "\\x0g", "\\xFF", "\\n", "\\X00", "\\\\\\", "\\x é",
    "\\x+1",
    "\\é", "\\x0é",
  ])
  func brokenEscapesAreRefused(text: String) { #expect(PathText.unescape(text) == nil) }
}

/// All words of 1 to `length` bytes over `alphabet`.
private func words(over alphabet: [UInt8], upTo length: Int) -> [[UInt8]] {
  var all: [[UInt8]] = []
  var last: [[UInt8]] = [[]]
  for _ in 0..<length {
    last = last.flatMap { word in alphabet.map { word + [$0] } }
    all += last
  }
  return all
}
