/// How much data a simulated file system holds. Blocks that files share count once.
extension SimulatedFileSystem.State {
  /// Files that somebody can still read: a crash may leave others.
  private var liveFiles: [FileContent] {
    tree.inodes.all.filter { $0.inode.links > 0 || handles[$0.number] != nil }.map(\.inode.content)
  }

  /// The bytes of all blocks. O(inodes and blocks).
  var usedBytes: UInt64 {
    var seen: Set<ObjectIdentifier> = []
    for content in liveFiles {
      for block in content.blocks.values { seen.insert(ObjectIdentifier(block)) }
    }
    return UInt64(seen.count * FileContent.blockBytes)
  }

  /// How many of `count` bytes from `offset` on there is space for when all blocks may have
  /// `capacity` bytes. A block that another file shares counts as a new one: writing it makes a
  /// copy. O(inodes) far from the limit, O(blocks) near it.
  func fittingBytes(
    of count: Int, at offset: UInt64, in inode: InodeNumber, _ capacity: UInt64
  ) -> Int {
    guard capacity < SimulatedFileSystem.Settings.unlimited else { return count }
    let size = UInt64(FileContent.blockBytes)
    let last = (offset + UInt64(count) - 1) / size
    let wanted = last - offset / size + 1
    let bound = tree.inodes.all.reduce(wanted) { $0 + UInt64($1.inode.content.blocks.count) }
    guard bound > capacity / size, let content = tree[inode]?.content else { return count }
    var free = (capacity - min(capacity, usedBytes)) / size
    for index in offset / size...last
    where content.blocks[index].map(isShared) ?? true {
      if free == 0 { return Int(index * size - min(index * size, offset)) }
      free -= 1
    }
    return count
  }

  /// Whether more than one file holds `block`. O(inodes and blocks).
  private func isShared(_ block: Block) -> Bool {
    liveFiles.filter { $0.blocks.values.contains { $0 === block } }.count > 1
  }
}
