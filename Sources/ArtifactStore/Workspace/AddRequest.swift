package import StoreIO
package import StorePrimitives

/// What an `add` shall store, and how it treats what is out of the ordinary.
package struct AddRequest<Directory: DirectoryHandle>: Sendable {
  package var pins: [PinSource<Directory>]
  package var scan = ScanOptions<Directory>()
  /// Reads and counts everything and writes nothing.
  package var isDryRun = false
  /// Threads that read, hash and pack.
  package var workers = 1
  package var origin = PinOrigin()
  /// Paths that lie in a pin, each with that pin: they are stored, and no ref is set for them.
  /// `graft` makes them part of the pin.
  package var parts: [RelativePath: RelativePath] = [:]
  package var caches: StatCacheFolder<Directory>?

  package init(pins: [PinSource<Directory>]) { self.pins = pins }
}
