import ArtifactStoreTesting
import Testing

@Suite("cat")
struct CatTests {
  @Test("the bytes of files of every size")
  func wholeFiles() throws {
    let bench = try Bench()
    for (index, size) in [0, 1, 65_536, 300_000, 5_000_000].enumerated() {
      try bench.write("d/\(size)", random: size, seed: UInt64(index))
    }
    try bench.succeed("add", "d", "d/../d")
    for size in [0, 1, 65_536, 300_000, 5_000_000] {
      #expect(try bench.succeed("cat", "d:\(size)").outputBytes == bench.bytes("d/\(size)"))
    }
  }

  @Test("ranges as in HTTP")
  func ranges() throws {
    let bench = try Bench()
    try bench.write("f", random: 700_000)
    try bench.succeed("add", "f")
    let whole = try bench.bytes("f")
    let ranges = [
      ("0-0", 0..<1), ("5-9", 5..<10), ("10-", 10..<700_000), ("-4", 699_996..<700_000),
      ("699999-800000", 699_999..<700_000), ("-900000", 0..<700_000), ("0-", 0..<700_000),
      ("300000-400000", 300_000..<400_001),
    ]
    for (text, range) in ranges {
      let bytes = try bench.succeed("cat", "f", "--range", text).outputBytes
      #expect(bytes == Array(whole[range]), "\(text)")
    }
    for text in ["5", "-", "", "9-5", "a-b", "1-2-3", "--1", "0x1-"] {
      let finished = try bench.run("cat", "f", "--range", text)
      #expect(finished.status == 2, "\(text)")
      #expect(finished.errors.contains("A-B, A- or -N"))
    }
  }

  @Test("a range after the end, a directory, and nothing at all")
  func errors() throws {
    let bench = try Bench()
    try bench.write("d/sub/f", "0123")
    try bench.succeed("add", "d")
    let behind = try bench.run("cat", "d:sub/f", "--range", "4-")
    #expect(behind.status == 2)
    #expect(behind.errors.contains("4 bytes"))
    for name in ["d", "d:sub"] {
      let finished = try bench.run("cat", name)
      #expect(finished.status == 2)
      #expect(finished.errors.contains("is a directory"))
      #expect(finished.errors.contains("reprostore ls -r \(name)"))
    }
    #expect(try bench.run("cat", "d:sub/g").errors.contains("there is no sub/g in d"))
    #expect(try bench.run("cat").status == 2)
  }

  @Test("a reader that goes away ends it without a word")
  func brokenPipe() throws {
    let bench = try Bench()
    try bench.write("f", random: 3_000_000)
    try bench.succeed("add", "f")
    let line = "set -o pipefail; '\(Program.path)' cat f | head -c 1 >/dev/null"
    let finished = try Command(["bash", "-c", line], in: bench.path).finish()
    #expect(finished.status == 0)
    #expect(finished.errors.isEmpty)
  }
}
