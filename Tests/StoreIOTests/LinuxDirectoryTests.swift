import Foundation
import StoreIO
import StorePrimitives
import Testing

/// Each test runs with every way through the ladders.
@Suite struct LinuxDirectoryTests {
  @Test(arguments: Rungs.all)
  func namesAndReadsBack(rungs: Rungs) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open(rungs)
    #expect(try directory.makeDirectory(RelativePath("a"), mode: 0o755))
    #expect(try directory.makeDirectory(RelativePath("a/b"), mode: 0o755))
    #expect(try directory.makeDirectory(RelativePath("a/b"), mode: 0o755) == false)
    let file = try directory.createUnnamed(in: RelativePath("a/b"), mode: 0o640)
    let bytes = Array("some content".utf8)
    try file.write(bytes.span, at: 0)
    try file.synchronize()
    #expect(try directory.link(file, as: RelativePath("a/b/c")))
    #expect(try directory.link(file, as: RelativePath("a/b/c")) == false)
    #expect(try directory.contents("a/b/c") == bytes)
    let status = try #require(try directory.status(RelativePath("a/b/c")))
    #expect(status == (try file.status()))
    #expect(status.kind == .file && status.mode == 0o640 && status.size == 12)
    try directory.openDirectory(RelativePath("a/b")).synchronize()
  }
}
