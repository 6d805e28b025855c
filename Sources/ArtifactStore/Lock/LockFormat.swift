package import StorePrimitives

/// The text of `reprostore.lock`, which git carries and merges.
///
///     reprostore.lock 1
///
///     tree sha256:<64 digits> 1204 52428800 data
///
///     file sha256:<64 digits> 1 1048576 models/best.safetensors
///
/// One line a pin, in path order: kind (`tree`, `file`, `executable`), id, files, bytes, and to the
/// end of the line the path in its escaped form (`PathText`). A blank line stands before each, so
/// that git merges changes of neighbouring pins without a conflict.
package enum LockFormat {
  package static let version = "1"
  private static let title = "reprostore.lock"

  /// The first line.
  package static var header: String { "\(title) \(version)\n" }

  package static func text(of lock: Lock) -> String {
    lock.pins.reduce(into: header) { $0 += "\n" + line(of: $1) + "\n" }
  }

  /// The line of one pin, without its end.
  package static func line(of pin: LockedPin) -> String {
    let kind =
      switch pin.target {
      case .blob(_, _, executable: true): "executable"
      case .blob: "file"
      case .tree, .manifest, .session: "tree"
      }
    let id = pin.target.digest?.hex ?? ""
    return "\(kind) sha256:\(id) \(pin.files) \(pin.bytes) \(pin.path)"
  }

  /// Reads a lock; `path` is for errors. Linear in the bytes.
  ///
  /// - Throws: `StoreError.badLock` with the number of the first bad line.
  package static func parse(_ bytes: [UInt8], path: String) throws(StoreError) -> Lock {
    var lock = Lock()
    var number = 0
    for line in try lines(of: bytes, path: path) {
      number += 1
      guard number > 1 else {
        try checkHeader(line, path: path)
        continue
      }
      guard !line.isEmpty else { continue }
      let pin: LockedPin
      do throws(LockFault) { pin = try self.pin(of: line) } catch {
        throw .badLock(path: path, line: number, error)
      }
      guard lock[pin.path] == nil else { throw .badLock(path: path, line: number, .duplicate) }
      do throws(StoreError) {
        try lock.set(pin)
      } catch {
        guard case .nestedPin(let inner, let outer) = error else { throw error }
        throw .badLock(path: path, line: number, .nested(inner: inner, outer: outer))
      }
    }
    return lock
  }

  /// The lines of a lock, without their ends.
  package static func lines(
    of bytes: [UInt8], path: String
  ) throws(StoreError) -> [Substring] {
    guard bytes.count <= Limits.lockBytes, let text = String(validating: bytes, as: UTF8.self)
    else { throw .badLock(path: path, line: 1, .malformed("it is no text of a fair size")) }
    // Unicode takes "\r\n" for one character, and so splits what git would not.
    return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
      Substring($0.last == "\r" ? $0.dropLast() : $0)
    }
  }

  /// Checks the first line; `number` is for errors.
  package static func checkHeader(
    _ line: Substring, path: String, number: Int = 1
  ) throws(StoreError) {
    let words = line.split(separator: " ")
    guard words.first == Substring(title), words.count == 2 else {
      let fault: LockFault =
        isMarker(line) ? .conflict : .malformed("it must be \(title) \(version)")
      throw .badLock(path: path, line: number, fault)
    }
    guard words[1] == Substring(version) else {
      throw .badLock(
        path: path, line: number, .version(found: String(words[1]), supported: version))
    }
  }

  /// Whether a line is one that git puts around the sides of a conflict.
  package static func isMarker(_ line: Substring) -> Bool {
    ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].contains { line.hasPrefix($0) }
  }

  /// Reads the line of one pin.
  package static func pin(of line: Substring) throws(LockFault) -> LockedPin {
    guard !isMarker(line) else { throw .conflict }
    let words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
    guard words.count == 5 else { throw .malformed("it has no kind, id, files, bytes and path") }
    guard words[1].hasPrefix("sha256:"), let digest = Digest(hex: words[1].dropFirst(7)) else {
      throw .malformed("\(words[1]) is no id")
    }
    guard let files = number(words[2]), let bytes = number(words[3]), bytes < Limits.fileBytes
    else { throw .malformed("the numbers of files and bytes must be decimal") }
    return LockedPin(
      path: try path(words[4]), target: try target(words[0], digest, bytes), files: files,
      bytes: bytes)
  }

  private static func number(_ word: Substring) -> UInt64? {
    word.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      ? UInt64(word) : nil
  }

  private static func path(_ text: Substring) throws(LockFault) -> RelativePath {
    guard let bytes = PathText.unescape(text), let path = try? RelativePath(bytes) else {
      throw .malformed("\(text) is no path")
    }
    let isForbidden = path.components.contains { ForbiddenNames.isForbidden(component: $0) }
    guard !isForbidden, path != Lock.fileName else { throw .malformed("\(path) cannot be pinned") }
    return path
  }

  private static func target(
    _ kind: Substring, _ digest: Digest, _ bytes: UInt64
  ) throws(LockFault) -> RefRecord.Target {
    switch kind {
    case "tree": .tree(TreeID(digest))
    case "file": .blob(BlobID(digest), size: bytes, executable: false)
    case "executable": .blob(BlobID(digest), size: bytes, executable: true)
    default: throw .malformed("\(kind) is no kind of pin")
    }
  }
}
