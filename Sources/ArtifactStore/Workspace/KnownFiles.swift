package import StoreIO
import StorePrimitives

/// Where this host and user keep what they know of the files of one workspace.
///
/// Everything in it may be lost or wrong at any time: a cache that is not sound is as good as none.
package struct StatCacheFolder<Directory: DirectoryHandle>: Sendable {
  let directory: Directory
  /// Tells workspaces apart that share a folder: host and path.
  private let workspace: String
  /// The device of the root of the workspace.
  let rootDevice: UInt64

  package init(directory: Directory, workspace: String, rootDevice: UInt64) {
    self.directory = directory
    self.workspace = workspace
    self.rootDevice = rootDevice
  }

  /// The name of the cache of a pin: a digest, so that any path has one.
  func name(of pin: RelativePath) -> RelativePath {
    let digest = SHA256.digest(of: Array(workspace.utf8) + [0] + pin.bytes)
    return RelativePath(trusted: "stat-" + digest.hex.prefix(32))
  }
}

/// What is known of the files of one pin without reading them, and what has been learned.
///
/// A hit says which bytes a file had when its status was the same (rules 22 and 23). It never
/// authorises to destroy anything.
struct KnownFiles<Directory: DirectoryHandle> {
  /// Bytes that are stored through a shared memory map change the times of a file only when its
  /// page was clean, and the kernel cleans pages after some 35 s. So what changed less than this
  /// many seconds ago is remembered only if its pages were cleaned before it was hashed.
  private static var mapSeconds: Int64 { 60 }
  /// More files than this are not cleaned one by one: each may wait for the disk. They are read
  /// again until they are old enough.
  private static var cleanedFiles: Int { 16 }

  private let folder: StatCacheFolder<Directory>?
  private let pin: RelativePath
  /// The part of the pin that is looked at; nil for all of it.
  private let part: RelativePath?
  private let isSingle: Bool
  private let key: StatCacheKey
  /// Nil leaves devices out: they differ between the hosts that share a network file system.
  private let rootDevice: UInt64?
  /// The device of the source. What a mount or a followed link brings in from another may be on a
  /// file system of another kind: it is read each time.
  private let device: UInt64
  private let cache: StatCache
  /// Which entries of the scan the cache knew. They were good to remember then, and have not
  /// changed since.
  private var isHit: [Bool] = []
  /// Entries of the scan whose pages were cleaned.
  private var cleaned: Set<Int> = []
  /// When reading began.
  private var start = Timestamp.now()

  /// Loads what is known of `source`, which is `pin` or a part of it; nothing where the file system
  /// or the store allows no trust.
  init(
    of source: PinSource<Directory>, in pin: RelativePath, _ folder: StatCacheFolder<Directory>?,
    _ snapshot: Snapshot<Directory>
  ) throws(StoreError) {
    self.pin = pin
    part = source.path == pin ? nil : try source.path.relative(to: pin)
    key = StatCacheKey(store: snapshot.store.uuid, epoch: snapshot.root.epoch)
    isSingle = source.isFile
    let kind = try source.holder.fileSystemKind()
    device = try source.holder.status().device
    let isSound =
      snapshot.damage == nil && snapshot.root.absent == nil
      && snapshot.view.damaged.isEmpty
    let usable = isSound && kind != .memory ? folder : nil
    self.folder = usable
    rootDevice = kind == .network ? nil : folder?.rootDevice
    cache =
      usable.map { [key] in StatCache.load($0.name(of: pin), in: $0.directory, key: key) }
      ?? .none
  }

  /// The blob of each entry that is known; nil for all others. Linear.
  mutating func blobs(of tree: ScannedTree<Directory>) -> [BlobID?] {
    var cursor = cache.cursor()
    let blobs = tree.entries.map { entry -> BlobID? in
      guard entry.isFile, entry.status.device == device else { return nil }
      return cursor.blob(
        at: place(of: entry), StatFingerprint(entry.status, rootDevice: rootDevice))
    }
    isHit = blobs.map { $0 != nil }
    return blobs
  }

  /// The path of an entry in the pin. A part that is a single file is the entry itself.
  private func place(of entry: ScannedEntry<Directory>) -> RelativePath {
    guard let part else { return entry.path }
    return isSingle ? part : (try? entry.path.inside(part)) ?? entry.path
  }

  /// Notes that reading begins: cleans the pages of young files that are going to be read.
  mutating func beginReading(_ tree: ScannedTree<Directory>, _ blobs: [BlobID?]) {
    guard folder != nil else { return }
    let young = tree.entries.indices.filter { index in
      blobs[index] == nil && tree.entries[index].isFile && isYoung(tree.entries[index].status)
    }
    if young.count <= Self.cleanedFiles {
      for index in young {
        // Where it cannot be done the file is not remembered.
        guard (try? tree.entries[index].cleanPages()) != nil else { continue }
        cleaned.insert(index)
      }
    }
    start = .now()
  }

  private func isYoung(_ status: FileStatus) -> Bool {
    max(status.modified, status.changed).seconds > start.seconds - Self.mapSeconds
  }

  private func isWorthKeeping(_ status: FileStatus, _ index: Int) -> Bool {
    (!isYoung(status) || cleaned.contains(index)) && RacyRule.isSettled(status, at: start)
  }

  /// Keeps what is known now, when all of the pin was looked at. `blobs` has the blob of each entry
  /// that had exactly the status of the scan before and after it was hashed.
  func remember(_ tree: ScannedTree<Directory>, _ blobs: [BlobID?]) {
    guard let folder, part == nil else { return }
    var next = StatCache.Builder()
    var count = 0
    for (index, entry) in tree.entries.enumerated() {
      guard let blob = blobs[index], entry.status.device == device,
        isHit[index] || isWorthKeeping(entry.status, index)
      else { continue }
      count += 1
      next.append(
        StatCacheEntry(
          path: entry.path, fingerprint: StatFingerprint(entry.status, rootDevice: rootDevice),
          blob: blob))
    }
    let hits = isHit.count { $0 }
    guard count != hits || hits != cache.count else { return }
    // Without the cache everything works, and takes longer.
    try? next.finish().save(folder.name(of: pin), in: folder.directory, key: key)
  }
}

extension PinSource {
  /// A directory on the file system of the files.
  var holder: Directory {
    switch source {
    case .directory(let directory), .file(let directory, _): directory
    }
  }
}

extension ScannedEntry {
  /// Writes what others stored through a memory map to the disk: what they store from now on shows
  /// in the status. Nothing for a file that is gone.
  func cleanPages() throws(StoreError) {
    do throws(StoreError) {
      try directory.openFile(name).synchronizeData()
    } catch .system(let failure) where failure.isNotFound {
      return
    }
  }

  var isFile: Bool {
    if case .file = kind { return true }
    return false
  }
}
