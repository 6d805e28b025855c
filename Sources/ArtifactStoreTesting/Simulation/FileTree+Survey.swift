import StoreIO

/// What can be reached in a tree.
struct Survey {
  /// The tree without what cannot be reached, each file with the links that it really has.
  let tree: FileTree
  /// Equal for equal names, bytes, modes and inode numbers, within one run of the program; times
  /// do not count.
  let fingerprint: UInt64
}

extension FileTree {
  /// Tidies a tree as a file system check after a crash does: what the root does not lead to is
  /// freed, and of two entries for one directory only the newest stays. O(inodes and entries).
  func surveyed() -> Survey {
    var links: [InodeNumber: Int] = [FileTree.root: 1]
    var pending = [FileTree.root]
    var stray: [Place] = []
    var fingerprint: UInt64 = 0
    while let directory = pending.popLast() {
      for (name, child) in self[directory]?.entries ?? [:] {
        guard let inode = self[child], inode.isAtHome(directory, name) else {
          stray.append(Place(directory: directory, name: name))
          continue
        }
        if inode.kind == .directory { pending.append(child) }
        links[child, default: 0] += 1
        fingerprint &+= FileTree.fingerprint(of: name, in: directory, child)
      }
    }
    for inode in links.keys { fingerprint &+= self[inode]?.fingerprint(inode) ?? 0 }
    return Survey(tree: keeping(links, without: stray), fingerprint: fingerprint)
  }

  private static func fingerprint(
    of name: [UInt8], in directory: InodeNumber, _ child: InodeNumber
  ) -> UInt64 {
    let hash = UInt64(bitPattern: Int64(name.hashValue))
    return SeededRandom.mix(hash, SeededRandom.mix(directory, child))
  }
}

extension Inode {
  /// Whether an entry may lead here: a directory has one place only.
  fileprivate func isAtHome(_ directory: InodeNumber, _ name: [UInt8]) -> Bool {
    guard kind == .directory else { return true }
    return home?.place.directory == directory && home?.place.name == name
  }

  fileprivate func fingerprint(_ number: InodeNumber) -> UInt64 {
    let text = target.isEmpty ? 0 : UInt64(bitPattern: Int64(target.hashValue))
    let data = SeededRandom.mix(content.fingerprint, UInt64(mode))
    return SeededRandom.mix(number &+ text, data)
  }
}
