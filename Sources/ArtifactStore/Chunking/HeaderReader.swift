import StoreIO
import StorePrimitives

/// Why a layout could not be read: only ever seen inside `FileLayout`.
enum LayoutFailure: Error {
  /// The file is not of the format, is damaged, or has something that the reader does not know.
  case unusable
  /// The file could not be read at all.
  case unreadable(StoreError)
}

/// Reads a range of a file byte by byte through one small buffer, so that a header of any claimed
/// length costs 64 KiB of memory.
struct HeaderReader<File: FileHandle>: ~Copyable {
  /// Bytes that one read asks for at most.
  private static var bufferBytes: Int { 64 << 10 }

  private let file: File
  private var buffer: [UInt8] = []
  private var position = 0
  /// The file's offset behind the bytes in `buffer`.
  private var bufferEnd: UInt64 = 0
  private var end: UInt64 = 0

  /// A reader of nothing; `move` gives it a range.
  init(_ file: File) { self.file = file }

  /// Bytes of the range that are still to come.
  var remaining: UInt64 { end - bufferEnd + UInt64(buffer.count - position) }

  /// Goes to a range of the file; what is behind its end reads as unusable.
  mutating func move(to range: Range<UInt64>) {
    buffer.removeAll(keepingCapacity: true)
    position = 0
    bufferEnd = range.lowerBound
    end = range.upperBound
  }

  /// The next byte, which stays the next.
  mutating func peek() throws(LayoutFailure) -> UInt8 {
    if position == buffer.count { try fill() }
    return buffer[position]
  }

  mutating func next() throws(LayoutFailure) -> UInt8 {
    let byte = try peek()
    position += 1
    return byte
  }

  /// The next `width` bytes, at most 8, as a little-endian number.
  mutating func number(_ width: UInt64) throws(LayoutFailure) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<width { value |= UInt64(try next()) << (8 * index) }
    return value
  }

  /// The next `count` bytes; the caller has bounded `count`.
  mutating func bytes(_ count: Int) throws(LayoutFailure) -> [UInt8] {
    guard UInt64(count) <= remaining else { throw .unusable }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    while result.count < count {
      _ = try peek()
      let taken = min(count - result.count, buffer.count - position)
      result += buffer[position..<position + taken]
      position += taken
    }
    return result
  }

  /// Passes over `count` bytes without reading those that are not buffered.
  mutating func skip(_ count: UInt64) throws(LayoutFailure) {
    guard count <= remaining else { throw .unusable }
    let buffered = UInt64(buffer.count - position)
    guard count > buffered else {
      position += Int(count)
      return
    }
    move(to: bufferEnd + (count - buffered)..<end)
  }

  private mutating func fill() throws(LayoutFailure) {
    let wanted = Int(min(end - bufferEnd, UInt64(Self.bufferBytes)))
    guard wanted > 0 else { throw .unusable }
    let filled: Int
    var bytes = [UInt8](repeating: 0, count: wanted)
    var span = bytes.mutableSpan
    do throws(StoreError) {
      filled = try file.read(into: &span, at: bufferEnd)
    } catch {
      throw .unreadable(error)
    }
    guard filled == wanted else { throw .unusable }
    buffer = bytes
    position = 0
    bufferEnd += UInt64(wanted)
  }
}
