import Foundation
import Testing

/// Something that a user should not be able to do by mistake, or an attacker at all.
struct BadInput: CustomTestStringConvertible, Sendable {
  let testDescription: String
  /// What the workspace holds besides `data/f`, and what is done to it.
  let prepare: @Sendable (Bench) throws -> Void
  let words: [String]
  let status: Int32
  /// What the message names: `WORK` stands for the workspace.
  let names: [String]

  init(
    _ description: String, _ words: String..., status: Int32 = 2, names: [String],
    prepare: @escaping @Sendable (Bench) throws -> Void = { _ in }
  ) {
    testDescription = description
    self.prepare = prepare
    self.words = words
    self.status = status
    self.names = names
  }

  static let paths = [
    BadInput("a path outside the workspace", "add", "../x", names: ["WORK/../x".plain, "WORK"]),
    BadInput("an absolute one", "add", "/etc/hostname", names: ["/etc/hostname", "WORK"]),
    BadInput("one that begins like the workspace", "add", "../work2", names: ["work2"]) {
      try $0.write("../work2/f", "f")
    },
    BadInput("a path that is not there", "add", "data/nope", names: ["WORK/data/nope"]),
    BadInput("a file where a directory should be", "add", "data/f/g", names: ["WORK/data/f/g"]),
    BadInput("an empty path", "add", "", names: ["empty"]),
    BadInput(
      "the workspace itself", "add", ".", names: ["workspace itself", "reprostore add data"]),
    BadInput("the same by its absolute path", "add", "data/..", names: ["workspace itself"]),
    BadInput("one path inside another", "add", "data/f", "data", names: ["data/f is inside data"]),
    BadInput("a link to the workspace", "add", "loop", names: ["loop"]) {
      try $0.link("loop", to: ".")
    },
    BadInput("a link to a directory above it", "add", "up", names: ["up"]) {
      try $0.link("up", to: "..")
    },
    BadInput("a link to nothing", "add", "dangling", names: ["dangling is a symbolic link"]) {
      try $0.link("dangling", to: "nowhere")
    },
    BadInput("a link in a circle", "add", "circle", status: 5, names: ["circle"]) {
      try $0.link("circle", to: "circle")
    },
    BadInput("a socket", "add", "pipe", names: ["pipe"]) {
      tool("mkfifo", $0.full("pipe"))
    },
    BadInput("an ignore file without end", "add", "data", names: ["WORK/.reproignore"]) {
      try $0.writeSparse(".reproignore", 1 << 30)
    },
  ]

  static let bookkeeping = [
    BadInput("the lock", "add", "reprostore.lock", status: 5, names: ["reprostore.lock"]) {
      try $0.write("reprostore.lock", "")
    },
    BadInput("the store", "add", ".reprostore/store", status: 5, names: [".reprostore/store"]),
    BadInput("git's own", "add", ".git", status: 5, names: [".git"]) {
      try $0.write(".git/HEAD", "")
    },
    BadInput("a link to the store", "add", "door", status: 5, names: ["door"]) {
      try $0.link("door", to: ".reprostore/store/packs")
    },
    BadInput("a link to git's own", "add", "door", status: 5, names: ["door"]) {
      try $0.write(".git/hooks/x", "")
      try $0.link("door", to: ".git/hooks")
    },
    BadInput("a tree with .git in it", "add", "data", status: 5, names: ["data/sub/.git"]) {
      try $0.write("data/sub/.git/config", "x")
    },
    BadInput("a tree with a workspace in it", "add", "data", status: 5, names: [".reprostore"]) {
      try $0.write("data/.reprostore/config.yaml", "")
    },
  ]
}

extension String {
  /// The path without `..`, when it begins with the workspace.
  fileprivate var plain: String { replacingOccurrences(of: "WORK/..", with: "PLACE") }
}

@Suite("Bad input")
struct BadInputTests {
  @Test(
    "is refused by name, with a way out, and changes nothing",
    arguments: BadInput.paths + BadInput.bookkeeping)
  func refused(input: BadInput) throws {
    let bench = try Bench()
    try bench.write("data/f", "f")
    try input.prepare(bench)
    let before = try bench.files(".reprostore")
    let finished = try Program.run(input.words, in: bench.path)
    #expect(finished.status == input.status, "\(finished.errors)")
    #expect(finished.errors.hasPrefix("reprostore: "))
    #expect(finished.errors.split(separator: "\n").count <= 3)
    let place = (bench.path as NSString).deletingLastPathComponent
    for name in input.names {
      let shown = name.replacingOccurrences(of: "WORK", with: bench.path)
        .replacingOccurrences(of: "PLACE", with: place)
      #expect(finished.errors.contains(shown), "\(finished.errors)")
    }
    #expect(finished.output.isEmpty)
    #expect(try bench.files(".reprostore") == before)
  }

  @Test("a store that lies in what is added, by its path and by a link")
  func storeInside() throws {
    let bench = try Bench(initialised: false)
    let early = try bench.run("init", "--store", "data/deep/store")
    #expect(early.status == 2)
    #expect(early.errors.contains("mkdir -p \(bench.path)/data/deep"))
    try bench.write("data/f", "f")
    try bench.makeDirectory("data/deep")
    try bench.succeed("init", "--store", "data/deep/store")
    for path in ["data", "data/deep", "data/deep/store", "data/deep/store/packs"] {
      let finished = try bench.run("add", path)
      #expect(finished.status == 2)
      #expect(finished.errors.contains("\(bench.path)/data/deep/store"))
    }
    try bench.link("door", to: "data/deep/store/roots")
    #expect(try bench.run("add", "door").status == 2)
    try bench.write(".reproignore", "deep/\n")
    try bench.succeed("add", "data")
    #expect(try bench.succeed("ls", "-r", "data").lines == ["f"])
  }

  @Test("a file that may not be read, as somebody who is not root")
  func unreadable() throws {
    let bench = try Bench()
    try bench.write("data/f", "f")
    try bench.write("data/secret", "s")
    tool("chmod", "000", bench.full("data/secret"))
    var words = [Program.path, "add", "data"]
    if isRoot {
      // Nobody may use the sandbox, and a copy of the program that lies in it.
      try FileManager.default.copyItem(
        atPath: Program.path, toPath: bench.outside("reprostore"))
      tool("chown", "-R", "65534:65534", bench.outside(""))
      words =
        ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        + [bench.outside("reprostore"), "add", "data"]
      let other = Array(words.dropLast(2)) + ["--version"]
      guard try Command(other, in: bench.path).finish().status == 0 else {
        return skipped("setpriv(1) cannot make another user here")
      }
    }
    let finished = try Command(words, in: bench.path).finish()
    #expect(finished.status == 2)
    #expect(finished.errors.contains("no permission for \(bench.path)/data/secret"))
    #expect(finished.errors.contains("namei -l"))
    tool("chmod", "600", bench.full("data/secret"))
    #expect(try Command(words, in: bench.path).finish().status == 0)
  }

  @Test("a place for the restore that may not be written")
  func unwritablePlace() throws {
    let bench = try Bench()
    try bench.write("data/f", "f")
    try bench.succeed("add", "data")
    // Not even root creates anything there.
    let finished = try bench.run("restore", "data", "--to", "/proc/self/x")
    #expect(finished.status != 0)
    #expect(finished.errors.contains("/proc/self"))
    #expect(finished.errors.split(separator: "\n").count <= 3)
  }
}
