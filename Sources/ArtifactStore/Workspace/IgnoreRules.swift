package import StorePrimitives

/// The ignore rules that hold in one directory of a walk: its own `.reproignore` and those above.
///
/// The syntax and meaning are those of `.gitignore` (gitignore(5)), down to what git does with
/// lines that make no sense: it ignores them, so reading rules never fails. Everything is compared
/// as raw bytes and case-sensitively, as git does on Linux.
///
/// A walker carries one value per directory. It asks `ignores` once for each entry, does not
/// descend into what is ignored (nothing below an ignored directory can be included again), and
/// takes `descending(into:file:)` along into the directories that stay:
///
///     let rules = IgnoreRules.none.descending(into: nil, file: bytesOfTheRootsFile)
///     if !rules.ignores(path, isDirectory: true) {
///       walk(path, rules.descending(into: path, file: bytesOfItsFileOrNil))
///     }
package struct IgnoreRules: Sendable {
  /// The patterns of one file and where they apply. A class, so that looking at one costs a single
  /// retain and not one for each of its arrays (measured: half the time of `ignores`).
  private final class Scope: Sendable {
    /// The directory of the file with a slash after it; empty for the root of the walk.
    let directory: [UInt8]
    let patterns: IgnorePatternList

    init(directory: [UInt8], patterns: IgnorePatternList) {
      self.directory = directory
      self.patterns = patterns
    }
  }

  /// From the root of the walk downwards; only files that have a pattern.
  private var scopes: [Scope] = []

  private init() {}

  /// No rules: nothing is ignored.
  package static let none = IgnoreRules()

  /// The rules of the file in the root of the walk. `bytes` is at most `Limits.ignoreFileBytes`
  /// long, which the caller has checked.
  package init(parsing bytes: [UInt8]) {
    self = IgnoreRules.none.descending(into: nil, file: bytes)
  }

  /// Whether no path is ignored.
  package var isEmpty: Bool { scopes.isEmpty }

  /// The rules inside `directory` (nil for the root of the walk), whose ignore file holds `file`
  /// (nil when it has none). What `file` says goes before what the rules above it say.
  package func descending(into directory: RelativePath?, file: [UInt8]?) -> IgnoreRules {
    guard let file else { return self }
    let patterns = IgnorePatternList(parsing: file)
    guard !patterns.isEmpty else { return self }
    var inside = self
    let prefix = directory.map { $0.bytes + [RelativePath.slash] } ?? []
    inside.scopes.append(Scope(directory: prefix, patterns: patterns))
    return inside
  }

  /// Whether the entry `path`, relative to the root of the walk, is ignored, given that no
  /// directory above it is. A symbolic link is no directory, whatever it points at.
  ///
  /// The last pattern that matches decides, in the deepest file that has one. Costs nothing without
  /// rules; else time in the number of patterns, for each at most the product of its length and the
  /// path's.
  package func ignores(_ path: RelativePath, isDirectory: Bool) -> Bool {
    guard !scopes.isEmpty else { return false }
    let bytes = path.bytes.span
    for scope in scopes.reversed() where IgnoreRules.lies(bytes, inside: scope.directory) {
      let relative = bytes.extracting(scope.directory.count...)
      if let verdict = scope.patterns.verdict(on: relative, isDirectory: isDirectory) {
        return verdict
      }
    }
    return false
  }

  private static func lies(_ path: Span<UInt8>, inside directory: [UInt8]) -> Bool {
    guard path.count > directory.count else { return false }
    return GlobMatcher.equal(path.extracting(first: directory.count), directory.span)
  }
}
