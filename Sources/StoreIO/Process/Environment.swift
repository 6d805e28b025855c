import CStoreShims
import Glibc
package import StorePrimitives

/// What surrounds this process. For the program only: the engine is told what it needs.
package enum Environment {
  /// The value of a variable; nil when it is not set. Bytes that are no UTF-8 become U+FFFD.
  package static func value(_ name: String) -> String? {
    bytes(name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The value of a variable as it is, for paths.
  package static func bytes(_ name: String) -> [UInt8]? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe bytes(of: value)
  }

  /// All variables as `NAME=value`, in the order in which they were handed to this process.
  package static var entries: [[UInt8]] {
    var entries: [[UInt8]] = []
    while let entry = unsafe store_environment_entry(UInt(entries.count)) {
      entries.append(unsafe bytes(of: entry))
    }
    return entries
  }

  /// The bytes of the argument of this process that was read as `text`: in text, bytes that are no
  /// UTF-8 have become U+FFFD. Those of `text` where there is no such argument.
  package static func argumentBytes(_ text: String) -> [UInt8] {
    let own = Array(text.utf8)
    guard text.unicodeScalars.contains("\u{fffd}") else { return own }
    for index in 1..<max(Int(CommandLine.argc), 1) {
      guard let argument = unsafe CommandLine.unsafeArgv[index] else { continue }
      let bytes = unsafe bytes(of: argument)
      if String(decoding: bytes, as: UTF8.self) == text { return bytes }
    }
    return own
  }

  /// The absolute path of the current directory.
  package static func currentDirectory() throws(StoreError) -> [UInt8] {
    guard let path = unsafe getcwd(nil, 0) else { throw Outcome.failure(.getcwd, errno).error(".") }
    defer { unsafe free(path) }
    return unsafe bytes(of: path)
  }

  /// The absolute path of what is at `path`, which must exist, without links, `.` and `..`.
  package static func realPath(_ path: [UInt8]) throws(StoreError) -> [UInt8] {
    guard !path.contains(0) else { throw .badPath(path: PathText.escape(path), .nulByte) }
    let real: [UInt8]? = unsafe withCString(path.span) { path in
      guard let real = unsafe realpath(path, nil) else { return nil }
      defer { unsafe free(real) }
      return unsafe bytes(of: real)
    }
    guard let real else { throw Outcome.failure(.realpath, errno).error(PathText.escape(path)) }
    return real
  }

  /// The name of the user: what the session says, else the user database, else the number.
  package static var userName: String {
    for name in ["LOGNAME", "USER"] {
      if let user = value(name), !user.isEmpty { return user }
    }
    return databaseName(of: getuid()) ?? "\(getuid())"
  }

  static func databaseName(of user: uid_t) -> String? {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 << 10) { buffer in
      var entry = unsafe passwd()
      var found: UnsafeMutablePointer<passwd>?
      guard let text = buffer.baseAddress,
        unsafe getpwuid_r(user, &entry, text, buffer.count, &found) == 0,
        unsafe found != nil, let name = unsafe entry.pw_name
      else { return nil }
      return unsafe String(decoding: bytes(of: name), as: UTF8.self)
    }
  }

  /// The number of the user whose rights this process has.
  package static var userNumber: UInt32 { geteuid() }

  /// The name of this machine; empty when it has none.
  package static var hostName: String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let start = buffer.baseAddress, unsafe gethostname(start, buffer.count - 1) == 0
      else { return "" }
      unsafe buffer[buffer.count - 1] = 0
      return unsafe String(decoding: bytes(of: start), as: UTF8.self)
    }
  }

  private static func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }
}
