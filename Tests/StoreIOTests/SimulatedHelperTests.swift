import ArtifactStoreTesting
import Foundation
import Testing

@Suite("Helpers of the tests")
struct SimulatedHelperTests {
  @Test("Random numbers are those of SeededRandom")
  func randomNumbers() {
    // The first values of the published C program for this seed.
    var random = SeededRandom(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect((0..<5).map { _ in random.next() } == expected)
    var first = SeededRandom(seed: 9)
    var second = SeededRandom(seed: 9)
    #expect(first.bytes(100) == second.bytes(100))
    #expect(first.bytes(13).count == 13)
    #expect(Set(first.bytes(1000)).count > 200)
    let hits = (0..<1000).filter { _ in first.chance(1, in: 4) }.count
    #expect((150...350).contains(hits))
  }

  @Test("A difference shows where it is, and little more")
  func differences() {
    #expect(byteDifference(found: [1, 2], expected: [1, 2]) == nil)
    var found = pattern(100_000)
    found[70_000] ^= 1
    let text = byteDifference(found: found, expected: pattern(100_000)) ?? ""
    #expect(text.contains("differs at byte 70000"))
    #expect(text.contains("found    69996: 7f 80 81 82 82 84"))
    #expect(text.contains("expected 69996: 7f 80 81 82 83 84"))
    #expect(text.count < 300)
    let shorter = byteDifference(found: [1, 2], expected: [1, 2, 3]) ?? ""
    #expect(shorter.contains("differs at byte 2; found 2 bytes, expected 3"))
  }

  @Test("An unequal comparison is an issue")
  func expectation() {
    expectEqualBytes([1, 2, 3], [1, 2, 3])
    withKnownIssue {
      expectEqualBytes([1, 2], [1, 3], "why")
    } matching: { issue in
      issue.comments.contains { $0.rawValue.hasPrefix("why: differs at byte 1") }
    }
  }

  @Test("A temporary directory is there, is its own, and goes")
  func temporaryDirectories() throws {
    var paths: [String] = []
    do {
      let first = try ArtifactStoreTesting.TemporaryDirectory()
      let second = try ArtifactStoreTesting.TemporaryDirectory()
      paths = [first.path, second.path]
      #expect(first.path != second.path)
      #expect(first.path.hasPrefix("/"))
      try Data([1]).write(to: URL(fileURLWithPath: first.path(of: "x")))
      #expect(try FileManager.default.contentsOfDirectory(atPath: first.path) == ["x"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: second.path) == [])
    }
    #expect(paths.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
  }
}
