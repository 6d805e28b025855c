import Foundation
import Testing

/// What happens when several run at once, and when one is stopped. One at a time: these take
/// gigabytes of reading.
@Suite("Processes", .serialized)
struct ProcessTests {
  /// Starts the program with Ctrl-C as it is for somebody at a terminal.
  private func start(_ bench: Bench, _ words: String...) throws -> Command {
    try Command(["--default-signal=SIGINT,SIGTERM", Program.path] + words, in: bench.path)
  }

  @Test("eight adds at once into one store: all succeed, all eight pins are there")
  func eightAdds() throws {
    let bench = try Bench(onDisk: true)
    for index in 0..<8 {
      try bench.write("d\(index)/own", random: 300_000, seed: UInt64(index))
      try bench.write("d\(index)/same", random: 300_000, seed: 99)
    }
    let running = try (0..<8).map { try start(bench, "add", "d\($0)") }
    for command in running {
      let finished = try command.finish()
      #expect(finished.status == 0, "\(finished.errors)")
    }
    let pins = try bench.succeed("ls", "--json").objects("pin")
    #expect(pins.map { $0["path"] as? String } == (0..<8).map { "d\($0)" })
    try bench.succeed("fsck", "--full")
    for index in 0..<8 {
      try bench.succeed("restore", "d\(index)", "--to", "out\(index)")
      #expect(bench.isSame("d\(index)", "out\(index)"))
    }
  }

  @Test("four inits at once make one store")
  func fourInits() throws {
    let bench = try Bench(initialised: false)
    let running = try (0..<4).map { _ in try start(bench, "init") }
    for command in running {
      let finished = try command.finish()
      #expect(finished.status == 0, "\(finished.errors)")
    }
    try bench.succeed("fsck", "--full")
  }

  @Test("Ctrl-C stops an add: 130, a good store, and the same command again works")
  func interruptedAdd() throws {
    let bench = try Bench()
    try bench.write("kept", "k")
    try bench.succeed("add", "kept")
    try bench.writeSparse("data/large", 40 << 30)
    for signal in [SIGINT, SIGTERM] {
      let command = try start(bench, "add", "data")
      try #require(command.waitUntil("rchar", is: 100 << 20))
      command.send(signal)
      let finished = try command.finish()
      #expect(finished.status == 130)
      #expect(finished.errors.contains("interrupted"))
      #expect(finished.errors.contains("the same command again"))
      #expect(finished.output.isEmpty)
      try bench.succeed("fsck", "--full")
    }
    #expect(try bench.succeed("ls", "--json").objects("pin").count == 1)
    try bench.writeSparse("data/large", 3 << 20)
    try bench.succeed("add", "data")
    try bench.succeed("fsck", "--full")
    try bench.succeed("restore", "data", "--to", "out")
    #expect(bench.isSame("data", "out"))
  }

  @Test("a second Ctrl-C ends it at once")
  func killedByTwo() throws {
    let bench = try Bench()
    try bench.writeSparse("data", 40 << 30)
    let command = try start(bench, "add", "data")
    try #require(command.waitUntil("rchar", is: 20 << 20))
    // Signals that come together are one, so they are sent until it has had two.
    while command.isRunning { command.send(SIGINT) }
    let finished = try command.finish()
    #expect(finished.status == -SIGINT || finished.status == 130)
    try bench.succeed("fsck", "--full")
  }

  @Test("Ctrl-C stops a checkout: 130, whole files only, and the same command again completes it")
  func interruptedCheckout() throws {
    let bench = try Bench()
    for index in 0..<40 { try bench.writeSparse("data/\(index)", 20 << 20) }
    try bench.succeed("add", "data")
    let pinned = try bench.bytes("reprostore.lock")
    let names = try bench.names()
    try bench.succeed("evict", "data")
    let command = try start(bench, "checkout")
    try #require(command.waitUntil("wchar", is: 30 << 20))
    command.send(SIGINT)
    let finished = try command.finish()
    #expect(finished.status == 130)
    #expect(finished.errors.contains("try: the same command again"))
    let left = try bench.names().filter { $0 != "data" }
    #expect(left == names.filter { $0 != "data" }, "\(left)")
    for name in bench.exists("data") ? try bench.files("data") : [] {
      let attributes = try FileManager.default.attributesOfItem(atPath: bench.full("data/\(name)"))
      #expect(attributes[.size] as? Int == 20 << 20, "\(name)")
      #expect(!name.contains("partial"))
    }
    #expect(try bench.bytes("reprostore.lock") == pinned)
    // What is not there yet is still known to be missing on purpose.
    #expect(try bench.succeed("status").lines.first?.hasPrefix("data  evicted") == true)
    try bench.succeed("checkout")
    try bench.succeed("status", "--exit-code")
  }

  @Test("Ctrl-C stops a restore: 130, and nothing of it is left")
  func interruptedRestore() throws {
    let bench = try Bench()
    try bench.writeSparse("data/large", 400 << 20)
    try bench.write("data/small", "s")
    try bench.succeed("add", "data")
    let command = try start(bench, "restore", "data", "--to", "out")
    try #require(command.waitUntil("wchar", is: 1 << 20))
    command.send(SIGINT)
    let finished = try command.finish()
    #expect(finished.status == 130)
    #expect(finished.errors.contains("interrupted"))
    #expect(try bench.names() == [".reprostore", "data", "reprostore.lock"])
    try bench.succeed("fsck")
    try bench.succeed("restore", "data:small", "--to", "out")
    #expect(try bench.bytes("out/small") == Array("s".utf8))
  }

  @Test("Ctrl-C stops cat and fsck")
  func interruptedReaders() throws {
    let bench = try Bench()
    try bench.writeSparse("large", 400 << 20)
    try bench.succeed("add", "large")
    for words in [["cat", "large"], ["fsck", "--full", "-j", "1"]] {
      let command = try Command(
        ["--default-signal=SIGINT", Program.path] + words, in: bench.path)
      // What is read is the same piece over and over, so bytes tell nothing.
      try #require(command.waitUntilBusy(seconds: 0.1))
      command.send(SIGINT)
      #expect(try command.finish().status == 130)
    }
  }

  @Test("killed in the middle of an add: the next add works, and the store is good")
  func killedAdd() throws {
    let bench = try Bench(onDisk: true)
    try bench.write("kept", random: 100_000)
    try bench.succeed("add", "kept")
    try bench.write("data/small", random: 200_000, seed: 2)
    try bench.write("data/large", random: 30_000_000, seed: 3)
    for bytes in [300_000, 8 << 20, 25 << 20] {
      let command = try start(bench, "add", "data", "-j", "1")
      _ = command.waitUntil("wchar", is: bytes)
      command.send(SIGKILL)
      _ = try command.finish()
      try bench.succeed("fsck", "--full")
      #expect(try bench.succeed("cat", "kept").outputBytes == bench.bytes("kept"))
    }
    try bench.succeed("add", "data")
    try bench.succeed("fsck", "--full")
    try bench.succeed("restore", "data", "--to", "out")
    #expect(bench.isSame("data", "out"))
  }

  @Test("killed in the middle of a restore: the same command again works")
  func killedRestore() throws {
    let bench = try Bench()
    try bench.write("data/large", random: 30_000_000)
    try bench.succeed("add", "data")
    let command = try start(bench, "restore", "data", "--to", "out")
    _ = command.waitUntil("wchar", is: 2 << 20)
    command.send(SIGKILL)
    _ = try command.finish()
    if !bench.exists("out") { try bench.succeed("restore", "data", "--to", "out") }
    #expect(bench.isSame("data", "out"))
  }
}
