import Foundation
import Testing

@Suite("The configuration")
struct ConfigurationTests {
  @Test(
    "that comes with a repository may not choose what is the user's",
    arguments: [
      ("store: /tmp/elsewhere", "store"), ("store: ../elsewhere", "store"),
      ("# a\n\nstore: a/../../elsewhere", "store"), ("command: rm", "command"),
      ("store: .reprostore/store\npassword: x", "password"), ("hooks:\n  - x", "hooks"),
    ])
  func untrusted(text: String, key: String) throws {
    let bench = try Bench()
    try bench.write(".reprostore/config.yaml", text + "\n")
    let finished = try bench.run("ls")
    #expect(finished.status == 2)
    #expect(finished.errors.contains("\(bench.path)/.reprostore/config.yaml:"))
    #expect(finished.errors.contains("the key \(key)"))
    #expect(finished.errors.contains("try:"))
    #expect(!bench.exists("../elsewhere"))
    #expect(try bench.run("init").status == 2)
  }

  @Test("says in which line a mistake is")
  func lines() throws {
    let bench = try Bench()
    try bench.write(".reprostore/config.local.yaml", "\n# c\nstore: relative\n")
    #expect(try bench.run("ls").errors.contains("config.local.yaml:3: the key store"))
    try bench.write(".reprostore/config.local.yaml", "\nstore: \"/a\n")
    #expect(try bench.run("ls").errors.contains("it is no YAML"))
  }

  private static let hostileTexts = [
    String(repeating: "[", count: 60_000), String(repeating: "a: {", count: 15_000),
    String(repeating: "- ", count: 30_000), "a: &a [1]\nb: *a", "? &x [x]\n: 1", "- 1", "text",
    "store: [1]", "store: {a: b}", "store:", "store: a\nstore: b", "\u{0}", "a\tb: \u{1}",
    String(repeating: "x: y\n", count: 20_000), "store: \"\\0\"", "%YAML 9.9\n---\n",
    "store: !!binary aGk=", "--- a\n--- b",
  ]

  @Test("that is hostile is refused at once")
  func hostile() throws {
    let bench = try Bench()
    for (index, text) in Self.hostileTexts.enumerated() {
      try bench.write(".reprostore/config.yaml", text)
      let finished = try bench.run("ls")
      #expect(finished.status == 2, "text \(index): \(finished.errors.prefix(300))")
      #expect(finished.errors.contains("config.yaml") || finished.errors.contains("no store"))
    }
  }

  @Test("cannot send control sequences to the terminal")
  func controlCharacters() throws {
    let bench = try Bench()
    try bench.write(".reprostore/config.yaml", "\"\\e[2Jkey\": x\n")
    let finished = try bench.run("ls")
    #expect(finished.status == 2)
    #expect(!finished.errors.contains("\u{1b}"))
    #expect(finished.errors.contains("key"))
  }

  @Test("no UTF-8, and a file that is none")
  func notText() throws {
    let bench = try Bench()
    try bench.write(".reprostore/config.yaml", [0xff, 0xfe, 0x00])
    #expect(try bench.run("ls").status == 2)
    try bench.makeDirectory(".reprostore/config.local.yaml")
    try bench.write(".reprostore/config.yaml", "")
    #expect(try bench.run("ls").status != 0)
  }

  @Test("a store inside the workspace by the committed configuration")
  func insideStore() throws {
    let bench = try Bench(initialised: false)
    try bench.makeDirectory("cache")
    try bench.write(".reprostore/config.yaml", "store: cache/store\n")
    try bench.succeed("init")
    try bench.write("f", "f")
    try bench.succeed("add", "f")
    #expect(bench.exists("cache/store/format"))
  }

  @Test("no link leads the committed store out of the workspace")
  func linkedStore() throws {
    let bench = try Bench(initialised: false)
    try bench.makeDirectory("../elsewhere")
    try bench.write(".reprostore/config.yaml", "store: cache/store\n")
    try bench.link("cache", to: "../elsewhere")
    let finished = try bench.run("init")
    #expect(finished.status == 5)
    #expect(finished.errors.contains("\(bench.path)/cache"))
    #expect(try bench.names("../elsewhere").isEmpty)
  }
}
