import COpenSSL
package import StorePrimitives

/// Computes SHA-256 (FIPS 180-4) with OpenSSL, which uses the instructions the processor has for
/// it. One context serves any number of digests, one after the other.
@safe
package struct SHA256Hasher: ~Copyable {
  private let context: OpaquePointer
  /// Whether bytes have come since the last `finish`.
  private var isFed = false

  /// Allocates a context; traps when the system has no memory for it.
  package init() {
    guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("no memory") }
    unsafe self.context = unsafe context
    let begun = unsafe EVP_DigestInit_ex2(context, SHA256.algorithm, nil)
    precondition(begun == 1, "OpenSSL has no SHA-256")
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  /// Adds `bytes` to what is hashed.
  package mutating func update(_ bytes: Span<UInt8>) {
    isFed = true
    let updated = unsafe bytes.withUnsafeBytes {
      unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count)
    }
    precondition(updated == 1, "OpenSSL refused bytes")
  }

  /// The digest of all bytes since the last `finish`; the next one starts with nothing.
  package mutating func finish() -> Digest {
    let digest = unsafe SHA256Hasher.finish(context)
    restart()
    return digest
  }

  /// The digest of `bytes` alone. Bytes that were added before and not finished are dropped.
  package mutating func digest(of bytes: Span<UInt8>) -> Digest {
    if isFed { restart() }
    update(bytes)
    return finish()
  }

  /// The digest of all bytes so far. More can follow.
  package borrowing func snapshot() -> Digest {
    guard let copy = unsafe EVP_MD_CTX_new() else { preconditionFailure("no memory") }
    defer { unsafe EVP_MD_CTX_free(copy) }
    let copied = unsafe EVP_MD_CTX_copy_ex(copy, context)
    precondition(copied == 1, "OpenSSL cannot copy a digest")
    return unsafe SHA256Hasher.finish(copy)
  }

  private mutating func restart() {
    isFed = false
    // Without an algorithm the one of the last call stays.
    let begun = unsafe EVP_DigestInit_ex2(context, nil, nil)
    precondition(begun == 1, "OpenSSL cannot start a digest")
  }

  private static func finish(_ context: OpaquePointer) -> Digest {
    var bytes = InlineArray<32, UInt8>(repeating: 0)
    var span = bytes.mutableSpan
    let finished = unsafe span.withUnsafeMutableBufferPointer {
      unsafe EVP_DigestFinal_ex(context, $0.baseAddress, nil)
    }
    precondition(finished == 1, "OpenSSL cannot finish a digest")
    return Digest(bytes.span)
  }
}

/// The context has one owner and OpenSSL ties it to no thread, so it may move between threads.
extension SHA256Hasher: @unchecked Sendable {}

/// SHA-256 of bytes that are all there. For many digests keep a `SHA256Hasher`.
package enum SHA256 {
  /// Looked up once: `EVP_sha256()` would make OpenSSL search its providers for each digest.
  /// OpenSSL never changes it, so all threads may use it.
  fileprivate nonisolated(unsafe) static let algorithm: OpaquePointer? =
    unsafe EVP_MD_fetch(nil, "SHA256", nil)

  package static func digest(of bytes: [UInt8]) -> Digest { digest(of: bytes.span) }

  package static func digest(of bytes: Span<UInt8>) -> Digest {
    var hasher = SHA256Hasher()
    return hasher.digest(of: bytes)
  }
}
