package import StoreIO
package import StorePrimitives

/// A content-addressed store in a directory.
///
/// Holds no lock and no state but what is on disk: each verb reads the newest root, and those that
/// write end with one commit. Safe to use from several threads and processes at once. The verbs are
/// in `Store+Add.swift` and its neighbours, one a file; they return a report and print nothing.
package final class Store<Directory: DirectoryHandle>: Sendable {
  /// The directory of the store.
  package let directory: Directory
  package let format: StoreFormat
  package let chain: RootChain<Directory>
  package let pages = PageCache()

  /// The identity of the store, which caches go by.
  package var uuid: Nonce { format.uuid }

  private init(_ directory: Directory, format: StoreFormat) {
    self.directory = directory
    self.format = format
    chain = RootChain(in: directory)
  }

  /// Creates a store in `directory`, which must be empty or hold a store that was not finished.
  ///
  /// Everything is durable when this returns. Two processes may do it at once: both end up with the
  /// same store.
  ///
  /// - Throws: `StoreError.alreadyExists` when there is a store, `unwritableFileSystem` where
  ///   nothing can be created exclusively.
  package static func create(in directory: Directory) throws(StoreError) -> Store {
    guard try directory.status(StoreLayout.format) == nil else {
      throw .alreadyExists(path: directory.displayPath)
    }
    try directory.makeStoreDirectories()
    try RootChain(in: directory).createFirst()
    // The format comes last: a store is one when it can be used.
    let format = StoreFormat(uuid: .random())
    let file = try directory.createStoreFile()
    try file.write(Array(format.text.utf8).span, at: 0)
    try file.synchronize()
    _ = try directory.link(file, as: StoreLayout.format)
    try directory.synchronize()
    return try open(directory)
  }

  /// Opens the store in `directory`.
  ///
  /// - Throws: `StoreError.noStore`, or `unsupportedStore` for one that this program cannot use.
  package static func open(_ directory: Directory) throws(StoreError) -> Store {
    guard let status = try directory.status(StoreLayout.format) else {
      throw .noStore(path: directory.displayPath)
    }
    let file = try directory.openFile(StoreLayout.format)
    let bytes = try file.read(Int(min(status.size, 8192)), at: 0)
    return Store(directory, format: try StoreFormat(parsing: bytes, path: file.displayPath))
  }

  /// The store as it is now.
  package func snapshot() throws(StoreError) -> Snapshot<Directory> {
    let (link, damage) = try chain.newest()
    return try Snapshot(of: link, in: self, damage: damage)
  }
}

/// The store as one root describes it: refs and index. Immutable.
package struct Snapshot<Directory: DirectoryHandle>: Sendable {
  package let store: Store<Directory>
  package let link: RootChain<Directory>.Link
  package let view: IndexView<Directory>
  /// Why a newer root could not be read, if there is one.
  package let damage: StoreError?

  package var root: Root { link.root }

  /// Opens every segment of the root; segments of `previous` that still live are taken over.
  package init(
    of link: RootChain<Directory>.Link, in store: Store<Directory>, damage: StoreError?,
    reusing previous: IndexView<Directory>? = nil
  ) throws(StoreError) {
    self.store = store
    self.link = link
    self.damage = damage
    var segments: [Segment<Directory>] = []
    var damaged: [StoreError] = []
    for summary in link.root.segments {
      if let open = previous?.segments.first(where: { $0.id == summary.id }) {
        segments.append(open)
        continue
      }
      do {
        segments.append(
          try Segment(summary.id, in: store.directory, cache: store.pages))
      } catch {
        guard error.isDamage else { throw error }
        damaged.append(error)
      }
    }
    view = IndexView(segments: segments, damaged: damaged)
  }

  /// A reader of this snapshot for one thread.
  package func reader() -> ObjectReader<Directory> { ObjectReader(self) }
}

extension StoreObject {
  /// Whether this is a file that holds objects.
  package var isContainer: Bool {
    switch self {
    case .pack, .rawObject: true
    default: false
    }
  }
}

extension StoreError {
  /// Whether the store, and not the call, is at fault.
  package var isDamage: Bool {
    switch self {
    case .corrupt, .missing: true
    default: false
    }
  }
}
