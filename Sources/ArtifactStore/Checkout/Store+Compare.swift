package import StoreIO
package import StorePrimitives

/// How a workspace is to be compared with versions of its pins.
package struct ComparisonRequest<Directory: DirectoryHandle>: Sendable {
  package var versions: [PinVersion<Directory>]
  package var depth = PinComparer<Directory>.Depth.differences
  package var scan = ScanOptions<Directory>()
  package var caches: StatCacheFolder<Directory>?
  /// Threads.
  package var workers = 1

  package init(versions: [PinVersion<Directory>]) { self.versions = versions }
}

/// What came of a comparison.
package enum PinState<Directory: DirectoryHandle>: Sendable {
  case compared(PinComparison<Directory>)
  /// The store lacks the version, or a part of it.
  case notHere(StoreObject)
}

extension Store {
  /// Compares the files of a workspace with versions of its pins. Nothing is changed but the cache.
  ///
  /// Reads only files whose status is new. O(files), and O(bytes) of what is new.
  @specialized(where Directory == LinuxDirectory)
  package func compare(
    _ request: ComparisonRequest<Directory>, progress: Progress = Progress()
  ) throws(StoreError) -> [PinState<Directory>] {
    let comparer = PinComparer(
      snapshot: try snapshot(), folder: request.caches, options: request.scan,
      workers: request.workers, progress: progress)
    return try request.versions.map { (version) throws(StoreError) in
      do throws(StoreError) {
        return .compared(try comparer.compare(version, depth: request.depth))
      } catch .missing(let object) {
        return .notHere(object)
      }
    }
  }
}
