package import StorePrimitives

/// One path of a directory version.
///
/// What a tree keeps of a file: its path, whether it may be executed, its size and its bytes. No
/// times, no owner, no other mode bits: the same content has the same tree id everywhere.
package struct TreeEntry: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    /// Size in bytes.
    case file(BlobID, size: UInt64, executable: Bool)
    /// The target as it stands in the link.
    case symbolicLink(target: [UInt8])
    /// Directories are implied by the paths in them; this one has none.
    case emptyDirectory
  }

  package let path: RelativePath
  package let content: Content

  package init(path: RelativePath, content: Content) {
    self.path = path
    self.content = content
  }

  /// Bytes of the file; 0 for anything else.
  package var size: UInt64 {
    guard case .file(_, let size, _) = content else { return 0 }
    return size
  }

  // The value of the entry: mode u8, then by mode. 1 file and 2 executable file: size varint, blob
  // 32. 3 symbolic link: the target. 4 empty directory: nothing.
  package var value: [UInt8] {
    var writer = ByteWriter(reserving: 42)
    switch content {
    case .file(let blob, let size, let executable):
      writer.append(UInt8(executable ? 2 : 1))
      writer.appendVarint(size)
      writer.append(blob.digest)
    case .symbolicLink(let target):
      writer.append(UInt8(3))
      writer.append(contentsOf: target)
    case .emptyDirectory:
      writer.append(UInt8(4))
    }
    return writer.bytes
  }

  /// Reads an item of a tree. The path must obey the rules of paths and hold no forbidden name.
  package init(_ item: NodeFormat.Item) throws(FormatError) {
    do {
      path = try RelativePath(item.key)
    } catch {
      throw .malformed("bad path in a tree: \(error)")
    }
    guard !path.components.contains(where: { ForbiddenNames.isForbidden(component: $0) }) else {
      throw .malformed("forbidden name in a tree: \(path)")
    }
    var reader = ByteReader(item.value)
    let mode = try reader.readByte()
    switch mode {
    case 1, 2:
      let size = try reader.readVarint()
      guard size < Limits.fileBytes else { throw .malformed("file too large") }
      content = .file(BlobID(try reader.readDigest()), size: size, executable: mode == 2)
      try reader.expectEnd()
    case 3:
      let target = Array(try reader.readBytes(reader.remaining))
      guard !target.isEmpty, target.count <= Limits.linkTargetBytes, !target.contains(0) else {
        throw .malformed("bad link target")
      }
      content = .symbolicLink(target: target)
    case 4:
      content = .emptyDirectory
      try reader.expectEnd()
    default:
      throw .malformed("unknown mode \(mode)")
    }
  }
}
