import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

extension DirectoryHandle {
  /// Makes the file `path` with `bytes`; by `fsync` durable when asked for, its name not.
  @discardableResult
  func put(_ path: String, _ bytes: [UInt8], synchronized: Bool = false) throws -> File {
    let file = try createFile(RelativePath(path), mode: 0o644)
    try file.write(bytes, at: 0)
    if synchronized { try file.synchronize() }
    return file
  }

  /// All of the file `path`.
  func get(_ path: String) throws -> [UInt8] { try openFile(RelativePath(path)).all() }

  /// Makes the entries of the directory `path` durable.
  func synchronize(_ path: String) throws {
    try openDirectory(RelativePath(path)).synchronize()
  }
}

extension FileHandle {
  func write(_ bytes: [UInt8], at offset: UInt64) throws(StoreError) {
    try write(bytes.span, at: offset)
  }

  /// All bytes, read in two calls so that offsets count.
  func all() throws -> [UInt8] {
    let size = Int(try status().size)
    return try read(0, size / 3) + read(size / 3, size - size / 3 + 7)
  }

  /// What a read of `count` bytes at `offset` gives; its buffer was not zeros before.
  func read(_ offset: Int, _ count: Int) throws(StoreError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0xee, count: count)
    var span = buffer.mutableSpan
    let found = try read(into: &span, at: UInt64(offset))
    return Array(buffer.prefix(found))
  }
}

/// The `errno` with which `body` fails; nil when it does not, or not in a system call.
func errorCode(_ body: () throws -> Void) -> Int32? {
  do {
    try body()
    return nil
  } catch {
    guard case .system(let failure)? = error as? StoreError else { return nil }
    return failure.code
  }
}

/// `count` bytes that are not zero and differ from their neighbours.
func pattern(_ count: Int, from start: UInt8 = 1) -> [UInt8] {
  (0..<count).map { UInt8(($0 + Int(start) - 1) % 255 + 1) }
}
