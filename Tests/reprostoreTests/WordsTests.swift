import ArtifactStore
import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

@testable import reprostore

@Suite("Words")
struct WordsTests {
  @Test(
    "sizes",
    arguments: [
      (UInt64(0), "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1049, "1.0 kB"), (1050, "1.1 kB"),
      (9949, "9.9 kB"), (9950, "10 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"),
      (1_100_000_000, "1.1 GB"), (45_000_000, "45 MB"), (.max, "18 EB"),
    ])
  func sizes(bytes: UInt64, text: String) {
    #expect(Words.size(bytes) == text)
  }

  /// A size that is read back is the size, to half a digit of what is shown.
  @Test("sizes mean what they say")
  func sizesReadBack() {
    var random = SeededRandom(seed: 7)
    let units = ["B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15, "EB": 1e18]
    for _ in 0..<5000 {
      let bytes = random.next() >> UInt64.random(in: 0..<64, using: &random)
      let parts = Words.size(bytes).split(separator: " ")
      let shown = (Double(parts[0]) ?? .nan) * (units[String(parts[1])] ?? .nan)
      #expect(abs(shown - Double(bytes)) <= 0.051 * Double(bytes), "\(bytes) as \(parts)")
      #expect(parts[0].count <= 3)
    }
  }

  @Test(
    "durations",
    arguments: [
      (UInt64(0), "0.0 s"), (49_999_999, "0.0 s"), (50_000_000, "0.1 s"), (9_940_000_000, "9.9 s"),
      (9_960_000_000, "10 s"), (59_600_000_000, "1 min 00 s"), (200_000_000_000, "3 min 20 s"),
      (7_500_000_000_000, "2 h 05 min"),
    ])
  func durations(nanoseconds: UInt64, text: String) {
    #expect(Words.duration(nanoseconds: nanoseconds) == text)
  }

  @Test("counts")
  func counts() {
    #expect(Words.number(1_234_567) == "1,234,567")
    #expect(Words.number(123) == "123")
    #expect(Words.number(-1234) == "-1,234")
    #expect(Words.files(1) == "1 file")
    #expect(Words.files(20_000) == "20,000 files")
  }

  @Test(
    "dates, against date(1)",
    arguments: [0, 951_782_400, 951_868_799, 1_709_164_800, 4_107_542_399, 1_900_000_000, 86_399])
  func dates(seconds: Int) throws {
    let shown = Words.timestamp(Timestamp(seconds: Int64(seconds), nanoseconds: 5))
    let expected = try #require(
      tool("date", "-u", "-d", "@\(seconds)", "+%Y-%m-%dT%H:%M:%SZ"))
    #expect(shown + "\n" == expected)
    let short = Words.date(Timestamp(seconds: Int64(seconds), nanoseconds: 5))
    #expect(short == shown.dropLast(4).replacing("T", with: " "))
  }

  @Test("times that no clock shows do not trap")
  func oddDates() {
    for seconds in [Int64.min, -1, .max] {
      #expect(Words.timestamp(Timestamp(seconds: seconds, nanoseconds: 0)).count == 20)
    }
  }

  @Test("JSON that any reader reads back")
  func json() throws {
    var random = SeededRandom(seed: 3)
    for _ in 0..<300 {
      let scalars = (0..<20).compactMap { _ in
        Unicode.Scalar(
          UInt32.random(in: 0..<(random.chance(1, in: 2) ? 0x80 : 0x3000), using: &random))
      }
      let text = String(String.UnicodeScalarView(scalars))
      let value = JSONValue.object([
        (text, .array([.string(text), .null, .bool(true), .unsigned(.max), .integer(-5)]))
      ])
      #expect(!value.text.contains("\n"))
      try JSONCheck.check(value.text, key: text)
    }
  }

  @Test("nothing that is shown moves the cursor, rings or turns the line round")
  func printable() {
    #expect(Words.printable("plain ü 漢 \\x1b") == "plain ü 漢 \\x1b")
    #expect(
      Words.printable("a\u{1b}[2J\u{9b}b\u{202e}c\n") == "a\\u{1b}[2J\\u{9b}b\\u{202e}c\\u{a}")
    for value in 0..<UInt32(0x3000) {
      guard let scalar = Unicode.Scalar(value), scalar.properties.generalCategory == .control else {
        continue
      }
      #expect(Words.printable(String(scalar)).hasPrefix("\\u{"))
    }
  }

  @Test("a table lines up")
  func table() {
    var table = Table([.left, .right, .left])
    table.add(["a", "1", "x"])
    table.add(["long", "100", ""])
    #expect(table.lines(indent: "> ") == ["> a       1  x", "> long  100"])
  }

  @Test("words for a shell")
  func shellWords() throws {
    for path in ["/a b", "it's", "$x", "plain/path-1.2", "\"q\"", "a;b"] {
      #expect(tool("sh", "-c", "printf %s \(ShellText.word(path))") == path)
    }
  }
}

@Suite("The progress line")
struct ProgressLineTests {
  @Test("tells how far, how fast and how long, in as many columns as there are")
  func line() {
    let progress = Progress()
    var line = ProgressLine(verb: "adding")
    let second: UInt64 = 1_000_000_000
    #expect(line.text(of: progress, at: second, columns: 80) == "adding: looking  1.0 s")
    progress.expect(files: 20_000, bytes: 1_000_000_000)
    progress.advance(files: 5000, bytes: 250_000_000)
    let text = line.text(of: progress, at: 2 * second, columns: 200)
    #expect(
      text == "adding  [======                  ] 25%  250 MB of 1.0 GB  250 MB/s  3.0 s left  "
        + "5,000 of 20,000 files")
    for columns in 1...120 {
      let text = line.text(of: progress, at: 3 * second, columns: columns)
      #expect(text.count < columns)
      #expect(columns < 10 || text.hasPrefix("adding"))
    }
    progress.cancel()
    #expect(line.text(of: progress, at: 4 * second, columns: 80) == "adding: stopping")
  }

  @Test("more than was expected, and files without bytes")
  func oddCounts() {
    let progress = Progress()
    progress.expect(files: 3, bytes: 0)
    progress.advance(files: 1, bytes: 50)
    var line = ProgressLine(verb: "reading")
    #expect(line.text(of: progress, at: 5, columns: 80) == "reading  1 of 3 files")
    progress.expect(files: 0, bytes: 10)
    #expect(line.text(of: progress, at: 5, columns: 80).contains("100%"))
  }
}
