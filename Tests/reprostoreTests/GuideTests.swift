import Foundation
import Testing

/// The commands of the guides are run as a reader would: one after the other, in an empty folder.
@Suite("Guides")
struct GuideTests {
  private static let guides = ["docs/git-users.md", "docs/dvc-users.md"]

  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test("every command of a guide works", arguments: guides)
  func commands(guide: String) throws {
    let text = try String(
      contentsOf: Self.repository.appendingPathComponent(guide), encoding: .utf8)
    let commands = Self.shellBlocks(of: text)
    try #require(commands.count > 2)
    let bench = try Bench(initialised: false)
    try bench.makeDirectory("../home")
    let script = ["set -euxo pipefail"] + commands
    try bench.write("../guide.sh", script.joined(separator: "\n"))
    try bench.write(
      "../home/.gitconfig",
      "[user]\nname = Ada\nemail = ada@example.org\n[init]\n"
        + "defaultBranch = main\n")
    let program = (Program.path as NSString).deletingLastPathComponent
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let finished = try Command(
      ["bash", bench.outside("guide.sh")], in: bench.path,
      environment: ["HOME": bench.outside("home"), "PATH": "\(program):\(path)"]
    ).finish()
    #expect(finished.status == 0, "\(finished.output)\n\(finished.errors)")
  }

  /// The text of each block that is marked as shell.
  private static func shellBlocks(of text: String) -> [String] {
    var blocks: [String] = []
    var block: [Substring]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "```sh" {
        block = []
      } else if line == "```", let lines = block {
        blocks.append(lines.joined(separator: "\n"))
        block = nil
      } else {
        block?.append(line)
      }
    }
    return blocks
  }
}
