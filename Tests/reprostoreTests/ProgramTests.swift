import Foundation
import Testing

@Suite("The program")
struct ProgramTests {
  @Test("its version")
  func version() throws {
    let finished = try Program.run(["--version"], in: "/")
    #expect(finished.status == 0)
    #expect(finished.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  private static let commands = [
    "init", "add", "status", "diff", "log", "checkout", "resolve", "ls", "cat", "tag", "restore",
    "evict", "untrack", "stats",
    "fsck",
  ]

  @Test("help with an example for every command", arguments: commands)
  func help(command: String) throws {
    for words in [["help", command], [command, "--help"]] {
      let finished = try Program.run(words, in: "/")
      #expect(finished.status == 0)
      #expect(finished.output.contains("  reprostore \(command)"))
      #expect(finished.errors.isEmpty)
      #expect(finished.lines.allSatisfy { $0.count <= 110 })
    }
  }

  @Test("the list of commands and exit codes")
  func overview() throws {
    let finished = try Program.run(["--help"], in: "/")
    for command in Self.commands { #expect(finished.output.contains("  \(command) ")) }
    #expect(finished.output.contains("130 interrupted"))
    #expect(try Program.run([], in: "/").status == 0)
  }

  @Test(
    "wrong usage is exit 2, with the right one",
    arguments: [
      ["bogus"], ["add"], ["add", "x", "--bogus"], ["restore"], ["cat"], ["init", "x"],
      ["fsck", "-j", "0"], ["fsck", "-j", "x"], ["add", "x", "-j", "9999"], ["ls", "a", "b"],
    ])
  func usage(words: [String]) throws {
    let finished = try Program.run(words, in: "/")
    #expect(finished.status == 2)
    #expect(finished.errors.hasPrefix("reprostore: "))
    #expect(finished.errors.contains("--help"))
    #expect(finished.output.isEmpty)
  }

  @Test("a command that is not there")
  func unknownCommand() throws {
    let finished = try Program.run(["frobnicate", "--json"], in: "/")
    #expect(finished.status == 2)
    #expect(finished.errors.hasPrefix("reprostore: there is no command frobnicate\n  try: "))
    #expect(try finished.objects("error").first?["code"] as? String == "unknownCommand")
  }

  @Test("every command needs a workspace but init", arguments: commands.dropFirst())
  func noWorkspace(command: String) throws {
    let bench = try Bench(initialised: false)
    let words =
      [
        "add": ["x"], "cat": ["x"], "log": ["x"], "evict": ["x"], "restore": ["x", "--to", "y"],
        "untrack": ["x"],
      ][command] ?? []
    let finished = try Program.run([command, "--json"] + words, in: bench.path)
    #expect(finished.status == 2)
    #expect(finished.errors.contains("\(bench.path) is in no workspace"))
    #expect(finished.errors.contains("try: reprostore init"))
    let error = try #require(finished.objects("error").first)
    #expect(error["code"] as? String == "noWorkspace")
    #expect(error["exit"] as? Int == 2)
    #expect((error["message"] as? String)?.contains(bench.path) == true)
    #expect((error["try"] as? String)?.hasPrefix("reprostore init") == true)
  }

  @Test("with --json wrong usage is an object too")
  func jsonUsage() throws {
    let finished = try Program.run(["add", "--json", "x", "--bogus"], in: "/")
    #expect(finished.status == 2)
    #expect(try finished.objects("error").first?["code"] as? String == "usage")
  }

  @Test("completions for every shell", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    let finished = try Program.run(["--generate-completion-script", shell], in: "/")
    #expect(finished.status == 0)
    #expect(finished.output.contains("restore"))
    let bench = try Bench(initialised: false)
    try bench.write("script", finished.outputBytes)
    if tool(shell, "-c", "true") != nil {
      #expect(tool(shell, "-n", bench.full("script")) != nil)
    } else {
      skipped("\(shell) is not installed, so its completions are not parsed")
    }
  }

  @Test("no colours and no progress but on a terminal")
  func plain() throws {
    let bench = try Bench()
    try bench.write("f", "f")
    for words in [["add", "f"], ["ls"], ["stats"], ["fsck", "--full"], ["ls", "nope"]] {
      let finished = try Program.run(words, in: bench.path)
      #expect(!finished.output.contains("\u{1b}"))
      #expect(!finished.errors.contains("\u{1b}"))
      #expect(!finished.errors.contains("\r"))
    }
  }

  @Test("colours on a terminal, unless NO_COLOR is set")
  func colours() throws {
    let bench = try Bench()
    try bench.write("f", "f")
    try bench.succeed("add", "f")
    func terminal(_ environment: [String: String]) throws -> String? {
      let line = "'\(Program.path)' ls"
      let words = ["script", "-qec", line, "/dev/null"]
      let finished = try Command(words, in: bench.path, environment: environment).finish()
      return finished.status == 0 ? finished.output : nil
    }
    guard let painted = try terminal(["TERM": "xterm"]) else { return skipped("no script(1)") }
    #expect(painted.contains("\u{1b}[1mpins"))
    #expect(try terminal(["TERM": "xterm", "NO_COLOR": "1"])?.contains("\u{1b}") == false)
    #expect(try terminal(["TERM": "dumb"])?.contains("\u{1b}") == false)
  }

  @Test("a terminal sees how far it is, and the line is gone at the end")
  func progress() throws {
    let bench = try Bench()
    try bench.writeSparse("f", 2 << 30)
    let line = "stty cols 60; '\(Program.path)' add f"
    let words = ["script", "-qec", line, "/dev/null"]
    let finished = try Command(words, in: bench.path, environment: ["TERM": "xterm"]).finish()
    guard finished.status == 0 else { return skipped("no script(1)") }
    let drawn = finished.output.split(separator: "\r").filter { $0.hasPrefix("adding") }
    #expect(drawn.contains { $0.contains("of 2.1 GB") && $0.contains("%") })
    #expect(drawn.allSatisfy { $0.hasSuffix("\u{1b}[K") && $0.dropLast(3).count < 60 })
    #expect(finished.output.contains("\r\u{1b}[Kf  1 file  2.1 GB"))
  }

  @Test("a full disk for the output is said, not ignored")
  func fullOutput() throws {
    let bench = try Bench()
    let line = "'\(Program.path)' stats > /dev/full"
    let finished = try Command(["sh", "-c", line], in: bench.path).finish()
    #expect(finished.status == 2)
    #expect(finished.errors.contains("standard output"))
  }
}
