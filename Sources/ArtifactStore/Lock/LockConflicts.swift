package import StorePrimitives

/// A lock file with the blocks that git, or `resolve`, has put around what is in conflict.
package struct ConflictedLock: Hashable, Sendable {
  /// The pins outside of the blocks.
  package let settled: Lock
  /// In the order of the file.
  package let blocks: [LockBlock]

  package var isConflicted: Bool { !blocks.isEmpty }

  /// All that each side pins: what is settled as well.
  fileprivate let ours: Lock
  fileprivate let theirs: Lock

  /// The three sides for a merge. A pin outside of the blocks is the same on all of them.
  ///
  /// O(n log n).
  ///
  /// - Parameter known: the lock of the commit that both sides come from, for blocks that do not
  ///   tell it; nil when nobody knows it.
  package func sides(base known: Lock?) -> LockSides {
    var sides = LockSides(base: Lock(), ours: ours, theirs: theirs)
    var candidates: [(pin: LockedPin, block: LockBlock?)] = settled.pins.map { ($0, nil) }
    for block in blocks {
      let base = block.base ?? known.map { known in block.paths.compactMap { known[$0] } }
      if base == nil { sides.unknownBase.formUnion(block.paths) }
      candidates += (base ?? []).map { ($0, block) }
    }
    candidates.sort { $0.pin.path < $1.pin.path }
    for (pin, block) in candidates {
      do throws(StoreError) {
        try sides.base.set(pin)
      } catch {
        // A base whose pins lie in each other tells nothing.
        sides.unknownBase.formUnion(block?.paths ?? [pin.path])
      }
    }
    return sides
  }
}

extension LockBlock {
  /// The paths that a side pins.
  fileprivate var paths: [RelativePath] { (ours + theirs).map(\.path) }
}

/// The text of a lock with conflicts.
///
///     <<<<<<< ours
///     tree sha256:<64 digits> 1204 52428800 data
///     ||||||| base
///     tree sha256:<64 digits> 1200 52420000 data
///     =======
///     tree sha256:<64 digits> 1206 52430000 data
///     >>>>>>> theirs
///
/// Git writes more than seven signs where it was told to; the part of the base stands there only in
/// some of its styles. A block without that part says that nobody knows the base; with an empty
/// part the base had nothing.
package enum LockConflicts {
  /// A lock with a block for each of `blocks`, in path order.
  package static func text(of lock: Lock, blocks: [LockBlock]) -> String {
    var parts: [(path: RelativePath, text: String)] = lock.pins.map {
      ($0.path, LockFormat.line(of: $0) + "\n")
    }
    for block in blocks {
      let paths = (block.ours + block.theirs + (block.base ?? [])).map(\.path)
      guard let first = paths.min() else { continue }
      parts.append((first, text(of: block)))
    }
    parts.sort { $0.path < $1.path }
    return parts.reduce(into: LockFormat.header) { $0 += "\n" + $1.text }
  }

  private static func text(of block: LockBlock) -> String {
    func lines(_ pins: [LockedPin]) -> String {
      pins.map { LockFormat.line(of: $0) + "\n" }.joined()
    }
    let base = block.base.map { "||||||| base\n" + lines($0) } ?? ""
    return "<<<<<<< ours\n" + lines(block.ours) + base + "=======\n" + lines(block.theirs)
      + ">>>>>>> theirs\n"
  }

  /// Reads a lock that may be in conflict; `path` is for errors. Linear in the bytes.
  ///
  /// - Throws: `StoreError.badLock` with the number of the first bad line: what `LockFormat` calls
  ///   bad, a mark that does not belong where it is, a block that does not end.
  package static func parse(
    _ bytes: [UInt8], path: String
  ) throws(StoreError) -> ConflictedLock {
    var reader = ConflictReader(path: path)
    for line in try LockFormat.lines(of: bytes, path: path) { try reader.read(line) }
    return try reader.finish()
  }
}

/// A line that stands between the parts of a block.
private struct ConflictMark {
  let sign: Unicode.Scalar
  let count: Int

  /// Nil for a line that is none: seven or more of one sign, then the end or a space.
  init?(_ line: Substring) {
    guard let sign = line.unicodeScalars.first, "<|=>".unicodeScalars.contains(sign) else {
      return nil
    }
    count = line.unicodeScalars.prefix { $0 == sign }.count
    let rest = line.unicodeScalars.dropFirst(count)
    guard count >= 7, rest.isEmpty || rest.first == " " else { return nil }
    self.sign = sign
  }
}

/// Reads a lock line by line.
private struct ConflictReader {
  private enum Part { case outside, ours, base, theirs }

  private let path: String
  private var number = 0
  private var part = Part.outside
  /// How many signs the marks of this block have.
  private var markSize = 0
  private var hasHeader = false
  private var settled = Lock()
  /// With the settled pins, so that a pin that lies in one of them shows.
  private var ours = Lock()
  private var theirs = Lock()
  private var blocks: [LockBlock] = []
  private var mine: [LockedPin] = []
  private var other: [LockedPin] = []
  /// The base of this block, as far as it was read.
  private var base: [LockedPin]?
  /// Whether the base is a conflict itself: then nobody knows it.
  private var isBaseConflicted = false

  init(path: String) { self.path = path }

  private func fault(_ fault: LockFault) -> StoreError {
    .badLock(path: path, line: number, fault)
  }

  mutating func read(_ line: Substring) throws(StoreError) {
    number += 1
    if let mark = ConflictMark(line) { return try read(mark) }
    guard !isBaseConflicted, !line.isEmpty || number == 1 else { return }
    if !hasHeader || line.hasPrefix("reprostore.lock ") {
      guard number == 1 || part != .outside else {
        throw fault(.malformed("the first line of a lock stands here once more"))
      }
      try LockFormat.checkHeader(line, path: path, number: number)
      return hasHeader = true
    }
    let pin: LockedPin
    do throws(LockFault) { pin = try LockFormat.pin(of: line) } catch { throw fault(error) }
    try take(pin)
  }

  private mutating func take(_ pin: LockedPin) throws(StoreError) {
    switch part {
    case .outside:
      try add(pin, to: &settled)
      try add(pin, to: &ours)
      try add(pin, to: &theirs)
    case .ours:
      try add(pin, to: &ours)
      mine.append(pin)
    case .theirs:
      try add(pin, to: &theirs)
      other.append(pin)
    case .base: base?.append(pin)
    }
  }

  private func add(_ pin: LockedPin, to lock: inout Lock) throws(StoreError) {
    guard lock[pin.path] == nil else { throw fault(.duplicate) }
    do throws(StoreError) {
      try lock.set(pin)
    } catch {
      guard case .nestedPin(let inner, let outer) = error else { throw error }
      throw fault(.nested(inner: inner, outer: outer))
    }
  }

  private mutating func read(_ mark: ConflictMark) throws(StoreError) {
    let isOfBlock = mark.count == markSize
    switch (part, mark.sign) {
    case (.outside, "<"):
      (part, markSize) = (.ours, mark.count)
      (mine, other, base, isBaseConflicted) = ([], [], nil, false)
    case (.ours, "|") where isOfBlock:
      (part, base) = (.base, [])
    case (.ours, "=") where isOfBlock, (.base, "=") where isOfBlock:
      part = .theirs
      if isBaseConflicted { base = nil }
      isBaseConflicted = false
    case (.theirs, ">") where isOfBlock:
      blocks.append(LockBlock(base: base, ours: mine, theirs: other))
      part = .outside
    case (.base, _) where !isOfBlock:
      // Git merged several bases into one, and they were in conflict themselves.
      isBaseConflicted = true
    case (.outside, _):
      throw fault(.malformed("this mark of a conflict has no block around it"))
    default:
      throw fault(.malformed("this mark of a conflict does not belong here"))
    }
  }

  mutating func finish() throws(StoreError) -> ConflictedLock {
    guard part == .outside else {
      throw fault(.malformed("the block of a conflict does not end"))
    }
    guard hasHeader else { throw fault(.malformed("it must be \(LockFormat.header.dropLast())")) }
    return ConflictedLock(settled: settled, blocks: blocks, ours: ours, theirs: theirs)
  }
}
