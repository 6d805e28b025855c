import StorePrimitives
import Testing

@testable import StoreIO

@Suite("Running another program")
struct ChildProcessTests {
  private func run(
    _ words: String..., environment: [String] = ["A=b"], input: [UInt8] = [], limit: Int = 1 << 24
  ) throws -> ChildProcess.Finished? {
    try ChildProcess.run(
      words.map { Array($0.utf8) }, environment: environment.map { Array($0.utf8) }, input: input,
      limit: limit)
  }

  @Test("what it writes, its exit code and its surroundings")
  func streams() throws {
    let finished = try #require(try run("sh", "-c", "echo \"$A\"; echo bad >&2; exit 7"))
    #expect(finished.status == 7)
    #expect(finished.output == Array("b\n".utf8))
    #expect(finished.errors == Array("bad\n".utf8))
    #expect(try run("env")?.output == Array("A=b\n".utf8))
  }

  @Test("a program that reads and writes much at once gets stuck nowhere")
  func noDeadlock() throws {
    let input = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let finished = try #require(try run("sh", "-c", "tee /dev/stderr", input: input))
    #expect(finished.output == input)
    #expect(finished.errors == Array(input.prefix(1 << 20)))
  }

  @Test("a program that reads nothing of what it is given is no failure")
  func unreadInput() throws {
    let input = [UInt8](repeating: 1, count: 1 << 20)
    #expect(try run("sh", "-c", "exit 3", input: input)?.status == 3)
  }

  @Test("more output than is wanted ends the program", arguments: [0, 1, 70_000])
  func limits(limit: Int) throws {
    #expect(try run("yes", limit: limit) == nil)
    let exact = "head -c \(limit) /dev/zero"
    #expect(try run("sh", "-c", exact, limit: limit)?.output.count == limit)
    if limit > 0 { #expect(try run("sh", "-c", exact, limit: limit - 1) == nil) }
  }

  @Test("a signal that ended it, and a program that is not there")
  func failures() throws {
    #expect(try run("sh", "-c", "kill -KILL $$")?.status == -9)
    #expect {
      _ = try run("no-such-program-anywhere")
    } throws: { error in
      guard case StoreError.system(let failure) = error else { return false }
      return failure.call == "posix_spawnp" && failure.isNotFound
    }
    #expect(throws: StoreError.badPath(path: "a\\x00b", .nulByte)) { _ = try run("a\0b") }
  }

  @Test("a broken pipe kills it, though this process ignores one")
  func brokenPipe() throws {
    StandardStream.reportBrokenPipes()
    let finished = try #require(try run("sh", "-c", "(yes; echo $? >&2) | head -c 1"))
    #expect(finished.errors == Array("141\n".utf8) || finished.errors.isEmpty)
    #expect(finished.output == Array("y".utf8))
  }

  @Test("no descriptor is left open")
  func leavesNothing() throws {
    // More than a process may have open at once.
    for _ in 0..<2000 { #expect(throws: StoreError.self) { try run("no-such-program-either") } }
  }
}
