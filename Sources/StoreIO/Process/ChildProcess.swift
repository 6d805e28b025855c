import CStoreShims
import Glibc
package import StorePrimitives

/// Another program that runs to its end while this thread waits for it.
package enum ChildProcess {
  /// What a program left.
  package struct Finished: Sendable {
    /// Its exit code; minus the number of the signal that ended it.
    package let status: Int32
    /// All that it wrote to standard output.
    package let output: [UInt8]
    /// The beginning of what it wrote to standard error: 1 MiB at most.
    package let errors: [UInt8]
  }

  private static let messageBytes = 1 << 20
  /// How long an interrupt may go unnoticed, in milliseconds.
  private static let pause: Int32 = 200

  /// Runs `words`, a program that PATH leads to and its arguments, and returns what it left.
  ///
  /// - Parameters:
  ///   - environment: its variables as `NAME=value`.
  ///   - input: what it can read from standard input.
  ///   - limit: for the bytes of its output: a program that writes more is ended, and nil returned.
  /// - Throws: `StoreError.system` of `posix_spawnp` when there is no such program (`ENOENT`),
  ///   `interrupted` when the user asked to stop: the program is asked to stop as well.
  package static func run(
    _ words: [[UInt8]], environment: [[UInt8]], input: [UInt8] = [], limit: Int
  ) throws(StoreError) -> Finished? {
    for word in words + environment where word.contains(0) {
      throw .badPath(path: PathText.escape(word), .nulByte)
    }
    // A child may end without having read all; that must not be the end of this process too.
    store_ignore_broken_pipe()
    var streams = try Streams(input)
    let child = try start(words, environment, &streams)
    let isWhole: Bool
    do throws(StoreError) {
      isWhole = try streams.exchange(limit: limit)
    } catch {
      _ = kill(child, SIGTERM)
      streams.close()
      _ = try wait(for: child)
      throw error
    }
    if !isWhole { _ = kill(child, SIGTERM) }
    streams.close()
    let status = try wait(for: child)
    // The terminal sends Ctrl-C to the child as well, which may be the first to end by it.
    if status < 0, InterruptSignal.isRaised { throw .interrupted }
    guard isWhole else { return nil }
    return Finished(status: status, output: streams.output, errors: streams.errors)
  }

  private static func start(
    _ words: [[UInt8]], _ environment: [[UInt8]], _ streams: inout Streams
  ) throws(StoreError) -> pid_t {
    var child: pid_t = 0
    let (input, output, errors) = streams.theirs
    let code = unsafe withCStrings(words) { words in
      unsafe withCStrings(environment) { environment in
        unsafe store_spawn(&child, words, environment, input, output, errors)
      }
    }
    streams.closeTheirs()
    guard code == 0 else {
      throw Outcome.failure(.posix_spawnp, code).error(PathText.escape(words.first ?? []))
    }
    return child
  }

  /// A process that was started with SIGCHLD ignored is not told how its children end: an error,
  /// for no answer must not be taken for success.
  private static func wait(for child: pid_t) throws(StoreError) -> Int32 {
    var status: Int32 = 0
    try attempt(.waitpid) { unsafe waitpid(child, &status, 0) }.get("a child")
    return store_exit_status(status)
  }

  /// Lends `texts` to C as an array of strings that ends in NULL.
  private static func withCStrings<Result>(
    _ texts: [[UInt8]], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { text in
      unsafe withCString(text.span) { unsafe strdup($0) }
    }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("an array without NULL") }
      return unsafe body(start)
    }
  }

  /// The pipes between this process and a child, and what went through them.
  private struct Streams: ~Copyable {
    private let input: [UInt8]
    private var written = 0
    private(set) var output: [UInt8] = []
    private(set) var errors: [UInt8] = []
    private var inputPipe = Pipe()
    private var outputPipe = Pipe()
    private var errorPipe = Pipe()

    init(_ input: [UInt8]) throws(StoreError) {
      self.input = input
      try inputPipe.open()
      try outputPipe.open()
      try errorPipe.open()
      if store_set_nonblocking(inputPipe.writing) != 0 {
        throw Outcome.failure(.pipe2, errno).error("a pipe")
      }
      if input.isEmpty { inputPipe.closeWriting() }
    }

    /// The ends of the child.
    var theirs: (Int32, Int32, Int32) {
      (inputPipe.reading, outputPipe.writing, errorPipe.writing)
    }

    mutating func closeTheirs() {
      inputPipe.closeReading()
      outputPipe.closeWriting()
      errorPipe.closeWriting()
    }

    mutating func close() {
      inputPipe.close()
      outputPipe.close()
      errorPipe.close()
    }

    /// Writes and reads until the child has closed its ends. False when it has written more than
    /// `limit` bytes.
    mutating func exchange(limit: Int) throws(StoreError) -> Bool {
      while outputPipe.reading >= 0 || errorPipe.reading >= 0 {
        guard !InterruptSignal.isRaised else { throw .interrupted }
        // A negative number is passed over.
        var requests = [
          pollfd(fd: inputPipe.writing, events: Int16(POLLOUT), revents: 0),
          pollfd(fd: outputPipe.reading, events: Int16(POLLIN), revents: 0),
          pollfd(fd: errorPipe.reading, events: Int16(POLLIN), revents: 0),
        ]
        let found = unsafe poll(&requests, nfds_t(requests.count), ChildProcess.pause)
        guard found >= 0 || errno == EINTR else {
          throw Outcome.failure(.poll, errno).error("a pipe")
        }
        guard found > 0 else { continue }
        if requests[0].revents != 0 { write() }
        if requests[1].revents != 0 {
          let isOpen = try Self.read(outputPipe.reading, into: &output)
          if !isOpen { outputPipe.closeReading() }
          guard output.count <= limit else { return false }
        }
        if requests[2].revents != 0 {
          var bytes: [UInt8] = []
          if try !Self.read(errorPipe.reading, into: &bytes) { errorPipe.closeReading() }
          errors += bytes.prefix(ChildProcess.messageBytes - errors.count)
        }
      }
      return true
    }

    /// Writes as much as there is room for. A child that reads no more is no error: its exit code
    /// tells what came of it.
    private mutating func write() {
      let outcome = attempt(.write) {
        unsafe input.span.extracting(written...).withUnsafeBytes {
          unsafe Glibc.write(inputPipe.writing, $0.baseAddress, $0.count)
        }
      }
      if !outcome.failed { written += outcome.value }
      let isWaiting = outcome.code == EAGAIN
      if written == input.count || (outcome.failed && !isWaiting) { inputPipe.closeWriting() }
    }

    /// Reads what is there; false at the end.
    private static func read(
      _ descriptor: Int32, into bytes: inout [UInt8]
    ) throws(StoreError) -> Bool {
      let room = 64 << 10
      let start = bytes.count
      var count = 0
      var failure: StoreError?
      bytes += [UInt8](repeating: 0, count: room)
      let outcome = attempt(.read) {
        unsafe bytes.withUnsafeMutableBytes {
          unsafe Glibc.read(descriptor, $0.baseAddress.map { unsafe $0 + start }, room)
        }
      }
      if outcome.failed { failure = outcome.error("a pipe") } else { count = outcome.value }
      bytes.removeLast(room - count)
      if let failure { throw failure }
      return count > 0
    }
  }

  /// Both ends of a pipe; -1 for one that is closed.
  private struct Pipe: ~Copyable {
    private(set) var reading: Int32 = -1
    private(set) var writing: Int32 = -1

    mutating func open() throws(StoreError) {
      var ends: (Int32, Int32) = (-1, -1)
      let code = unsafe withUnsafeMutableBytes(of: &ends) {
        unsafe store_pipe($0.assumingMemoryBound(to: Int32.self).baseAddress)
      }
      guard code == 0 else { throw Outcome.failure(.pipe2, errno).error("a pipe") }
      (reading, writing) = ends
    }

    mutating func closeReading() {
      if reading >= 0 { _ = Glibc.close(reading) }
      reading = -1
    }

    mutating func closeWriting() {
      if writing >= 0 { _ = Glibc.close(writing) }
      writing = -1
    }

    mutating func close() {
      closeReading()
      closeWriting()
    }

    deinit {
      if reading >= 0 { _ = Glibc.close(reading) }
      if writing >= 0 { _ = Glibc.close(writing) }
    }
  }
}
