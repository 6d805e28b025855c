import Foundation
import Testing

/// One store for several users: those of its group, and nobody else.
@Suite("init --shared group")
struct SharedStoreTests {
  /// Users that need not be in any list: numbers are all that counts.
  private enum User: Int {
    case alice = 60_001
    case bob = 60_002
    /// Is in another group.
    case carol = 60_003

    var group: Int { self == .carol ? 61_001 : 61_000 }
  }

  private let bench: Bench
  /// The directory of the store, beside the workspaces.
  private let store: String

  /// A sandbox with a directory in which the group of alice and bob may make a store.
  init() throws {
    bench = try Bench(initialised: false)
    store = bench.outside("common/store")
    try bench.makeDirectory("../common")
    tool("chmod", "755", bench.outside(""))
    tool("chmod", "2775", bench.outside("common"))
    guard isRoot else { return }
    tool("chgrp", "61000", bench.outside("common"))
    try FileManager.default.copyItem(atPath: Program.path, toPath: bench.outside("reprostore"))
    tool("chmod", "755", bench.outside("reprostore"))
    for user in [User.alice, .bob, .carol] {
      try bench.makeDirectory("../\(user)")
      try give(bench.outside("\(user)"), to: user)
    }
  }

  private func give(_ path: String, to user: User) throws {
    let done = tool("chown", "-R", "\(user.rawValue):\(user.group)", path)
    try #require(done != nil)
    try #require(tool("chmod", "-R", "u=rwX,go=", path) != nil)
  }

  /// Runs the program as somebody whose umask hides everything.
  private func run(_ user: User, _ arguments: String...) throws -> Finished {
    let words =
      ["setpriv", "--reuid", "\(user.rawValue)", "--regid", "\(user.group)", "--clear-groups"]
      + ["sh", "-c", "umask 077; exec \"$@\"", "sh", bench.outside("reprostore")] + arguments
    return try Command(words, in: bench.outside("\(user)")).finish()
  }

  /// Whether processes can run as somebody else here; says so when not.
  private func canBecomeOthers() throws -> Bool {
    guard isRoot else {
      skipped("two users need root to make them")
      return false
    }
    guard try run(.alice, "--version").status == 0 else {
      skipped("setpriv(1) cannot make another user here")
      return false
    }
    return true
  }

  private func write(_ user: User, _ name: String, random count: Int, seed: UInt64) throws {
    try bench.write(bench.outside("\(user)/\(name)"), random: count, seed: seed)
    try give(bench.outside("\(user)"), to: user)
  }

  private func mode(_ path: String) throws -> String? {
    tool("stat", "-c", "%a", path)?.split(separator: "\n").first.map(String.init)
  }

  @Test("two users with a strict umask add, check and restore each other's data")
  func twoUsers() throws {
    guard try canBecomeOthers() else { return }
    for user in [User.alice, .bob] {
      try write(user, "data/common", random: 3_000_000, seed: 1)
      try write(user, "data/large", random: 5_000_000, seed: UInt64(user.rawValue))
      try write(user, "data/small", random: 1000, seed: UInt64(user.rawValue) + 10)
    }
    let made = try run(.alice, "init", "--store", store, "--shared", "group")
    #expect(made.status == 0 && made.output.contains("group"), "\(made.errors)")
    let joined = try run(.bob, "init", "--store", store, "--shared", "group", "--json")
    #expect(try joined.objects().first?["state"] as? String == "joined", "\(joined.errors)")
    let first = try run(.alice, "add", "data", "--json")
    #expect(try first.objects("added").first?["newBytes"] as? Int == 8_001_000, "\(first.errors)")
    // What alice stored is not stored again for bob.
    let second = try run(.bob, "add", "data", "--json")
    #expect(try second.objects("added").first?["newBytes"] as? Int == 5_001_000, "\(second.errors)")
    #expect(try second.objects("added").first?["reusedBytes"] as? Int == 3_000_000)
    for user in [User.alice, .bob] {
      #expect(try run(user, "tag", "of-\(user)", "data").status == 0)
      let checked = try run(user, "fsck", "--full")
      #expect(checked.status == 0, "\(user): \(checked.errors)\(checked.output)")
    }
    for (user, other) in [(User.alice, User.bob), (.bob, .alice)] {
      let restored = try run(user, "restore", "tag:of-\(other)", "--to", "theirs")
      #expect(restored.status == 0, "\(restored.errors)")
      #expect(bench.isSame(bench.outside("\(user)/theirs"), bench.outside("\(other)/data")))
    }
    try checkModes()
  }

  /// Everything in the store belongs to the group, which may read files and write directories.
  private func checkModes() throws {
    let listed = try #require(tool("find", store, "-printf", "%y %m %g %P\n"))
    let lines = listed.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.count > 780)
    for line in lines {
      #expect(line[1] == (line[0] == "d" ? "2770" : "440"), "\(line)")
      #expect(line[2] == "61000", "\(line)")
    }
    #expect(Set(lines.map { $0[0] }) == ["d", "f"])
    #expect(lines.contains { $0.last == "latest" })
  }

  @Test("a user of another group is told that the permission is missing")
  func outsider() throws {
    guard try canBecomeOthers() else { return }
    #expect(try run(.alice, "init", "--store", store, "--shared", "group").status == 0)
    let refused = try run(.carol, "init", "--store", store)
    #expect(refused.status == 2)
    #expect(refused.errors.contains("no permission for \(store)"), "\(refused.errors)")
    #expect(refused.errors.contains("namei -l"))
    // Nor may carol make one in a directory of a group that is not hers.
    let made = try run(.carol, "init", "--store", bench.outside("common/hers"))
    #expect(made.status == 2 && made.errors.contains("no permission for"), "\(made.errors)")
  }

  @Test("a directory of a group that the user is not in cannot be shared")
  func otherGroup() throws {
    guard try canBecomeOthers() else { return }
    try bench.makeDirectory("../carol/store")
    try give(bench.outside("carol"), to: .carol)
    tool("chgrp", "61000", bench.outside("carol/store"))
    let refused = try run(.carol, "init", "--store", "store", "--shared", "group")
    #expect(refused.status == 2)
    #expect(refused.errors.contains("chgrp"), "\(refused.errors)")
    #expect(try bench.names("../carol/store") == [])
  }

  @Test("an empty directory keeps its group and gets the mode")
  func existingDirectory() throws {
    try bench.makeDirectory("../store")
    tool("chmod", "755", bench.outside("store"))
    if isRoot { tool("chgrp", "61000", bench.outside("store")) }
    let group = tool("stat", "-c", "%g", bench.outside("store"))
    try bench.succeed("init", "--store", "../store", "--shared", "group")
    #expect(try mode(bench.outside("store")) == "2770")
    #expect(tool("stat", "-c", "%g", bench.outside("store")) == group)
    #expect(try mode(bench.outside("store/roots")) == "2770")
    #expect(tool("stat", "-c", "%g", bench.outside("store/packs/7f")) == group)
    #expect(try mode(bench.outside("store/format")) == "440")
  }

  @Test("a store for one user stays so")
  func privateStore() throws {
    try bench.succeed("init", "--store", "../own")
    #expect(try mode(bench.outside("own")) == "700")
    #expect(try mode(bench.outside("own/roots")) == "700")
    #expect(try mode(bench.outside("own/format")) == "444")
    #expect(try mode(bench.outside("own/latest")) == "444")
    let other = try Bench(initialised: false)
    for _ in 0..<2 {
      let refused = try other.run("init", "--store", bench.outside("own"), "--shared", "group")
      #expect(refused.status == 2)
      #expect(refused.errors.contains("chmod 2770"), "\(refused.errors)")
      #expect(!other.exists(".reprostore"))
    }
    // What is said to do does it.
    let hint = try #require(
      refusedHint(other, bench.outside("own"))?.replacing("GROUP", with: "\(getgid())"))
    #expect(tool("sh", "-c", hint) != nil)
    try other.succeed("init", "--store", bench.outside("own"), "--shared", "group")
    #expect(try mode(bench.outside("own/latest")) == "440")
  }

  private func refusedHint(_ other: Bench, _ store: String) throws -> String? {
    let refused = try other.run("init", "--store", store, "--shared", "group", "--json")
    return try refused.objects("error").first?["try"] as? String
  }

  @Test("--shared takes group, and needs --store")
  func usage() throws {
    let unknown = try bench.run("init", "--store", "../x", "--shared", "world")
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("'group'"), "\(unknown.errors)")
    let alone = try bench.run("init", "--shared", "group")
    #expect(alone.status == 2)
    #expect(alone.errors.contains("--store"))
    #expect(!bench.exists(".reprostore"))
    #expect(!bench.exists("../x"))
  }
}
