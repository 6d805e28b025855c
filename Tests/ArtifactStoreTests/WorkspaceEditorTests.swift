import ArtifactStore
import ArtifactStoreTesting
import Glibc
import StoreIO
import StorePrimitives
import Testing

/// What somebody changed behind the back of an editor is never lost, whatever fails and whenever
/// the process dies.
@Suite("the workspace editor")
struct WorkspaceEditorTests {
  typealias Editor<Directory: DirectoryHandle> = WorkspaceEditor<Directory>

  private static let path = RelativePath(trusted: "a")
  private static let data = RelativePath(trusted: "data")
  private static let state = RelativePath(trusted: ".reprostore")
  private static let own = Array("own".utf8)

  /// What stands in the workspace when a plan is made, and what somebody makes of it afterwards.
  enum Race: CaseIterable, Sendable {
    case fileReplaced, fileBecomesDirectory, directoryFilled
  }

  /// A file system with `data/a` as the race leaves it, and what the plan said of it.
  private static func scene(
    _ race: Race
  ) throws -> (SimulatedFileSystem, Editor<SimulatedDirectory>.Dispensable, FileStatus) {
    let system = SimulatedFileSystem()
    _ = try system.root.makeDirectory(state, mode: 0o755)
    _ = try system.root.makeDirectory(data, mode: 0o755)
    let root = try system.root.openDirectory(data)
    if race == .directoryFilled {
      _ = try root.makeDirectory(path, mode: 0o755)
    } else {
      try root.createFile(path, mode: 0o644).write(Array("old".utf8).span, at: 0)
    }
    let status = try #require(try root.status(path))
    switch race {
    case .fileReplaced:
      try root.removeFile(path)
      try root.createFile(path, mode: 0o644).write(own.span, at: 0)
    case .fileBecomesDirectory:
      try root.removeFile(path)
      _ = try root.makeDirectory(path, mode: 0o755)
      try root.createFile(RelativePath(trusted: "a/x"), mode: 0o644).write(own.span, at: 0)
    case .directoryFilled:
      try root.createFile(RelativePath(trusted: "a/x"), mode: 0o644).write(own.span, at: 0)
    }
    return (system, .init(status: status, blob: nil, readFrom: .now()), status)
  }

  private static func change<Directory: DirectoryHandle>(
    _ base: Directory, replacing: Bool, _ status: FileStatus
  ) throws {
    let root = try base.openDirectory(data)
    _ = try Editor.edit(root, workspace: base, isHeld: { _ in false }) {
      (editor) throws(StoreError) in
      try editor.staging.createFile(path, mode: 0o644).write(Array("new".utf8).span, at: 0)
      let old = Editor<Directory>.Dispensable(status: status, blob: nil, readFrom: .now())
      if replacing {
        try editor.replace(path, with: path, losing: old)
      } else {
        try editor.remove(path, losing: old)
      }
    }
  }

  @Test(
    "each call fails once, and once with all that follow, as after a kill",
    arguments: Race.allCases, [true, false])
  func faults(race: Race, isKilled: Bool) throws {
    for replacing in [true, false] {
      let runs = try FaultPlan.sweep(.fails(EIO), repeats: isKilled) { plan in
        let (system, _, status) = try Self.scene(race)
        do {
          try Self.change(
            FaultyDirectory(system.root, plan: plan), replacing: replacing, status)
        } catch is StoreError {}
        let said = "\(race), replacing \(replacing): \(plan.failedCalls.prefix(1))"
        #expect(system.files.values.contains(Self.own), "lost at once: \(said)")
        // The next command tidies up.
        let root = try system.root.openDirectory(Self.data)
        try Editor(in: root, workspace: system.root).close()
        #expect(system.files.values.contains(Self.own), "lost by the next: \(said)")
        #expect(!system.paths.contains { $0.contains("partial") }, "left over: \(said)")
      }
      #expect(runs > 15, "\(runs) runs")
    }
  }

  @Test("a leftover of a killed run that the store holds is removed, all else is rescued")
  func leftovers() throws {
    let system = SimulatedFileSystem()
    let leftover = "data/.reprostore-partial-edit-0badcafe"
    try system.populate([
      "\(leftover)/0": Array("half".utf8), "\(leftover)/outgoing/1": Array("held".utf8),
      "\(leftover)/outgoing/2": Self.own,
    ])
    _ = try system.root.makeDirectory(
      RelativePath(trusted: "\(leftover)/outgoing/3"), mode: 0o755)
    _ = try system.root.makeLink(
      RelativePath(trusted: "\(leftover)/outgoing/4"), target: Array("there".utf8))
    let held = BlobID(SHA256.digest(of: Array("held".utf8)))
    let editor = try Editor(
      in: try system.root.openDirectory(Self.data), workspace: system.root,
      isHeld: { $0 == held })
    try editor.close()
    #expect(editor.rescued.count == 2)
    #expect(Array(system.files.values) == [Self.own])
    #expect(!system.paths.contains { $0.contains("partial") })
  }

  @Test("a file written again within the granularity of its times is seen")
  func racy() throws {
    var settings = SimulatedFileSystem.Settings()
    settings.timestampGranularity = 1 << 62
    let system = SimulatedFileSystem(settings)
    _ = try system.root.makeDirectory(Self.state, mode: 0o755)
    _ = try system.root.makeDirectory(Self.data, mode: 0o755)
    let root = try system.root.openDirectory(Self.data)
    let file = try root.createFile(Self.path, mode: 0o644)
    try file.write(Array("old".utf8).span, at: 0)
    let status = try #require(try root.status(Self.path))
    let blob = BlobID(SHA256.digest(of: Array("old".utf8)))
    try file.write(Self.own.span, at: 0)
    #expect(try root.status(Self.path) == status)
    let editor = try Editor(in: root, workspace: system.root)
    // Read in the second in which it was written.
    try editor.remove(
      Self.path, losing: .init(status: status, blob: blob, readFrom: status.modified))
    try editor.close()
    #expect(editor.rescued.count == 1)
    #expect(system.files.values.contains(Self.own))
  }

  @Test("what is gone already is no error, and what comes comes")
  func gone() throws {
    let (system, old, _) = try Self.scene(.fileReplaced)
    let root = try system.root.openDirectory(Self.data)
    try root.removeFile(Self.path)
    let editor = try Editor(in: root, workspace: system.root)
    try editor.remove(Self.path, losing: old)
    try editor.staging.createFile(Self.path, mode: 0o644).write(Self.own.span, at: 0)
    try editor.replace(Self.path, with: Self.path, losing: old)
    try editor.close()
    #expect(system.files == ["data/a": Self.own])
  }
}
