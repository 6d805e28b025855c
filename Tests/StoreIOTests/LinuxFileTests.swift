import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives
import Testing

@Suite struct LinuxFileTests {
  /// Random writes, cuts and reads do what they do to an array.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func behavesLikeAnArray(seed: UInt64) throws {
    let place = try TemporaryDirectory()
    let file = try place.open().put("f")
    var random = SeededRandom(seed: seed)
    var model: [UInt8] = []
    for _ in 0..<60 {
      let offset = Int.random(in: 0...9000, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0:
        let bytes = random.bytes(Int.random(in: 0...3000, using: &random))
        try file.write(bytes.span, at: UInt64(offset))
        guard !bytes.isEmpty else { continue }
        model += [UInt8](repeating: 0, count: max(0, offset + bytes.count - model.count))
        model.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      case 1:
        try file.truncate(to: UInt64(offset))
        model = Array(model.prefix(offset))
        model += [UInt8](repeating: 0, count: offset - model.count)
      default:
        var buffer = [UInt8](repeating: 0xaa, count: Int.random(in: 0...4000, using: &random))
        var span = buffer.mutableSpan
        let count = try file.read(into: &span, at: UInt64(offset))
        let expected = model.dropFirst(offset).prefix(buffer.count)
        #expect(Array(buffer[..<count]) == Array(expected), "seed \(seed)")
      }
      #expect(try file.status().size == UInt64(model.count), "seed \(seed)")
    }
    file.startWriteback(from: 0, count: UInt64(model.count))
    file.startWriteback(from: .max, count: .max)
    try file.synchronize()
    #expect(try file.contents() == model, "seed \(seed)")
  }

  /// The kernel hands this file out in pieces of about a page.
  @Test func shortReadsAreJoined() throws {
    let file = try LinuxDirectory.open("/proc/self").openFile(RelativePath("smaps"))
    var buffer = [UInt8](repeating: 0, count: 20_000)
    var span = buffer.mutableSpan
    #expect(try file.read(into: &span, at: 0) == 20_000)
    #expect(!buffer.contains(0))
  }

  @Test func offsetsThatNoFileHasAreErrors() throws {
    let place = try TemporaryDirectory()
    let file = try place.open().put("f", [1])
    var buffer = [UInt8](repeating: 0, count: 4)
    for offset in [UInt64(Int64.max) - 1, UInt64(Int64.max), UInt64(Int64.max) + 1, .max] {
      #expect(throws: StoreError.self) { try file.write(buffer.span, at: offset) }
      var span = buffer.mutableSpan
      // The highest offsets of `off_t` are only past the end.
      if let count = try? file.read(into: &span, at: offset) { #expect(count == 0) }
    }
    #expect(throws: StoreError.self) { try file.truncate(to: .max) }
    #expect(try file.contents() == [1])
  }

  @Test func fileForReadingCannotBeWritten() throws {
    let place = try TemporaryDirectory()
    let directory = try place.open()
    try directory.put("f", [1])
    let file = try directory.openFile(RelativePath("f"))
    let error = #expect(throws: StoreError.self) { try file.write([2].span, at: 0) }
    let expected = SystemCallFailure(call: "pwrite", path: "\(place.path)/f", code: EBADF)
    #expect(error == .system(expected))
    #expect(file.displayPath == "\(place.path)/f")
  }

  @Test func readingLeavesTheAccessTime() throws {
    let place = try TemporaryDirectory()
    let directory = try place.open()
    try directory.put("f", [1])
    try #require(output(of: "touch", ["-a", "-d", "2001-01-01", "\(place.path)/f"]) != nil)
    #expect(try directory.contents("f") == [1])
    #expect(output(of: "stat", ["-c", "%x", "\(place.path)/f"])?.hasPrefix("2001-01-01") == true)
  }

  /// Whoever is not root may not ask to leave the access time here.
  @Test func filesOfOthersCanBeRead() throws {
    #expect(try LinuxDirectory.open("/etc").contents("passwd").count > 0)
  }

  @Test(arguments: PathResolution.allCases, ["f", "d/f"])
  func leaseOfAnotherIsWaitedFor(resolution: PathResolution, path: String) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open().using(resolution, .unnamed)
    _ = try directory.makeDirectory(RelativePath("d"), mode: 0o755)
    // What fcntl(2) calls F_SETLEASE and F_GETLEASE, F_WRLCK and F_UNLCK.
    let (setLease, getLease, writing, unlocked): (Int32, Int32, Int32, Int32) = (1024, 1025, 1, 2)
    signal(SIGIO, SIG_IGN)
    _ = try directory.put(path, [1])
    let holder = try #require(
      SystemFileHandle(forWritingAtPath: "\(place.path)/\(path)"))
    try #require(fcntl(holder.fileDescriptor, setLease, writing) == 0)
    let thread = try WorkerThread {
      // Somebody wants the file: the kernel says what is left of the lease.
      while fcntl(holder.fileDescriptor, getLease) == writing { sched_yield() }
      _ = fcntl(holder.fileDescriptor, setLease, unlocked)
    }
    #expect(try directory.contents(path) == [1])
    thread.join()
  }

  @Test func descriptorsAreClosed() throws {
    let place = try TemporaryDirectory()
    let directory = try place.open()
    _ = try directory.makeDirectory(RelativePath("d"), mode: 0o755)
    for rungs in Rungs.all {
      let directory = directory.using(rungs.resolution, rungs.creation)
      for index in 0..<200 {
        let file = try directory.createUnnamed(in: RelativePath("d"), mode: 0o644)
        if index % 50 == 0 { #expect(try directory.link(file, as: RelativePath("d/x"))) }
        _ = try directory.openDirectory(RelativePath("d")).entries()
        _ = try directory.status(RelativePath("d/x/y"))
        if index % 50 == 0 { try directory.removeFile(RelativePath("d/x")) }
      }
    }
    // Other tests have files open meanwhile, so only what lies in this place counts.
    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { fd in
      let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(fd)")
      return target?.hasPrefix(place.path) ?? false
    }
    #expect(open.count <= 1, "\(open.count) of this test are open")
  }
}
