import CZlib
package import StorePrimitives

/// Compresses to and from zlib streams (RFC 1950) in one call each. Keeps its two contexts, about
/// 256 KiB and 40 KiB, for the next call.
@safe
package struct ZlibCodec: ~Copyable {
  private let deflater: UnsafeMutablePointer<z_stream>
  private let inflater: UnsafeMutablePointer<z_stream>
  /// What the deflater is set up for; nil when it is not.
  private var deflaterLevel: Int?
  private var hasInflater = false

  /// The contexts are made when they are first needed.
  package init() {
    unsafe deflater = .allocate(capacity: 1)
    unsafe inflater = .allocate(capacity: 1)
    unsafe deflater.initialize(to: z_stream())
    unsafe inflater.initialize(to: z_stream())
  }

  deinit {
    if deflaterLevel != nil { unsafe deflateEnd(deflater) }
    if hasInflater { unsafe inflateEnd(inflater) }
    unsafe deflater.deallocate()
    unsafe inflater.deallocate()
  }

  /// Compresses `bytes`, fewer than 2 GiB of them, to the start of `output`, which grows when it
  /// is too short for the worst case and never shrinks. Returns how many bytes of it hold the
  /// stream. `level` is 1 (fast) to 9 (small); others are clamped.
  package mutating func compress(
    _ bytes: Span<UInt8>, into output: inout [UInt8], level: Int
  ) -> Int {
    precondition(bytes.count <= Int(Int32.max), "too long for one zlib call")
    prepareDeflater(min(max(level, 1), 9))
    let bound = unsafe Int(deflateBound(deflater, UInt(bytes.count)))
    if output.count < bound { output = [UInt8](repeating: 0, count: bound) }
    return unsafe ZlibCodec.deflate(deflater, bytes, into: &output)
  }

  private mutating func prepareDeflater(_ level: Int) {
    guard deflaterLevel != level else {
      unsafe deflateReset(deflater)
      return
    }
    if deflaterLevel != nil { unsafe deflateEnd(deflater) }
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    let begun = unsafe deflateInit_(deflater, Int32(level), ZLIB_VERSION, size)
    precondition(begun == Z_OK, "zlib has no memory")
    deflaterLevel = level
  }

  private static func deflate(
    _ stream: UnsafeMutablePointer<z_stream>, _ bytes: Span<UInt8>, into output: inout [UInt8]
  ) -> Int {
    unsafe bytes.withUnsafeBufferPointer { input in
      unsafe output.withUnsafeMutableBufferPointer { output in
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
        let ended = unsafe CZlib.deflate(stream, Z_FINISH)
        precondition(ended == Z_STREAM_END, "zlib needs more than its own bound")
        return unsafe Int(stream.pointee.total_out)
      }
    }
  }

  /// Fills `output`, which has exactly the length that the plain bytes are said to have. `bytes`
  /// must be one whole stream that gives so many, no fewer and no more.
  package mutating func decompress(
    _ bytes: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(FormatError) {
    guard bytes.count <= Int(Int32.max), output.count <= Int(Int32.max) else {
      throw .malformed("zlib: too long")
    }
    prepareInflater()
    let code = unsafe ZlibCodec.inflate(inflater, bytes, into: &output)
    let missing = unsafe inflater.pointee.avail_out
    let unread = unsafe inflater.pointee.avail_in
    switch code {
    case Z_STREAM_END:
      guard missing == 0 else { throw .malformed("zlib: fewer bytes than promised") }
      guard unread == 0 else { throw .malformed("zlib: bytes after the end") }
    case Z_OK, Z_BUF_ERROR:
      guard unread > 0 else { throw .truncated }
      throw .malformed("zlib: more bytes than promised")
    case Z_MEM_ERROR: preconditionFailure("zlib has no memory")
    default: throw .malformed("zlib: damaged stream")
    }
  }

  private mutating func prepareInflater() {
    guard !hasInflater else {
      unsafe inflateReset(inflater)
      return
    }
    let size = unsafe Int32(MemoryLayout<z_stream>.size)
    let begun = unsafe inflateInit_(inflater, ZLIB_VERSION, size)
    precondition(begun == Z_OK, "zlib has no memory")
    hasInflater = true
  }

  /// One call does it all: the whole input is there and the output is as long as it may get.
  private static func inflate(
    _ stream: UnsafeMutablePointer<z_stream>, _ bytes: Span<UInt8>,
    into output: inout MutableSpan<UInt8>
  ) -> Int32 {
    // zlib refuses a null pointer even for no bytes.
    var nothing: UInt8 = 0
    return unsafe withUnsafeMutablePointer(to: &nothing) { nothing in
      unsafe bytes.withUnsafeBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
          unsafe stream.pointee.avail_in = UInt32(input.count)
          unsafe stream.pointee.next_out = output.baseAddress ?? nothing
          unsafe stream.pointee.avail_out = UInt32(output.count)
          return unsafe CZlib.inflate(stream, Z_FINISH)
        }
      }
    }
  }
}

/// The contexts have one owner and zlib ties them to no thread.
extension ZlibCodec: @unchecked Sendable {}
