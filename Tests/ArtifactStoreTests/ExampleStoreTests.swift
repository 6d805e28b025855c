import ArtifactStore
import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives
import Testing

/// The store that is checked in: the promise that a format which was released stays readable.
@Suite struct ExampleStoreTests {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".reprostore-example").path

  /// The trees of the two versions.
  static let versions = [
    "v1": "1d61756910225eead5964cd7be5d98fee4aae75f3d8813307d2135afece7d63e",
    "v2": "a4bbae0844b4ffe4ca691584efdb3b5c4706dd88196cd8dd95e0e4476397d853",
  ]

  private func open(_ folder: String = Self.folder) throws -> LocalStore {
    try Store.open(try LinuxDirectory.open(folder + "/.reprostore/store"))
  }

  @Test func isSound() throws {
    let report = try open().check(full: true)
    #expect(report.problems == [])
    #expect(report.refs == 4)
  }

  @Test(arguments: versions.keys.sorted())
  func comesBack(version: String) throws {
    let store = try open()
    let name = try store.snapshot().resolve("tag:\(version)")
    #expect(name.target.digest?.hex == Self.versions[version])
    let place = try TemporaryDirectory()
    let request = RestoreRequest(
      source: name, parent: try LinuxDirectory.open(place.path), name: RelativePath(trusted: "out"),
      fileName: RelativePath(trusted: "file"))
    _ = try store.restore(request)
    let found = try Workbench(root: try LinuxDirectory.open(place.path)).contents(of: "out")
    #expect(try sums(of: found, version) == expectedSums(version))
    #expect(found["labels"] == .link(Array("train/labels.csv".utf8)))
    #expect(found["train/hollow"] == .directory)
    guard case .file(_, executable: true) = found["run.sh"] else {
      Issue.record("run.sh cannot be executed")
      return
    }
  }

  private func sums<Directory>(
    of contents: [String: Workbench<Directory>.Content], _ version: String
  ) -> Set<String> {
    Set(
      contents.compactMap { path, content in
        guard case .file(let bytes, _) = content else { return nil }
        return SHA256.digest(of: bytes).hex + "  \(version)/" + path
      })
  }

  private func expectedSums(_ version: String) throws -> Set<String> {
    let text = try String(contentsOfFile: Self.folder + "/SHA256SUMS", encoding: .utf8)
    return Set(text.split(separator: "\n").map(String.init).filter { $0.contains("  \(version)/") })
  }

  /// A store without its empty directories takes new data.
  @Test func aCopyCanBeAddedTo() throws {
    let place = try TemporaryDirectory()
    try FileManager.default.copyItem(
      atPath: Self.folder + "/.reprostore", toPath: place.path(of: ".reprostore"))
    let bench = Workbench(root: try LinuxDirectory.open(place.path))
    try bench.write("data/f", [1])
    let pin = AddRequest.Pin(
      path: RelativePath(trusted: "data"),
      source: .directory(try bench.root.openDirectory(RelativePath(trusted: "data"))))
    let store = try open(place.path)
    _ = try store.add(AddRequest(pins: [pin]))
    #expect(try store.check(full: true).problems == [])
    #expect(try store.snapshot().refs(in: .pins).count == 3)
  }
}
