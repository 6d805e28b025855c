import ArtifactStoreTesting
import Foundation
import StorePrimitives
import Testing

@testable import StoreIO

@Suite struct InterruptSignalTests {
  @Test func firstInterruptIsAFlagTheSecondKills() async {
    await #expect(processExitsWith: .signal(SIGINT)) {
      InterruptSignal.install()
      guard !InterruptSignal.isRaised else { exit(8) }
      kill(getpid(), SIGINT)
      guard comesTrue({ InterruptSignal.isRaised }) else { exit(9) }
      kill(getpid(), SIGINT)
      _ = comesTrue { false }
    }
  }

  @Test func terminationIsAFlagEachTime() async {
    await #expect(processExitsWith: .exitCode(42)) {
      InterruptSignal.install()
      kill(getpid(), SIGTERM)
      guard comesTrue({ InterruptSignal.isRaised }) else { exit(9) }
      kill(getpid(), SIGTERM)
      endAfterSignals()
    }
  }

  @Test func ignoredSignalStaysIgnored() async {
    await #expect(processExitsWith: .exitCode(42)) {
      signal(SIGINT, SIG_IGN)
      InterruptSignal.install()
      kill(getpid(), SIGINT)
      kill(getpid(), SIGTERM)
      guard comesTrue({ InterruptSignal.isRaised }) else { exit(9) }
      kill(getpid(), SIGINT)
      endAfterSignals()
    }
  }
}

/// Asks until the answer is yes, ten seconds at most: signals come to a thread of their own.
private func comesTrue(_ question: () -> Bool) -> Bool {
  let start = MonotonicClock.now()
  while MonotonicClock.now() - start < 10_000_000_000 {
    guard !question() else { return true }
    sched_yield()
  }
  return false
}

/// Exits with 42 when the signals before have done what they do: signals come in the order of their
/// numbers, and the number of SIGCONT is higher than those of SIGINT and SIGTERM.
private func endAfterSignals() {
  signal(SIGCONT) { _ in _exit(42) }
  kill(getpid(), SIGCONT)
  _ = comesTrue { false }
}

@Suite struct StandardStreamTests {
  @Test func closedPipeIsATypedError() async {
    await #expect(processExitsWith: .exitCode(42)) {
      StandardStream.reportBrokenPipes()
      let pipe = Pipe()
      try pipe.fileHandleForReading.close()
      dup2(pipe.fileHandleForWriting.fileDescriptor, STDOUT_FILENO)
      do throws(StoreError) {
        try StandardStream.output.write("nobody reads this")
      } catch {
        let expected = SystemCallFailure(call: "write", path: "standard output", code: EPIPE)
        exit(error == .system(expected) ? 42 : 9)
      }
    }
  }

  @Test func allIsWrittenToASlowNonBlockingPipe() throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
    var random = SeededRandom(seed: 1)
    let bytes = random.bytes(300_000)
    // More than a pipe holds, so the writer has to wait for the reader.
    let thread = try WorkerThread {
      _ = StandardStream.write(bytes.span, to: descriptor)
      try? pipe.fileHandleForWriting.close()
    }
    #expect(Array(pipe.fileHandleForReading.readDataToEndOfFile()) == bytes)
    thread.join()
  }

  @Test func terminalIsToldFromAFile() async {
    await #expect(processExitsWith: .exitCode(42)) {
      guard let file = SystemFileHandle(forWritingAtPath: "/dev/null"),
        // The master side of a terminal of one's own.
        let terminal = SystemFileHandle(forUpdatingAtPath: "/dev/ptmx")
      else { exit(8) }
      dup2(file.fileDescriptor, STDOUT_FILENO)
      dup2(terminal.fileDescriptor, STDERR_FILENO)
      guard !StandardStream.output.isTerminal, StandardStream.error.isTerminal else { exit(9) }
      // A terminal whose size nobody has set has none.
      guard StandardStream.output.columns == nil, StandardStream.error.columns == nil
      else { exit(10) }
      guard output(of: "stty", ["cols", "77"], input: terminal) != nil else { exit(11) }
      exit(StandardStream.error.columns == 77 ? 42 : 12)
    }
  }
}

@Suite struct EnvironmentTests {
  @Test func variables() {
    let all = ProcessInfo.processInfo.environment
    #expect(!all.isEmpty)
    for (name, value) in all { #expect(Environment.value(name) == value) }
    #expect(Environment.value("NO_SUCH_VARIABLE_\(Nonce.random().hex)") == nil)
  }

  @Test func realPathFollowsLinks() throws {
    let place = try TemporaryDirectory()
    let directory = try place.open()
    try directory.put("file")
    #expect(try directory.makeLink(RelativePath([0xff]), target: Array("./file".utf8)))
    let real = try Environment.realPath(Array((place.path + "/").utf8) + [0xff])
    #expect(real == Array("\(place.path)/file".utf8))
    let error = #expect(throws: StoreError.self) {
      try Environment.realPath(Array("\(place.path)/none".utf8))
    }
    let expected = SystemCallFailure(call: "realpath", path: "\(place.path)/none", code: ENOENT)
    #expect(error == .system(expected))
    #expect(throws: StoreError.badPath(path: "\\x00", .nulByte)) { try Environment.realPath([0]) }
  }

  @Test func namesOfPlaceUserAndMachine() throws {
    let here = try Environment.currentDirectory()
    #expect(String(decoding: here, as: UTF8.self) == FileManager.default.currentDirectoryPath)
    #expect(Environment.databaseName(of: 0) == "root")
    #expect(Environment.databaseName(of: 4_000_000_001) == nil)
    #expect(!Environment.userName.isEmpty)
    let host = try #require(output(of: "uname", ["-n"])).split(separator: "\n").first
    #expect(Environment.hostName == host.map(String.init))
  }
}

@Suite struct ClockTests {
  @Test func clocksGoForward() {
    var last = MonotonicClock.now()
    for _ in 0..<1000 {
      let now = MonotonicClock.now()
      #expect(now >= last)
      last = now
    }
  }

  @Test func timeIsTheSystems() {
    let before = Date().timeIntervalSince1970
    let now = Timestamp.now()
    let after = Date().timeIntervalSince1970
    let seconds = Double(now.seconds) + Double(now.nanoseconds) / 1e9
    #expect(seconds >= before - 0.001 && seconds <= after + 0.001)
  }
}
