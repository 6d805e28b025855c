/// Inodes by number, in chunks that copies share: to copy a table of n inodes costs n / 16
/// references, and to change one inode of a copy costs one chunk.
struct InodeTable: Sendable {
  private static let chunkSize = 16
  private var chunks: [[Inode?]] = []

  subscript(number: InodeNumber) -> Inode? {
    get {
      let (chunk, index) = InodeTable.position(of: number)
      return chunk < chunks.count ? chunks[chunk][index] : nil
    }
    set {
      let (chunk, index) = InodeTable.position(of: number)
      while chunk >= chunks.count {
        chunks.append([Inode?](repeating: nil, count: InodeTable.chunkSize))
      }
      chunks[chunk][index] = newValue
    }
  }

  /// Changes an inode in place; nothing when there is none.
  mutating func update(_ number: InodeNumber, _ body: (inout Inode) -> Void) {
    let (chunk, index) = InodeTable.position(of: number)
    guard chunk < chunks.count, var inode = chunks[chunk][index] else { return }
    // Taken out of the table, so that what it holds has one owner and is not copied.
    chunks[chunk][index] = nil
    body(&inode)
    chunks[chunk][index] = inode
  }

  /// Every inode with its number, in order of the numbers.
  var all: [(number: InodeNumber, inode: Inode)] {
    var all: [(number: InodeNumber, inode: Inode)] = []
    for (chunk, inodes) in chunks.enumerated() {
      for (index, inode) in inodes.enumerated() {
        guard let inode else { continue }
        all.append((InodeNumber(chunk * InodeTable.chunkSize + index), inode))
      }
    }
    return all
  }

  private static func position(of number: InodeNumber) -> (chunk: Int, index: Int) {
    (Int(number) / chunkSize, Int(number) % chunkSize)
  }
}
