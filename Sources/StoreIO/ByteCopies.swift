/// Copies between spans and arrays in one `memcpy`; the standard library has them byte by byte.
extension [UInt8] {
  /// Appends `bytes`.
  package mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// Makes the array `count` long; bytes that come new are zero. Keeps its memory.
  package mutating func resize(to count: Int) {
    if self.count > count {
      removeLast(self.count - count)
    } else if self.count < count {
      append(contentsOf: repeatElement(0, count: count - self.count))
    }
  }

  /// Replaces the first bytes by `bytes`; traps when there are fewer.
  package mutating func replaceStart(with bytes: Span<UInt8>) {
    precondition(bytes.count <= count, "more bytes than the array has")
    unsafe withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }
  }
}

extension MutableSpan<UInt8> {
  /// Copies `source`, which must have the same length.
  package mutating func copy(from source: Span<UInt8>) {
    precondition(source.count == count, "lengths must agree")
    unsafe withUnsafeMutableBytes { target in
      unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    }
  }
}
