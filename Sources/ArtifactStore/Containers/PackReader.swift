package import StoreIO
package import StorePrimitives

/// Reads what a pack says of itself: used to check a pack and to rebuild an index, never on the way
/// of a restore (segments say the same).
package enum PackReader {
  /// The entries of the pack `id`, after its trailer, header, footer and id were checked.
  package static func entries<Directory: DirectoryHandle>(
    of id: PackID, in directory: Directory
  ) throws(StoreError) -> [IndexEntry] {
    let name = ContainerName.pack(id)
    guard let status = try directory.status(name.path) else { throw .missing(name.object) }
    let file = try directory.openFile(name.path)
    let fixed = UInt64(PackFormat.headerBytes + PackFormat.trailerBytes)
    guard status.size >= fixed else { throw .corrupt(name.object, .truncated) }
    let header = try file.read(PackFormat.headerBytes, at: 0)
    let tail = try file.read(
      PackFormat.trailerBytes, at: status.size - UInt64(PackFormat.trailerBytes))
    let trailer = try name.object.parsing { () throws(FormatError) in
      try PackFormat.checkHeader(header)
      return try PackFormat.Trailer(tail, packSize: status.size)
    }
    let footer = try file.read(trailer.footerBytes, at: trailer.footerOffset)
    return try name.object.parsing { () throws(FormatError) in
      var hasher = SHA256Hasher()
      hasher.update(header.span)
      hasher.update(footer.span)
      let found = hasher.finish()
      guard found == id.digest, trailer.id == id else {
        throw .digestMismatch(expected: id.digest, found: found)
      }
      return try PackFormat.entries(
        footer, count: trailer.count, payloadEnd: trailer.footerOffset)
    }
  }
}

extension StoreObject {
  /// Runs a parser over bytes of this object; what it cannot read makes the object corrupt.
  package func parsing<Value>(
    _ parse: () throws(FormatError) -> Value
  ) throws(StoreError) -> Value {
    do {
      return try parse()
    } catch {
      throw .corrupt(self, error)
    }
  }
}
