import StoreIO

/// One inode: a file, a directory or a symbolic link.
struct Inode: Sendable {
  let kind: FileKind
  var mode: UInt32
  /// How many entries name it.
  var links = 0
  /// Never had a name: a file without links that may still get one.
  var isUnnamed = true
  /// Nanoseconds since 1970.
  var modified: UInt64
  /// Nanoseconds since 1970.
  var changed: UInt64

  /// Of a file.
  var content = FileContent()
  /// Of a directory.
  var entries: [[UInt8]: InodeNumber] = [:]
  /// Of a symbolic link.
  var target: [UInt8] = []
  /// Where a directory was entered last: the one place that it can have.
  var home: Place?

  init(_ new: NewInode, mode: UInt32, time: UInt64) {
    switch new {
    case .file: kind = .file
    case .directory: kind = .directory
    case .symbolicLink(let target):
      kind = .symbolicLink
      self.target = target
    }
    self.mode = kind == .symbolicLink ? 0o777 : mode & 0o7777
    modified = time
    changed = time
  }

  /// Notes a change of the content. Times never go back, so that the order does not matter.
  mutating func stampContent(_ time: UInt64) {
    modified = max(modified, time)
    stamp(time)
  }

  /// Notes a change of the inode alone.
  mutating func stamp(_ time: UInt64) { changed = max(changed, time) }

  /// Bytes.
  var size: UInt64 {
    switch kind {
    case .file: content.size
    case .symbolicLink: UInt64(target.count)
    default: UInt64(FileContent.blockBytes)
    }
  }
}

/// A change of exactly one inode: what `Change` is made of, and what a crash may keep or lose.
enum Effect: Sendable {
  /// The directory gets an entry, in place of one it may have of that name.
  case enter(Place, InodeNumber)
  case leave(Place)
  case write(InodeNumber, Piece)
  /// The size and time of a write without its bytes.
  case extend(InodeNumber, to: UInt64)
  case replace(InodeNumber, FileContent)
  case truncate(InodeNumber, to: UInt64)
  case setMode(InodeNumber, UInt32)

  /// The inode that changes.
  var inode: InodeNumber {
    switch self {
    case .enter(let place, _), .leave(let place): place.directory
    case .write(let inode, _), .extend(let inode, _), .replace(let inode, _),
      .truncate(let inode, _), .setMode(let inode, _):
      inode
    }
  }
}

extension Change {
  /// The change as effects, in order; making an inode is none of them.
  var effects: [Effect] {
    switch self {
    case .create(let inode, _, _, let place): place.map { [.enter($0, inode)] } ?? []
    case .write(let inode, let offset, let bytes):
      FileContent.pieces(of: bytes, at: offset).map { .write(inode, $0) }
    case .clone(let inode, let snapshot): [.replace(inode, snapshot.content)]
    case .truncate(let inode, let size): [.truncate(inode, to: size)]
    case .setMode(let inode, let mode): [.setMode(inode, mode)]
    case .link(let inode, let place): [.enter(place, inode)]
    case .unlink(_, let place): [.leave(place)]
    case .rename(let inode, let from, let to): [.leave(from), .enter(to, inode)]
    case .exchange(let first, let place, let second, let other):
      [.enter(place, second), .enter(other, first)]
    case .synchronize, .acknowledge: []
    }
  }
}

/// All inodes of a simulated file system at one time; a value, and cheap to copy.
struct FileTree: Sendable {
  static let root: InodeNumber = 1

  private(set) var inodes = InodeTable()
  private var nextNumber: InodeNumber = FileTree.root + 1

  init(time: UInt64) {
    var root = Inode(.directory, mode: 0o755, time: time)
    root.links = 1
    inodes[FileTree.root] = root
  }

  subscript(inode: InodeNumber) -> Inode? { inodes[inode] }

  /// The number that the next inode gets.
  mutating func takeNumber() -> InodeNumber {
    defer { nextNumber += 1 }
    return nextNumber
  }

  /// Makes the inode of a `create`; nothing else for any other change.
  mutating func allocate(_ change: Change, time: UInt64) {
    guard case .create(let number, let new, let mode, _) = change else { return }
    inodes[number] = Inode(new, mode: mode, time: time)
    nextNumber = max(nextNumber, number + 1)
  }

  mutating func apply(_ change: Change, time: UInt64) {
    allocate(change, time: time)
    for effect in change.effects { apply(effect, time: time) }
  }

  /// Effects on different inodes give the same tree in any order, but for those that move one
  /// directory; effects on one inode do not.
  mutating func apply(_ effect: Effect, time: UInt64) {
    switch effect {
    case .enter(let place, let inode): enter(inode, at: place, time: time)
    case .leave(let place): leave(place, time: time)
    case .write(let inode, let piece):
      updateContent(inode, time: time) { $0.write(piece) }
    case .extend(let inode, let size):
      updateContent(inode, time: time) { $0.extend(to: size) }
    case .replace(let inode, let content):
      updateContent(inode, time: time) { $0 = content }
    case .truncate(let inode, let size):
      updateContent(inode, time: time) { $0.truncate(to: size) }
    case .setMode(let inode, let mode):
      inodes.update(inode) {
        $0.mode = mode & 0o7777
        $0.stamp(time)
      }
    }
  }

  private mutating func updateContent(
    _ inode: InodeNumber, time: UInt64, _ body: (inout FileContent) -> Void
  ) {
    inodes.update(inode) {
      body(&$0.content)
      $0.stampContent(time)
    }
  }

  private mutating func enter(_ inode: InodeNumber, at place: Place, time: UInt64) {
    guard let entered = inodes[inode], let directory = inodes[place.directory] else { return }
    if directory.entries[place.name] != nil { leave(place, time: time) }
    // After a crash that lost a removal: a directory stays at its newest place only.
    if let home = entered.home, inodes[home.directory]?.entries[home.name] == inode {
      leave(home, time: time)
    }
    inodes.update(place.directory) {
      $0.entries[place.name] = inode
      $0.stampContent(time)
    }
    inodes.update(inode) {
      $0.links += 1
      $0.isUnnamed = false
      if $0.kind == .directory { $0.home = place }
      $0.stamp(time)
    }
  }

  private mutating func leave(_ place: Place, time: UInt64) {
    var removed: InodeNumber?
    inodes.update(place.directory) {
      removed = $0.entries.removeValue(forKey: place.name)
      if removed != nil { $0.stampContent(time) }
    }
    guard let removed else { return }
    inodes.update(removed) {
      $0.links -= 1
      $0.stamp(time)
    }
  }

  /// The time of the last change, in nanoseconds since 1970. O(inodes).
  var latestTime: UInt64 { inodes.all.map(\.inode.changed).max() ?? 0 }
}
