import CStoreShims
import Glibc
import StorePrimitives

/// Reads the entries of a directory with `getdents64`, 32 KiB a call.
enum DirectoryListing {
  private static let bufferBytes = 32 << 10

  /// All entries but `.` and `..`. The caller sees to it that nobody else reads `descriptor`
  /// meanwhile: its position is shared.
  static func read(_ descriptor: Int32, path: @autoclosure () -> String) throws(StoreError)
    -> [DirectoryEntry]
  {
    try attempt(.lseek) { lseek(descriptor, 0, SEEK_SET) }.get(path())
    var entries: [DirectoryEntry] = []
    var buffer = [UInt8](repeating: 0, count: bufferBytes)
    while true {
      let count = try fill(&buffer, from: descriptor).get(path())
      guard count > 0 else { return entries }
      append(buffer.span.extracting(0..<count), to: &entries)
    }
  }

  private static func fill(_ buffer: inout [UInt8], from descriptor: Int32) -> Outcome {
    unsafe buffer.withUnsafeMutableBytes { bytes in
      attempt(.getdents64) {
        unsafe store_getdents(descriptor, bytes.baseAddress, UInt(bytes.count))
      }
    }
  }

  /// `struct linux_dirent64`: inode (8 bytes), position (8), record length (2), type (1), name
  /// with NUL and padding.
  private static func append(_ records: Span<UInt8>, to entries: inout [DirectoryEntry]) {
    let nameOffset = 19
    var start = 0
    while start + nameOffset < records.count {
      let length = Int(records[start + 16]) | Int(records[start + 17]) << 8
      guard length > nameOffset, start + length <= records.count else { return }
      let name = text(records.extracting((start + nameOffset)..<(start + length)))
      if !isDots(name) {
        entries.append(DirectoryEntry(name: name, kind: FileKind(entryType: records[start + 18])))
      }
      start += length
    }
  }

  private static func text(_ field: Span<UInt8>) -> [UInt8] {
    var name: [UInt8] = []
    name.reserveCapacity(field.count)
    for index in field.indices {
      guard field[index] != 0 else { break }
      name.append(field[index])
    }
    return name
  }

  private static func isDots(_ name: [UInt8]) -> Bool {
    name.count <= 2 && name.allSatisfy { $0 == UInt8(ascii: ".") }
  }
}
