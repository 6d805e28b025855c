package import StorePrimitives

/// What a file may hold that should not be shared, going by its name.
package enum SecretKind: Hashable, Sendable, CaseIterable {
  /// `.env`, `.env.production`: variables of a process, often with passwords.
  case environment
  /// `*.pem`: a certificate or its private key.
  case pem
  /// `id_rsa`, `id_ed25519`, `id_deploy.key`: a private key of SSH.
  case privateKey
  /// `credentials`, `credentials.json`: as cloud tools write them.
  case credentials
}

/// File names that deserve a warning before the file is stored. A name proves nothing: this never
/// refuses anything, and what it does not know it lets pass.
package enum SuspiciousNames {
  /// Why the last component of `path` is suspicious; nil when it is not. ASCII case is ignored.
  /// Linear in the name; most names are let pass on their first and last byte.
  package static func reason(for path: RelativePath) -> SecretKind? {
    let name = path.name
    guard let first = name.first, let last = name.last, mayMatch(first | 0x20, last | 0x20) else {
      return nil
    }
    let lowered = String(decoding: name.map(lowercased), as: UTF8.self)
    if isEnvironment(lowered) { return .environment }
    if lowered.hasSuffix(".pem") { return .pem }
    if isPrivateKey(lowered) { return .privateKey }
    return lowered.hasPrefix("credentials") ? .credentials : nil
  }

  private static func mayMatch(_ first: UInt8, _ last: UInt8) -> Bool {
    switch first {
    case UInt8(ascii: "."), UInt8(ascii: "i"), UInt8(ascii: "c"): true
    default: last == UInt8(ascii: "m")
    }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    UInt8(ascii: "A") <= byte && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }

  /// Not the templates that projects share on purpose: `.env.example`, `.env.local.sample`.
  private static func isEnvironment(_ name: String) -> Bool {
    guard name == ".env" || name.hasPrefix(".env.") else { return false }
    return ![".example", ".sample", ".template"].contains { name.hasSuffix($0) }
  }

  /// The default names of `ssh-keygen` with any ending but `.pub` (`id_rsa.bak`); other `id_` names
  /// only where a key has no ending, or `.key`, and with a letter next, so that neither `id_0001`
  /// nor `id_card.jpg` is one.
  private static func isPrivateKey(_ name: String) -> Bool {
    guard name.hasPrefix("id_"), !name.hasSuffix(".pub") else { return false }
    let parts = name.dropFirst(3).split(
      separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let key = parts[0]
    if ["rsa", "dsa", "ecdsa", "ed25519", "ecdsa_sk", "ed25519_sk"].contains(key) { return true }
    guard let letter = key.utf8.first, UInt8(ascii: "a") <= letter, letter <= UInt8(ascii: "z")
    else { return false }
    return parts.count == 1 || parts[1] == "key"
  }
}
