import StorePrimitives
import Testing

struct ForbiddenNamesTests {
  private func isForbidden(_ name: String) -> Bool {
    ForbiddenNames.isForbidden(component: Array(name.utf8)[...])
  }

  private func isForbidden(_ name: [UInt8]) -> Bool { ForbiddenNames.isForbidden(name.span) }

  @Test(arguments: [
    ".git", ".GIT", ".Git", ".reprostore", ".ReproStore", ".REPROSTORE", ".git.", ".git ",
    ".git. . .", ".reprostore  ", ".reprostore...", "git~1", "GIT~1", "git~2", "git~4", "git~1.",
    "git~1 ", "repros~1", "REPROS~4", "repros~1. ", ".git::$INDEX_ALLOCATION", ".git:", ".git:x",
    ".git .:x", ".git:\u{1}", ".reprostore::$INDEX_ALLOCATION", "git~1::$INDEX_ALLOCATION",
    "repros~1:x", ".git\\hooks", ".reprostore\\config.yaml", ".g\u{200c}it", "\u{feff}.git",
    ".git\u{200d}", ".gi\u{ad}t", ".repro\u{17f}tore", ".REPRO\u{17f}TORE", ".repro\u{fb05}ore",
    ".repro\u{fb06}ore", "repro\u{17f}~1", ".g\u{130}t", ".g\u{131}t", "g\u{131}t~1",
    ".\u{200e}g\u{200f}i\u{202a}t\u{206f}", ".git\u{200b}.\u{200b} ", "\u{200c}\u{200d}git~1",
  ])
  func looksLikeTheForbidden(_ name: String) { #expect(isForbidden(name)) }

  @Test(arguments: [
    ".gitignore", ".gitattributes", ".gitmodules", ".github", ".gitx", ".git.x", ".git x", ".git~",
    ".git~1", "git", "git.", "git~", "git~0", "git~5", "git~10", "git~1x", "git~1.x", "GIT",
    " .git",
    "..git", ".gi", ".gi.t", ".g it", ".", "..", "", "g", "r", "reprostore", ".reprostor",
    ".reprostore.yaml", ".reprostorex", ".reprostore x", "reprostore.lock", "repros~0", "repros~12",
    "repro~1", "reprostore~1", ".reproignore", ".g\u{e9}it", "\u{e9}.git", ".g\u{131}\u{307}it",
    ".\u{ff47}it", ".\u{441}it", ".gi\u{2020}t", "results", "README.md", "\u{200c}", "x.git",
    ".repros\u{fb05}ore", ".repro\u{fb05}", ".reprost", "\u{fb05}",
  ])
  func others(_ name: String) { #expect(!isForbidden(name)) }

  /// Each letter in both cases: 16 ways for `.git`, 1024 for `.reprostore`.
  @Test(arguments: [".git", ".reprostore", "git~1", "repros~3"])
  func everyMixOfCases(name: String) {
    let letters = Array(name.utf8)
    let places = letters.indices.filter { letters[$0] >= 0x61 && letters[$0] <= 0x7a }
    for mix in 0..<(1 << places.count) {
      var variant = letters
      for (bit, place) in places.enumerated() where mix >> bit & 1 == 1 { variant[place] -= 0x20 }
      #expect(isForbidden(variant), "\(PathText.escape(variant))")
    }
  }

  /// No byte in place of another makes a forbidden name but the other case.
  @Test(arguments: [".git", ".reprostore", "git~1", "repros~3"])
  func everyOtherByte(name: String) {
    let letters = Array(name.utf8)
    for place in letters.indices {
      for byte in UInt8.min ... .max {
        var variant = letters
        variant[place] = byte
        let isLetter = (0x61...0x7a).contains(letters[place])
        var expected = byte == letters[place] || isLetter && byte == letters[place] - 0x20
        if place > 0, letters[place - 1] == UInt8(ascii: "~") {
          expected = (0x31...0x34).contains(byte)
        }
        #expect(isForbidden(variant) == expected, "\(PathText.escape(variant))")
      }
    }
  }

  /// Every byte after the name: it stays forbidden with what Windows drops, and with nothing else.
  @Test func everyByteBehind() {
    for byte in UInt8.min ... .max {
      let ends: Bool = Array(" .:\\".utf8).contains(byte)
      for name in [".git", ".reprostore", "git~1", "repros~1"] {
        let behind = Array(name.utf8) + [byte]
        #expect(isForbidden(behind) == ends, "\(PathText.escape(behind))")
      }
    }
  }

  /// What HFS+ leaves out when it compares names, and no one's list of our own.
  @Test func everyCodePointThatHFSPlusIgnores() throws {
    let ranges: [ClosedRange<UInt32>] = [
      0x200c...0x200f, 0x202a...0x202e, 0x206a...0x206f, 0xfeff...0xfeff,
    ]
    for value in ranges.joined() {
      let scalar = Character(try #require(Unicode.Scalar(value)))
      for name in [".git", ".reprostore", "git~1"] {
        for offset in 0...name.count {
          var variant = name
          variant.insert(scalar, at: variant.index(variant.startIndex, offsetBy: offset))
          #expect(isForbidden(variant), "\(variant.unicodeScalars.map(\.value))")
        }
      }
    }
  }

  /// Every scalar there is, inserted and in place of a letter, against Unicode's own properties.
  @Test func everyScalar() {
    for value in UInt32(0x80)...0x10ffff {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let bytes = Array(UTF8.encode(scalar) ?? .init())
      let inserted = [0x2e, 0x67] + bytes + [0x69, 0x74]
      let ignorable = scalar.properties.isDefaultIgnorableCodePoint
      if isForbidden(inserted) != ignorable {
        Issue.record("U+\(String(value, radix: 16)) inserted")
      }
      // What has no case maps to nothing else.
      guard !ignorable, scalar.properties.isCased else { continue }
      let mappings = [
        scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping.lowercased(),
      ]
      for (letter, name) in [("i", "g?t"), ("t", "gi?"), ("g", "?it"), ("s", "repro?tore")] {
        let parts = name.utf8.split(separator: 0x3f, omittingEmptySubsequences: false)
        let replaced = [0x2e] + Array(parts[0]) + bytes + Array(parts[1])
        // U+0130 in lower case has a mark of its own, which some file systems drop.
        let isLookAlike = mappings.contains(letter) || letter == "i" && value == 0x130
        if isForbidden(replaced) != isLookAlike {
          Issue.record("U+\(String(value, radix: 16)) for \(letter)")
        }
      }
    }
  }

  /// Malformed UTF-8 is nothing that a file system would skip.
  @Test func everyMalformedPairAndCutScalar() {
    let continuations: [[UInt8]] = [
      [], [0x80], [0xad], [0x8f, 0x8c], [0x80, 0x80, 0x80], [0xa0, 0x81, 0x81],
    ]
    for first in UInt8(0x80)...0xff {
      for second in UInt8(0x80)...0xff {
        for rest in continuations {
          let middle = [first, second] + rest
          let scalars = String(validating: middle, as: UTF8.self)?.unicodeScalars
          let expected = scalars?.allSatisfy(\.properties.isDefaultIgnorableCodePoint) ?? false
          let names = [[0x2e, 0x67] + middle + [0x69, 0x74], [0x2e, 0x67, 0x69, 0x74] + middle]
          for name in names where isForbidden(name) != expected {
            Issue.record("\(PathText.escape(name))")
          }
        }
      }
    }
  }

  @Test func collectionsAndSlicesAgree() throws {
    let path = try RelativePath("a/.GIT/b")
    #expect(
      path.components.map { ForbiddenNames.isForbidden(component: $0) } == [false, true, false])
    #expect(ForbiddenNames.isForbidden(component: ".git".utf8))
    #expect(!ForbiddenNames.isForbidden(component: ".gitignore".utf8))
  }
}
