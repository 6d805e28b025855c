/// Every bound that bytes from outside must keep, in one place.
package enum Limits {
  /// The longest path in a tree, in bytes (PATH_MAX of Linux without its NUL).
  package static let pathBytes = 4095
  /// The longest path component, in bytes (NAME_MAX of Linux).
  package static let componentBytes = 255
  /// The largest chunk, in bytes: also what one entry of a pack may unpack to.
  package static let chunkBytes = 1 << 20
  /// The largest recipe, in bytes: the chunks of 500 GB at 64 KiB each.
  package static let recipeBytes = 256 << 20
  /// The largest tree node or manifest, in bytes. A leaf of 4,096 links with the longest paths and
  /// targets, the largest that a tree can have, is half as large.
  package static let objectBytes = 64 << 20
  /// The largest root, in bytes: 64 Ki of inline ref edits and segments are far below it.
  package static let rootBytes = 16 << 20
  /// The largest header with tables of a segment, in bytes: 40 bytes for each of 6 M pages.
  package static let segmentTableBytes = 256 << 20
  /// The largest footer of a pack, in bytes: 1 M entries.
  package static let packFooterBytes = 64 << 20
  /// The most parts of growing raw objects of one session, each a segment that its ref names: 32
  /// KiB of its record. The other segments of a session are merged and few.
  package static let sessionSegments = 1024
  /// A file's bytes: 48-bit fields hold lengths and offsets (256 TiB).
  package static let fileBytes: UInt64 = 1 << 48
  /// The longest target of a symbolic link, in bytes.
  package static let linkTargetBytes = 4095
  /// The levels of a sorted tree.
  package static let treeDepth = 4
  /// The longest value of a ref or tree entry, in bytes.
  package static let valueBytes = 64 << 10
  /// The largest lock file, in bytes: some 100,000 pins.
  package static let lockBytes = 16 << 20
  /// The largest stat cache, in bytes: some 10 M files.
  package static let statCacheBytes = 1 << 30
  /// The largest ignore file, in bytes.
  package static let ignoreFileBytes = 1 << 20
}
