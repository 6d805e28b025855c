package import StoreIO
import StorePrimitives

/// What an `add` shall store, and how it treats what is out of the ordinary.
package struct AddRequest<Directory: DirectoryHandle>: Sendable {
  package var pins: [PinSource<Directory>]
  package var scan = ScanOptions<Directory>()
  /// Reads and counts everything and writes nothing.
  package var isDryRun = false
  /// Threads that read, hash and pack.
  package var workers = 1
  /// Filled into the refs, for people.
  package var workspace: String?
  package var gitCommit: String?
  package var who: String?
  package init(pins: [PinSource<Directory>]) { self.pins = pins }
}
