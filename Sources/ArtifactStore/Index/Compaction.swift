package import StoreIO
package import StorePrimitives

/// Keeps the segments of a root few: a look-up asks each of them.
///
/// Size-tiered: four segments of one tier become one of the next, up to 256 Ki entries (14 MB to
/// write). Larger ones are merged by gc. Any number of small adds leave at most 3 segments in each
/// of 6 tiers.
package struct Compaction<Directory: DirectoryHandle> {
  private static var fanout: Int { 4 }
  private static var maximumEntries: UInt64 { 256 << 10 }

  private let store: Store<Directory>
  /// Segments that must not be merged now.
  private let busy: Set<SegmentID>

  package init(store: Store<Directory>, busy: Set<SegmentID>) {
    self.store = store
    self.busy = busy
  }

  /// Segments to commit, and by which of them others were replaced.
  package struct Result: Sendable {
    package var segments: [SegmentSummary]
    package var replacements: [SegmentID: SegmentID] = [:]
  }

  /// What to commit in place of `segments`: the merged ones are written and durable. Every input is
  /// in `segments`, so a commit that extends that very root obeys rule 2.
  package func compact(_ segments: [SegmentSummary]) throws(StoreError) -> Result {
    var segments = segments
    var replacements: [SegmentID: SegmentID] = [:]
    while let group = fullTier(of: segments) {
      guard let merged = try merge(group) else { break }
      // At the place of the newest input, so that newer segments are still asked first.
      let place = segments.lastIndex { group.contains($0) } ?? segments.count - 1
      segments[place] = merged
      segments.removeAll { group.contains($0) }
      for input in group {
        replacements[input.id] = merged.id
        for (old, new) in replacements where new == input.id { replacements[old] = merged.id }
      }
    }
    return Result(segments: segments, replacements: replacements)
  }

  private func fullTier(of segments: [SegmentSummary]) -> [SegmentSummary]? {
    var tiers: [Int: [SegmentSummary]] = [:]
    for segment in segments where !busy.contains(segment.id) {
      guard let tier = tier(segment.entryCount) else { continue }
      tiers[tier, default: []].append(segment)
      if let group = tiers[tier], group.count == Self.fanout { return group }
    }
    return nil
  }

  /// 0 for up to 256 entries, one more for each factor of 4; nil for a segment that is large.
  private func tier(_ entries: UInt64) -> Int? {
    // The count is what a root says: multiplying it could overflow.
    guard entries <= Self.maximumEntries / UInt64(Self.fanout) else { return nil }
    var tier = 0
    var bound: UInt64 = 256
    while entries > bound {
      tier += 1
      bound *= 4
    }
    return tier
  }

  /// Nil when an input is damaged: it is left alone for `fsck` to name.
  private func merge(_ group: [SegmentSummary]) throws(StoreError) -> SegmentSummary? {
    do {
      var inputs: [Segment<Directory>] = []
      for summary in group {
        inputs.append(try Segment(summary.id, in: store.directory, cache: store.pages))
      }
      let encoded = try SegmentWriter.merge(inputs)
      try store.write(encoded)
      return SegmentSummary(id: encoded.id, entryCount: UInt64(encoded.entryCount))
    } catch {
      guard error.isDamage else { throw error }
      return nil
    }
  }
}
