package import StoreIO
package import StorePrimitives

/// What a `checkout` shall bring into the workspace, and how far it may go.
package struct CheckoutRequest<Directory: DirectoryHandle>: Sendable {
  /// A version and the place where it belongs.
  package struct Pin: Sendable {
    package let version: PinVersion<Directory>
    /// A directory that is there; no link is followed below it.
    package let base: Directory
    /// The place, relative to `base`. What lies on the way is made if it is missing.
    package let place: RelativePath

    package init(version: PinVersion<Directory>, base: Directory, place: RelativePath) {
      self.version = version
      self.base = base
      self.place = place
    }
  }

  package var pins: [Pin]
  /// The root of the workspace: what changed under the hands of the command is rescued there.
  package let workspace: Directory
  package var linking = LinkMode.automatic
  /// Whether bytes that the store does not hold may be lost.
  package var isForced = false
  /// Whether files that the version does not have are removed, if the store holds their bytes or
  /// `isForced` is set.
  package var cleans = false
  /// Whether nothing is done but to make links to the store of files that are right already.
  package var relinks = false
  /// Threads.
  package var workers = 1
  package var scan = ScanOptions<Directory>()
  package var caches: StatCacheFolder<Directory>?

  package init(pins: [Pin], workspace: Directory) {
    self.pins = pins
    self.workspace = workspace
  }
}

/// What a `checkout` did, for one pin.
package struct CheckoutReport: Sendable {
  package let path: RelativePath
  /// Files, links and empty directories that were not there.
  package var created = 0
  /// Files and links that were another.
  package var replaced = 0
  /// Files that the version does not have, and links and directories in the way of one.
  package var removed = 0
  package var unchanged: UInt64 = 0
  /// Bytes of the files that were written or linked.
  package var bytes: UInt64 = 0
  package var clonedFiles = 0
  package var linkedFiles = 0
  /// Bytes that the disk gained: what was removed had them for itself.
  package var freedBytes: UInt64 = 0
  /// What the version does not have and what was left, relative to the pin.
  package var extras: [RelativePath] = []
  /// Where files went that changed while the command ran.
  package var rescued: [RelativePath] = []

  package init(path: RelativePath) { self.path = path }
}
