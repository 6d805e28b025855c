package import StorePrimitives

extension FileHandle {
  /// Fills `range` of `bytes` from `offset` on; returns the bytes read, fewer at the end of the
  /// file.
  package func read(
    into bytes: inout [UInt8], _ range: Range<Int>, at offset: UInt64
  ) throws(StoreError) -> Int {
    var whole = bytes.mutableSpan
    // The name that Swift 6.3 gives the part of a mutable span until it has a public one.
    var window = whole._mutatingExtracting(range)
    return try read(into: &window, at: offset)
  }

  /// `count` bytes at `offset`; fewer only when the file ends before.
  package func read(_ count: Int, at offset: UInt64) throws(StoreError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    let found = try read(into: &span, at: offset)
    bytes.removeLast(count - found)
    return bytes
  }
}
