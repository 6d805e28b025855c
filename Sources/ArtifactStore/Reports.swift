package import StorePrimitives

/// What an `add` did.
package struct AddReport: Sendable {
  /// One directory or file that was added.
  package struct Pin: Sendable {
    package let path: RelativePath
    package let target: RefRecord.Target
    /// Files; links and empty directories count as files.
    package let files: Int
    /// Bytes of the files.
    package let bytes: UInt64
    /// What this path of the workspace was before; nil for one that was never added.
    package let previous: RefRecord.Target?

    package init(
      path: RelativePath, target: RefRecord.Target, files: Int, bytes: UInt64,
      previous: RefRecord.Target?
    ) {
      self.path = path
      self.target = target
      self.files = files
      self.bytes = bytes
      self.previous = previous
    }

    /// Whether the last version of this path was the same.
    package var isUnchanged: Bool { previous == target }
  }

  package var pins: [Pin] = []
  /// Files, directories and links that were passed over, with what they are.
  package var skipped: [Skipped] = []
  /// Names that suggest a secret; they were stored.
  package var suspicious: [RelativePath] = []
  /// Names that are the same text in different bytes; both were stored.
  package var twins: [NameTwins] = []
  /// Bytes of pieces that the store did not hold before.
  package var newBytes: UInt64 = 0
  /// Bytes of pieces that it did.
  package var reusedBytes: UInt64 = 0
  /// Bytes written to the store, index and trees with them; 0 for a dry run.
  package var writtenBytes: UInt64 = 0
  /// Free bytes of the file system of the store, before.
  package var freeBytes: UInt64 = 0
}

/// Something that an `add` passed over.
package struct Skipped: Hashable, Sendable {
  package let path: String
  package let kind: FileKindName
}

/// What cannot be stored.
package enum FileKindName: String, Hashable, Sendable {
  case fifo = "named pipe"
  case socket = "socket"
  case blockDevice = "block device"
  case characterDevice = "character device"
}

/// What a `restore` did.
package struct RestoreReport: Sendable {
  /// Files; links and empty directories count as files.
  package var files = 0
  /// Bytes of the files.
  package var bytes: UInt64 = 0
  /// Files that share their blocks with the store.
  package var clonedFiles = 0
  /// Files that are second names of files of the store.
  package var linkedFiles = 0
}

/// What is in a store.
package struct StatsReport: Sendable {
  /// Files of all versions that refs name.
  package var files: UInt64 = 0
  /// Their bytes.
  package var bytes: UInt64 = 0
  package var pins = 0
  package var tags = 0
  /// Bytes of the different pieces that are stored.
  package var uniqueBytes: UInt64 = 0
  /// Bytes that equal pieces are not stored again: what dedupe saves.
  package var savedByChunks: UInt64 = 0
  /// Bytes that codecs save.
  package var savedByCompression: UInt64 = 0
  /// Bytes of the store's files.
  package var storedBytes: UInt64 = 0
  package var packs = 0
  package var rawObjects = 0
  package var segments = 0
  package var roots: UInt64 = 0
}

/// What the versions of one path of one workspace take up.
package struct PinUsage: Sendable {
  /// Relative to the workspace; nil for a pin that does not tell.
  package let path: RelativePath?
  package let workspace: String?
  /// Different ones.
  package var versions = 0
  /// Bytes of the files of the newest version.
  package var bytes: UInt64 = 0
  /// Stored bytes of the pieces that no other pin and no tag needs.
  package var uniqueBytes: UInt64 = 0
  /// Stored bytes of the pieces that another pin or a tag needs too.
  package var sharedBytes: UInt64 = 0
  /// Stored bytes that nothing would need without the pin: those of the unique pieces, of their
  /// second copies, and of the recipes and nodes that lead to them.
  package var freedBytes: UInt64 = 0
}

/// What `fsck` found.
package struct CheckReport: Sendable {
  /// Everything that is wrong, each with what it is about.
  package var problems: [StoreError] = []
  package var segments = 0
  package var containers = 0
  package var objects = 0
  package var refs = 0
  /// Bytes that were read and hashed; 0 for a quick check.
  package var bytesRead: UInt64 = 0
}
