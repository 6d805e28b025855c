import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives
import Testing

/// Nobody who plants a symbolic link leads a call out of its directory, or anywhere else.
@Suite struct PlantedLinkTests {
  /// A directory `in`, where links are planted, beside a directory `out` that must not change.
  struct Trap {
    let place: TemporaryDirectory
    let inside: LinuxDirectory
    let outside: LinuxDirectory

    init(_ rungs: Rungs) throws {
      place = try TemporaryDirectory()
      let top = try place.open(rungs)
      for name in ["in", "in/real", "out", "out/below"] {
        _ = try top.makeDirectory(RelativePath(name), mode: 0o755)
      }
      inside = try top.openDirectory(RelativePath("in"))
      outside = try top.openDirectory(RelativePath("out"))
      try outside.put("secret", [42])
      try inside.put("own", [1])
    }

    /// All there is outside, with the content that could have been overwritten.
    func outsideState() throws -> [String] {
      let below = try outside.openDirectory(RelativePath("below"))
      return try outside.names().sorted() + below.names().sorted()
        + ["\(try outside.contents("secret"))"]
    }
  }

  static let directoryTargets = [
    "../out", "..", ".", "/", "/tmp", "real", "/proc/self/cwd", "link",
  ]

  typealias Call = @Sendable (LinuxDirectory, RelativePath) throws -> Void

  /// Every call that takes a path, on a path that passes through the link.
  static let calls: [(String, Call)] = [
    ("openFile", { _ = try $0.openFile($1) }),
    ("openDirectory", { _ = try $0.openDirectory($1) }),
    ("status", { _ = try $0.status($1) }),
    ("linkTarget", { _ = try $0.linkTarget($1) }),
    ("createUnnamed", { _ = try $0.createUnnamed(in: $1, mode: 0o644) }),
    ("createFile", { _ = try $0.createFile($1, mode: 0o644) }),
    ("makeDirectory", { _ = try $0.makeDirectory($1, mode: 0o755) }),
    ("makeLink", { _ = try $0.makeLink($1, target: [0x78]) }),
    ("link", { _ = try $0.link($0.openFile(RelativePath("own")), as: $1) }),
    (
      "rename to",
      { _ = try $0.rename(RelativePath("own"), to: $1, in: $0, replacing: true) }
    ),
    (
      "rename to, exclusively",
      { _ = try $0.rename(RelativePath("own"), to: $1, in: $0, replacing: false) }
    ),
    (
      "rename from",
      { _ = try $0.rename($1, to: RelativePath("stolen"), in: $0, replacing: true) }
    ),
    ("removeFile", { try $0.removeFile($1) }),
    ("removeDirectory", { try $0.removeDirectory($1) }),
  ]

  @Test(arguments: Rungs.all)
  func linkOnTheWayIsRefused(rungs: Rungs) throws {
    for target in Self.directoryTargets {
      let trap = try Trap(rungs)
      #expect(try trap.inside.makeLink(RelativePath("link"), target: Array(target.utf8)))
      let before = try trap.outsideState()
      for (name, call) in Self.calls {
        for path in ["link/secret", "link/below", "link/new", "link/below/new", "link/own"] {
          let error = #expect(throws: StoreError.self, "\(name) \(target) \(path)") {
            try call(trap.inside, RelativePath(path))
          }
          #expect(code(error) == ELOOP, "\(name) \(target) \(path)")
        }
      }
      #expect(try trap.outsideState() == before)
      #expect(try trap.inside.names() == ["link", "own", "real"])
      #expect(try trap.inside.openDirectory(RelativePath("real")).entries().isEmpty)
    }
  }

  @Test(arguments: Rungs.all)
  func linkDeepOnTheWayIsRefused(rungs: Rungs) throws {
    let trap = try Trap(rungs)
    #expect(try trap.inside.makeLink(RelativePath("real/link"), target: Array("../../out".utf8)))
    for (name, call) in Self.calls {
      let error = #expect(throws: StoreError.self, "\(name)") {
        try call(trap.inside, RelativePath("real/link/below/x"))
      }
      #expect(code(error) == ELOOP, "\(name)")
    }
  }

  @Test(arguments: Rungs.all, ["link", "real/link"])
  func linkAtTheEndIsNotFollowed(rungs: Rungs, at text: String) throws {
    let trap = try Trap(rungs)
    let path = try RelativePath(text)
    for target in ["../out/secret", "../out/below", "../out/new", trap.place.path + "/out/secret"] {
      #expect(try trap.inside.makeLink(path, target: Array(target.utf8)))
      let before = try trap.outsideState()
      try checkRefusals(trap.inside, path)
      #expect(try trap.inside.makeDirectory(path, mode: 0o755) == false)
      #expect(try trap.inside.makeLink(path, target: [0x78]) == false)
      let file = try trap.inside.createUnnamed(in: RelativePath("real"), mode: 0o644)
      #expect(try trap.inside.link(file, as: path) == false)
      #expect(try trap.inside.status(path)?.kind == .symbolicLink)
      #expect(try trap.inside.linkTarget(path) == Array(target.utf8))
      // A rename moves the link, another replaces it, removal takes it: never what it points at.
      let moved = try RelativePath("moved")
      #expect(try trap.inside.rename(path, to: moved, in: trap.inside, replacing: false))
      try trap.inside.put("new", [9])
      #expect(
        try trap.inside.rename(RelativePath("new"), to: moved, in: trap.inside, replacing: true))
      #expect(try trap.inside.contents("moved") == [9])
      #expect(try trap.inside.makeLink(path, target: Array(target.utf8)))
      try trap.inside.removeFile(path)
      try trap.inside.removeFile(moved)
      #expect(try trap.outsideState() == before)
    }
  }

  private func checkRefusals(_ directory: LinuxDirectory, _ path: RelativePath) throws {
    let refusals: [(String, Int32, Call)] = [
      ("openFile", ELOOP, { _ = try $0.openFile($1) }),
      ("openDirectory", ELOOP, { _ = try $0.openDirectory($1) }),
      ("createUnnamed", ELOOP, { _ = try $0.createUnnamed(in: $1, mode: 0o644) }),
      ("createFile", EEXIST, { _ = try $0.createFile($1, mode: 0o644) }),
      ("removeDirectory", ENOTDIR, { try $0.removeDirectory($1) }),
    ]
    for (name, expected, call) in refusals {
      let error = #expect(throws: StoreError.self, "\(name)") { try call(directory, path) }
      #expect(code(error) == expected, "\(name)")
    }
  }

  @Test func pathCannotClimb() throws {
    for text in ["..", "a/..", "../a", "a/../b", ".", "a/./b", "/a", "a//b", "a/"] {
      #expect(throws: PathError.self, "\(text)") { try RelativePath(text) }
    }
  }

  /// A thread swaps a directory for a link all the time; no read ever sees what is outside.
  @Test(arguments: PathResolution.allCases)
  func swappingLinkNeverWins(resolution: PathResolution) throws {
    let trap = try Trap(Rungs(resolution: resolution, creation: .unnamed))
    let inside = trap.inside
    _ = try inside.makeDirectory(RelativePath("victim"), mode: 0o755)
    try inside.put("victim/secret", [1])
    #expect(try inside.makeLink(RelativePath("link"), target: Array("../out".utf8)))
    let isDone = Monitor(false)
    try Workers.run(count: 2) { index throws(StoreError) in
      guard index == 0 else { return swap(inside, until: isDone) }
      defer { isDone.withLock { $0 = true } }
      for _ in 0..<3000 {
        guard let found = try? inside.contents("victim/secret") else { continue }
        #expect(found == [1])
      }
    }
  }
}

/// Puts the link in the place of the directory and back.
private func swap(_ directory: LinuxDirectory, until isDone: Monitor<Bool>) {
  while !isDone.withLock({ $0 }) {
    for (from, to) in [
      ("victim", "aside"), ("link", "victim"), ("victim", "link"), ("aside", "victim"),
    ] {
      _ = try? directory.rename(
        RelativePath(from), to: RelativePath(to), in: directory, replacing: false)
    }
  }
}
