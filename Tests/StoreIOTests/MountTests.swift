import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives
import Testing

/// A file system of its own, mounted while the value lives. Needs root; nil where it cannot be.
final class Mount: Sendable {
  let place: TemporaryDirectory
  var path: String { place.path + "/mount" }

  /// `arguments` are those of mount(8) without the place.
  init?(_ prepare: (String) -> [String]?) throws {
    place = try TemporaryDirectory()
    try FileManager.default.createDirectory(
      atPath: place.path + "/mount", withIntermediateDirectories: false)
    guard geteuid() == 0, let arguments = prepare(place.path),
      output(of: "mount", arguments + [place.path + "/mount"]) != nil
    else { return nil }
  }

  deinit { _ = output(of: "umount", ["-l", path]) }

  func open(_ rungs: Rungs = .first) throws -> LinuxDirectory {
    try LinuxDirectory.open(path).using(rungs.resolution, rungs.creation)
  }

  static func tmpfs(megabytes: Int) throws -> Mount? {
    try Mount { _ in ["-t", "tmpfs", "-o", "size=\(megabytes)m", "none"] }
  }

  /// An XFS with reflinks in a file behind a loop device, whose node may have to be made.
  static func xfs() throws -> Mount? {
    try Mount { place in
      let image = place + "/image"
      guard output(of: "truncate", ["-s", "320M", image]) != nil,
        output(of: "mkfs.xfs", ["-q", "-m", "reflink=1", image]) != nil
      else { return nil }
      if let device = output(of: "losetup", ["-f"])?.split(separator: "\n").first,
        !FileManager.default.fileExists(atPath: String(device)),
        let number = device.split(separator: "p").last
      {
        _ = output(of: "mknod", [String(device), "b", "7", String(number)])
      }
      return ["-o", "loop", image]
    }
  }

  static func overlay() throws -> Mount? {
    try Mount { place in
      for name in ["lower", "upper", "work"] {
        guard output(of: "mkdir", ["\(place)/\(name)"]) != nil else { return nil }
      }
      let options = "lowerdir=\(place)/lower,upperdir=\(place)/upper,workdir=\(place)/work"
      return ["-t", "overlay", "-o", options, "none"]
    }
  }
}

@Suite struct MountTests {
  @Test(arguments: Rungs.all)
  func namesOnATmpfs(rungs: Rungs) throws {
    guard let mount = try Mount.tmpfs(megabytes: 1) else { return skipped("tmpfs") }
    try checkNaming(in: mount.open(rungs))
  }

  @Test(arguments: Rungs.all)
  func namesOnAnOverlay(rungs: Rungs) throws {
    guard let mount = try Mount.overlay() else { return skipped("overlay") }
    try checkNaming(in: mount.open(rungs))
  }

  @Test func fullFileSystemIsAnError() throws {
    guard let mount = try Mount.tmpfs(megabytes: 1) else { return skipped("tmpfs") }
    let directory = try mount.open()
    #expect(try directory.freeBytes() == 1 << 20)
    let file = try directory.put("f", [UInt8](repeating: 1, count: 512 << 10))
    #expect(try directory.freeBytes() == 512 << 10)
    let error = #expect(throws: StoreError.self) {
      try file.write([UInt8](repeating: 2, count: 2 << 20).span, at: 512 << 10)
    }
    let expected = SystemCallFailure(call: "pwrite", path: "\(mount.path)/f", code: ENOSPC)
    #expect(error == .system(expected))
    try file.truncate(to: 0)
    #expect(try directory.freeBytes() == 1 << 20)
  }

  @Test func linkAndRenameStayOnTheirFileSystem() throws {
    guard let mount = try Mount.tmpfs(megabytes: 1) else { return skipped("tmpfs") }
    let place = try TemporaryDirectory()
    let here = try place.open()
    let there = try mount.open()
    let file = try here.put("f", [1])
    let linked = #expect(throws: StoreError.self) { try there.link(file, as: RelativePath("g")) }
    #expect(code(linked) == EXDEV)
    let renamed = #expect(throws: StoreError.self) {
      try here.rename(RelativePath("f"), to: RelativePath("g"), in: there, replacing: false)
    }
    #expect(code(renamed) == EXDEV)
    let clone = try there.createFile(RelativePath("h"), mode: 0o644)
    #expect(try clone.clone(file) == false)
    #expect(try there.names() == ["h"])
  }

  @Test func cloneSharesBlocksAndStaysApart() throws {
    guard let mount = try Mount.xfs() else { return skipped("XFS") }
    let directory = try mount.open()
    var random = SeededRandom(seed: 1)
    let bytes = random.bytes(1 << 20) + [1, 2, 3]
    let source = try directory.put("source", bytes)
    try source.synchronize()
    let free = try directory.freeBytes()
    _ = try directory.makeDirectory(RelativePath("d"), mode: 0o755)
    let copy = try directory.createUnnamed(in: RelativePath("d"), mode: 0o644)
    #expect(try copy.clone(directory.openFile(RelativePath("source"))))
    #expect(try directory.link(copy, as: RelativePath("d/copy")))
    try copy.synchronize()
    #expect(try directory.contents("d/copy") == bytes)
    #expect(try directory.freeBytes() + (256 << 10) > free)
    try source.write([9].span, at: 0)
    #expect(try directory.contents("d/copy") == bytes)
    #expect(try directory.contents("source") == [9] + bytes.dropFirst())
  }

  @Test func sharedBlocksAreNotFreed() throws {
    guard let mount = try Mount.xfs() else { return skipped("XFS") }
    let directory = try mount.open()
    var random = SeededRandom(seed: 2)
    let file = try directory.put("f", random.bytes(1 << 20))
    try file.synchronize()
    #expect(try file.usage() == FileUsage(owner: geteuid(), names: 1, ownBytes: 1 << 20))
    let copy = try directory.createFile(RelativePath("copy"), mode: 0o644)
    #expect(try copy.clone(file))
    try copy.synchronize()
    #expect(try file.usage().freedBytes == 0)
    #expect(try copy.usage() == FileUsage(owner: geteuid(), names: 1, ownBytes: 0))
    // What is written over is shared no longer.
    try copy.write(random.bytes(256 << 10).span, at: 512 << 10)
    try copy.synchronize()
    #expect(try copy.usage().freedBytes == 256 << 10)
    #expect(try file.usage().freedBytes == 256 << 10)
    #expect(try directory.fileSystemKind() == .local)
  }

  @Test func filesInMemoryAreToldFromThoseOnADisk() throws {
    guard let mount = try Mount.tmpfs(megabytes: 1) else { return skipped("tmpfs") }
    #expect(try mount.open().fileSystemKind() == .memory)
    guard let overlay = try Mount.overlay() else { return skipped("overlay") }
    #expect(try overlay.open().fileSystemKind() == .local)
  }

  private func skipped(_ what: String) {
    print("skipped: no \(what) can be mounted here (root is needed)")
  }
}
