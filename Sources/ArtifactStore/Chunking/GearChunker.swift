import StorePrimitives

/// The three lengths that a content-defined chunker keeps to.
///
/// Chunk lengths past the minimum are exponential: each position cuts with the probability
/// `1 / (meanBytes - minimumBytes)`.
package struct ChunkerParameters: Hashable, Sendable {
  /// The shortest chunk but the last of a blob, in bytes.
  package let minimumBytes: Int
  /// The mean length of a chunk of random bytes, in bytes, apart from what the maximum takes off.
  package let meanBytes: Int
  /// The longest chunk, in bytes; a chunk without a cut of its own ends there.
  package let maximumBytes: Int

  /// Traps unless `1 <= minimum`, `minimum + 2 <= mean` and `mean <= maximum`: the parameters are
  /// constants of a format, never input.
  package init(minimumBytes: Int, meanBytes: Int, maximumBytes: Int) {
    precondition(minimumBytes >= 1, "a chunk has a byte")
    precondition(meanBytes - minimumBytes >= 2, "a cut needs a chance below one")
    precondition(maximumBytes >= meanBytes, "the mean is at most the maximum")
    self.minimumBytes = minimumBytes
    self.meanBytes = meanBytes
    self.maximumBytes = maximumBytes
  }

  /// The parameters of `ChunkerID.gear64v1`: 32 KiB, 64 KiB, 256 KiB.
  ///
  /// A minimum of half the mean skips half of the bytes and, at an equal mean, finds as much again
  /// as normalized chunking; with the maximum at four times the mean about 0.1 % of the cuts are
  /// forced (D. Baarda, "rollsum-chunking"; our own comparison is in docs/benchmarks.md).
  package static let standard = ChunkerParameters(
    minimumBytes: 32 << 10, meanBytes: 64 << 10, maximumBytes: 256 << 10)
}

/// Cuts bytes where their content says so, so that a cut finds its place again after an edit.
///
/// The hash is Gear (see `GearTable`): for each byte it moves one bit left and adds the byte's
/// table entry, so after 64 bytes the older ones are gone. A chunk of `n` bytes ends where the hash
/// of its last `window` bytes is below 2^64 / (mean - minimum), `n` from the minimum on. The hash
/// starts at zero 64 bytes before the shortest cut, or at the chunk's start when the minimum is
/// below 64: then a cut nearer than 64 bytes to the start depends on the bytes since the start.
/// So cuts depend on nothing but the chunk's start and the 64 bytes before the cut.
package struct GearChunker: Hashable, Sendable {
  /// Bytes that the hash looks back: one for each of its bits.
  package static let window = 64

  package let parameters: ChunkerParameters
  /// A hash below it is a cut: floor(2^64 / (mean - minimum)).
  package let threshold: UInt64

  package init(_ parameters: ChunkerParameters) {
    self.parameters = parameters
    let target = UInt64(parameters.meanBytes - parameters.minimumBytes)
    self.threshold = target.dividingFullWidth((high: 1, low: 0)).quotient
  }

  /// The length of the first chunk of `bytes`, a pure function of them.
  ///
  /// Nil when `bytes` is empty, and when no cut is known yet: fewer than `maximumBytes` bytes are
  /// there, none of them cuts, and `isLast` is false. A caller that always offers `maximumBytes`
  /// bytes, or all that is left, gets an answer each time and no byte is scanned twice.
  package func cut(_ bytes: Span<UInt8>, isLast: Bool) -> Int? {
    let available = min(bytes.count, parameters.maximumBytes)
    if available >= parameters.minimumBytes,
      let length = firstCut(in: bytes.extracting(first: available))
    {
      return length
    }
    guard available < parameters.maximumBytes else { return available }
    return isLast && available > 0 ? available : nil
  }

  /// The first length from the minimum on at which the hash cuts.
  private func firstCut(in bytes: Span<UInt8>) -> Int? {
    let values = GearTable.values
    let table = values.span
    let firstTested = parameters.minimumBytes - 1
    var hash: UInt64 = 0
    for index in max(0, parameters.minimumBytes - GearChunker.window)..<firstTested {
      hash = (hash &<< 1) &+ table[Int(bytes[index])]
    }
    let tested = bytes.extracting(droppingFirst: firstTested)
    guard let index = firstBelow(threshold, in: tested, after: hash, table) else { return nil }
    return firstTested + index + 1
  }

  /// The index of the first byte of `bytes` after which the hash is below `threshold`.
  ///
  /// 2.3 GB/s (docs/benchmarks.md: EPYC Zen 3, Swift 6.3.1). One byte a step runs at 1.4 GB/s,
  /// since LLVM makes the step two dependent additions; gcc, which makes it one, reaches 3.0 GB/s
  /// in C with the loop unrolled, clang 1.6. So blocks of six bytes: the sums of three table
  /// entries do not wait for the hash, and the hash then needs one step for three.
  private func firstBelow(
    _ threshold: UInt64, in bytes: Span<UInt8>, after start: UInt64, _ table: Span<UInt64>
  ) -> Int? {
    precondition(table.count == 256, "lets the compiler drop the bounds check of each look-up")
    var hash = start
    var index = 0
    while bytes.count - index >= 6 {
      let block = bytes.extracting(index..<index + 6)
      let first = table[Int(block[0])]
      let second = (first &<< 1) &+ table[Int(block[1])]
      let third = (second &<< 1) &+ table[Int(block[2])]
      let fourth = table[Int(block[3])]
      let fifth = (fourth &<< 1) &+ table[Int(block[4])]
      let sixth = (fifth &<< 1) &+ table[Int(block[5])]
      let middle = (hash &<< 3) &+ third
      let end = (middle &<< 3) &+ sixth
      if (hash &<< 1) &+ first < threshold || (hash &<< 2) &+ second < threshold
        || middle < threshold || (middle &<< 1) &+ fourth < threshold
        || (middle &<< 2) &+ fifth < threshold || end < threshold
      {
        break
      }
      hash = end
      index += 6
    }
    for last in index..<bytes.count {
      hash = (hash &<< 1) &+ table[Int(bytes[last])]
      if hash < threshold { return last }
    }
    return nil
  }
}
