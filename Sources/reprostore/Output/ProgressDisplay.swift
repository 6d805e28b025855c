import ArtifactStore
import StoreIO
import StorePrimitives

/// Shows how far a verb is, and lets Ctrl-C stop it.
///
/// A thread looks ten times a second. It draws one line on standard error, only on a terminal, and
/// only once the verb has taken a second; the line is gone when the verb ends.
struct ProgressDisplay {
  private static let intervalMilliseconds = 100
  private static let delay: UInt64 = 1_000_000_000

  /// Runs `body` with a `Progress` that is shown as `verb`.
  static func run<Result>(
    _ verb: String, isShown: Bool,
    _ body: (Progress) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    InterruptSignal.install()
    let progress = Progress()
    let isOver = Monitor(false)
    let isShown = isShown && Style.isTerminal(.error)
    let thread = try WorkerThread {
      watch(progress, ProgressLine(verb: verb), until: isOver, isShown: isShown)
    }
    defer {
      isOver.withLock { $0 = true }
      thread.join()
    }
    return try body(progress)
  }

  private static func watch(
    _ progress: Progress, _ line: ProgressLine, until isOver: Monitor<Bool>, isShown: Bool
  ) {
    let start = MonotonicClock.now()
    var line = line
    var isDrawn = false
    while isOver.wait(milliseconds: intervalMilliseconds, until: { $0 ? true : nil }) == nil {
      if InterruptSignal.isRaised { progress.cancel() }
      let time = MonotonicClock.now() - start
      guard isShown, time >= delay else { continue }
      let text = line.text(of: progress, at: time, columns: StandardStream.error.columns ?? 80)
      // One write, and the rest of the line cleared after it: nothing flickers.
      try? StandardStream.error.write("\r\(text)\u{1b}[K")
      isDrawn = true
    }
    if isDrawn { try? StandardStream.error.write("\r\u{1b}[K") }
  }
}

/// The line that says how far a verb is.
struct ProgressLine {
  /// The time that a rate is taken over, in nanoseconds.
  private static let window: UInt64 = 5_000_000_000
  private static let barColumns = 24

  let verb: String
  /// Bytes done at some times of the last seconds.
  private var samples: [(time: UInt64, bytes: Int)] = []

  init(verb: String) { self.verb = verb }

  /// The line at `time` (nanoseconds since the start), shorter than `columns`.
  mutating func text(of progress: Progress, at time: UInt64, columns: Int) -> String {
    let bytes = progress.bytes
    let rate = rate(at: time, bytes: bytes)
    guard !progress.isCancelled else { return fit(["\(verb): stopping"], columns) }
    let total = progress.totalBytes
    guard total > 0 || progress.totalFiles > 0 else {
      return fit(["\(verb): looking", Words.duration(nanoseconds: time)], columns)
    }
    var parts = [verb]
    if total > 0 {
      let share = min(1, Double(bytes) / Double(total))
      parts.append("\(bar(share)) \(Int(share * 100))%")
      parts.append("\(Words.size(bytes)) of \(Words.size(total))")
    }
    if rate > 0 {
      parts.append("\(Words.size(rate))/s")
      let left = UInt64(max(0, total - bytes)) / UInt64(rate)
      parts.append("\(Words.duration(nanoseconds: max(1, left) * 1_000_000_000)) left")
    }
    parts.append("\(Words.number(progress.files)) of \(Words.files(progress.totalFiles))")
    return fit(parts, columns)
  }

  /// As many of `parts` as fit, at least what fits of the first.
  private func fit(_ parts: [String], _ columns: Int) -> String {
    var line = ""
    for part in parts {
      let next = line.isEmpty ? part : line + "  " + part
      guard next.count < columns else { break }
      line = next
    }
    return line.isEmpty ? String(parts[0].prefix(max(0, columns - 1))) : line
  }

  private func bar(_ share: Double) -> String {
    let full = Int(share * Double(Self.barColumns))
    return "[" + String(repeating: "=", count: full)
      + String(repeating: " ", count: Self.barColumns - full) + "]"
  }

  /// Bytes a second over the last seconds.
  private mutating func rate(at time: UInt64, bytes: Int) -> Int {
    samples.append((time, bytes))
    samples.removeAll { $0.time + Self.window < time }
    guard let first = samples.first, time > first.time else { return 0 }
    return Int(Double(max(0, bytes - first.bytes)) / Double(time - first.time) * 1e9)
  }
}
