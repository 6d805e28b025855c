import CZstd
package import StorePrimitives

/// Compresses to and from Zstandard frames (RFC 8878) in one call each. Keeps its two contexts
/// for the next call.
@safe
package struct ZstdCodec: ~Copyable {
  private let compressor: OpaquePointer
  private let decompressor: OpaquePointer

  /// Larger windows than 2^27 bytes are what other decoders refuse by default as well.
  static let windowLogLimit = 27

  /// Traps when the system has no memory for the contexts.
  package init() {
    guard let compressor = unsafe ZSTD_createCCtx(), let decompressor = unsafe ZSTD_createDCtx()
    else { preconditionFailure("zstd has no memory") }
    unsafe self.compressor = unsafe compressor
    unsafe self.decompressor = unsafe decompressor
  }

  deinit {
    unsafe ZSTD_freeCCtx(compressor)
    unsafe ZSTD_freeDCtx(decompressor)
  }

  /// Compresses `bytes` to the start of `output`, which grows when it is too short for the worst
  /// case and never shrinks. Returns how many bytes of it hold the frame. The frame says its
  /// plain length and has no checksum: what is stored is addressed by its SHA-256. `level` is 1
  /// (fast) to 19 (small); others are clamped.
  package mutating func compress(
    _ bytes: Span<UInt8>, into output: inout [UInt8], level: Int
  ) -> Int {
    let bound = ZSTD_compressBound(bytes.count)
    if output.count < bound { output = [UInt8](repeating: 0, count: bound) }
    let level = Int32(min(max(level, 1), 19))
    let set = unsafe ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, level)
    precondition(ZSTD_isError(set) == 0, "zstd refuses a level")
    let count = unsafe bytes.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe ZSTD_compress2(
          compressor, output.baseAddress, output.count, input.baseAddress, input.count)
      }
    }
    precondition(ZSTD_isError(count) == 0, "zstd has no memory")
    return count
  }

  /// Fills `output`, which has exactly the length that the plain bytes are said to have. `bytes`
  /// must be one whole frame that gives so many, no fewer and no more. Nothing is allocated: the
  /// output serves as the window.
  package mutating func decompress(
    _ bytes: Span<UInt8>, into output: inout MutableSpan<UInt8>
  ) throws(FormatError) {
    try ZstdCodec.checkHeader(bytes)
    let length = unsafe bytes.withUnsafeBytes {
      unsafe ZSTD_findFrameCompressedSize($0.baseAddress, $0.count)
    }
    guard ZSTD_isError(length) == 0 else { throw ZstdCodec.failure(length) }
    guard length == bytes.count else { throw .malformed("zstd: bytes after the end") }
    let count = unsafe bytes.withUnsafeBytes { input in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe ZSTD_decompressDCtx(
          decompressor, output.baseAddress, output.count, input.baseAddress, input.count)
      }
    }
    guard ZSTD_isError(count) == 0 else { throw ZstdCodec.failure(count) }
    guard count == output.count else { throw .malformed("zstd: fewer bytes than promised") }
  }

  /// Lets frames through only: the library would skip what it may skip and decode the formats of
  /// before 2016 too. Checks the window (RFC 8878, 3.1.1.1.2).
  private static func checkHeader(_ bytes: Span<UInt8>) throws(FormatError) {
    guard bytes.count >= 6 else { throw .truncated }
    guard bytes[0] == 0x28, bytes[1] == 0xb5, bytes[2] == 0x2f, bytes[3] == 0xfd else {
      throw .wrongMagic(expected: "zstd")
    }
    let isSingleSegment = bytes[4] & 0x20 != 0
    guard isSingleSegment || Int(bytes[5] >> 3) + 10 <= windowLogLimit else {
      throw .malformed("zstd: window too large")
    }
  }

  private static func failure(_ code: Int) -> FormatError {
    guard let name = unsafe ZSTD_getErrorName(code) else { return .malformed("zstd") }
    return unsafe .malformed("zstd: \(String(cString: name))")
  }
}

/// The contexts have one owner and zstd ties them to no thread.
extension ZstdCodec: @unchecked Sendable {}
