import ArtifactStore

/// How fast content is cut, without reading and hashing it.
enum Speed {
  /// Cuts 256 MiB of random bytes seven times; the best time counts.
  static func measure() -> (scanned: Double, passed: Double) {
    let count = 256 << 20
    var random = Xorshift(state: 0x9e37_79b9_7f4a_7c15)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for _ in 0..<count / 8 {
      let word = random.next()
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
    }
    let chunker = GearChunker(.standard)
    let skipped = chunker.parameters.minimumBytes - GearChunker.window
    var best = Duration.seconds(1_000)
    var chunks = 0
    for _ in 0..<7 {
      chunks = 0
      let time = ContinuousClock().measure {
        var rest = bytes.span
        while let length = chunker.cut(rest, isLast: true) {
          chunks += 1
          rest = rest.extracting(droppingFirst: length)
        }
      }
      best = min(best, time)
    }
    let seconds = best / .seconds(1)
    return (Double(count - chunks * skipped) / seconds, Double(count) / seconds)
  }

  private struct Xorshift {
    var state: UInt64

    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }
}
