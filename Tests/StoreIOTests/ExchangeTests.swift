import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives
import Testing

/// Two names are swapped, whatever they stand for, on every rung of the ladder.
@Suite struct ExchangeTests {
  private let place: TemporaryDirectory

  init() throws {
    place = try TemporaryDirectory()
    let root = try place.open()
    for name in ["d", "e", "e/deep"] {
      #expect(try root.makeDirectory(RelativePath(name), mode: 0o755))
    }
    try root.put("f", [1])
    try root.put("d/g", [2])
    try root.put("e/deep/h", [3])
    #expect(try root.makeLink(RelativePath("l"), target: Array("f".utf8)))
  }

  /// Every path below the root, with the bytes of files.
  private func tree(_ root: LinuxDirectory, _ prefix: String = "") throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for entry in try root.entries() {
      let path = prefix + String(decoding: entry.name, as: UTF8.self)
      let name = try RelativePath(entry.name)
      switch entry.kind {
      case .directory:
        found.merge(try tree(root.openDirectory(name), path + "/")) { _, new in new }
      case .symbolicLink: found[path] = try root.linkTarget(name)
      default: found[path] = try root.openFile(name).contents()
      }
    }
    return found
  }

  private static let link = Array("f".utf8)
  private static let all: [String: [UInt8]] = [
    "f": [1], "d/g": [2], "e/deep/h": [3], "l": link,
  ]
  private static let swaps: [(String, String, [String: [UInt8]])] = [
    ("f", "d/g", ["f": [2], "d/g": [1], "e/deep/h": [3], "l": link]),
    ("f", "e", ["f/deep/h": [3], "e": [1], "d/g": [2], "l": link]),
    ("e/deep", "f", ["f/h": [3], "e/deep": [1], "d/g": [2], "l": link]),
    ("d", "e/deep", ["d/h": [3], "e/deep/g": [2], "f": [1], "l": link]),
    ("l", "e/deep/h", ["l": [3], "e/deep/h": link, "f": [1], "d/g": [2]]),
    ("f", "f", all), ("d", "d", all),
  ]

  @Test(arguments: Rungs.all)
  func swapsWhatIsThere(rungs: Rungs) throws {
    let root = try place.open(rungs)
    #expect(try tree(root) == Self.all)
    for (first, second, expected) in Self.swaps {
      try root.exchange(RelativePath(first), with: RelativePath(second), in: root)
      #expect(try tree(root) == expected, "\(first), \(second)")
      try root.exchange(RelativePath(second), with: RelativePath(first), in: root)
      #expect(try tree(root) == Self.all, "\(first), \(second)")
    }
  }

  @Test(arguments: Rungs.all)
  func swapsBetweenTwoDirectories(rungs: Rungs) throws {
    let root = try place.open(rungs)
    let other = try root.openDirectory(RelativePath("e"))
    try root.exchange(RelativePath("d/g"), with: RelativePath("deep/h"), in: other)
    #expect(try tree(root) == ["f": [1], "d/g": [3], "e/deep/h": [2], "l": Self.link])
  }

  @Test(arguments: Rungs.all)
  func twoNamesOfOneFileStay(rungs: Rungs) throws {
    let root = try place.open(rungs)
    #expect(try root.linkFile(RelativePath("f"), as: RelativePath("d/f"), in: root))
    try root.exchange(RelativePath("f"), with: RelativePath("d/f"), in: root)
    #expect(try root.status(RelativePath("f")) == root.status(RelativePath("d/f")))
  }

  @Test(arguments: Rungs.all)
  func aFailureChangesNothing(rungs: Rungs) throws {
    let root = try place.open(rungs)
    let bad = [
      ("f", "none"), ("none", "f"), ("none", "none"), ("f", "none/x"), ("f/x", "d"),
      ("e", "e/deep"), ("e/deep", "e"), ("l/x", "f"),
    ]
    for (first, second) in bad {
      #expect(throws: StoreError.self, "\(first), \(second)") {
        try root.exchange(RelativePath(first), with: RelativePath(second), in: root)
      }
      #expect(try tree(root) == Self.all, "\(first), \(second)")
    }
  }

  // MARK: Second names

  @Test(arguments: PathResolution.allCases)
  func aSecondNameIsTheSameFile(resolution: PathResolution) throws {
    let root = try place.open().using(resolution, .unnamed)
    let directory = try root.openDirectory(RelativePath("d"))
    #expect(try root.linkFile(RelativePath("f"), as: RelativePath("second"), in: directory))
    #expect(try root.status(RelativePath("f")) == root.status(RelativePath("d/second")))
    let file = try root.openFile(RelativePath("d/second"))
    #expect(try file.usage().names == 2)
    #expect(try file.usage().freedBytes == 0)
    #expect(try root.linkFile(RelativePath("f"), as: RelativePath("g"), in: directory) == false)
    #expect(try root.contents("d/g") == [2])
    // A link gets a second name itself, not what it leads to.
    #expect(try root.linkFile(RelativePath("l"), as: RelativePath("m"), in: root))
    #expect(try root.linkTarget(RelativePath("m")) == Self.link)
    try root.removeFile(RelativePath("f"))
    #expect(try file.usage().names == 1)
    #expect(try file.usage().freedBytes == file.usage().ownBytes)
  }

  @Test func noSecondNameOfADirectoryOrOfNothing() throws {
    let root = try place.open()
    let bad = [("d", EPERM), ("none", ENOENT), ("f/x", ENOTDIR), ("l/x", ELOOP)]
    for (name, expected) in bad {
      let error = #expect(throws: StoreError.self) {
        try root.linkFile(RelativePath(name), as: RelativePath("new"), in: root)
      }
      #expect(code(error) == expected, "\(name)")
    }
    #expect(try tree(root) == Self.all)
  }

  // MARK: Files

  @Test func aFileTellsItsOwnerAndRoom() throws {
    let root = try place.open()
    let file = try root.put("large", [UInt8](repeating: 7, count: 100_000))
    try file.synchronizeData()
    let usage = try file.usage()
    #expect(usage.owner == geteuid())
    #expect(usage.names == 1)
    #expect(usage.ownBytes == 0 || usage.ownBytes >= 4096)
    #expect(usage.freedBytes == usage.ownBytes)
  }

  /// A file that is open for reading only can be made to show what others stored.
  @Test func dataIsSynchronizedThroughAnyHandle() throws {
    let root = try place.open()
    try root.openFile(RelativePath("f")).synchronizeData()
    let file = try LinuxDirectory.open("/proc/self").openFile(RelativePath("status"))
    let error = #expect(throws: StoreError.self) { try file.synchronizeData() }
    #expect(code(error) == EINVAL)
  }
}
