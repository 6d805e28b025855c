package import StoreIO
package import StorePrimitives

/// Where an object lies.
package struct Location: Hashable, Sendable {
  package let key: ObjectKey
  package let container: ContainerRecord
  package let codec: Codec
  /// Bytes from the start of the container.
  package let offset: UInt64
  package let storedCount: UInt64
  package let plainCount: UInt64

  package init(_ entry: IndexEntry, in container: ContainerRecord) {
    key = entry.key
    self.container = container
    codec = entry.codec
    offset = entry.offset
    storedCount = entry.storedCount
    plainCount = entry.plainCount
  }
}

/// V(root): every id that the segments of one root hold.
///
/// A segment that is damaged is set apart: the rest serves, a lookup that finds nothing names it,
/// and an `add` of data that only it knew stores that data anew.
package struct IndexView<Directory: DirectoryHandle>: Sendable {
  package let segments: [Segment<Directory>]
  package let damaged: [StoreError]

  package init(segments: [Segment<Directory>], damaged: [StoreError] = []) {
    self.segments = segments
    self.damaged = damaged
  }

  /// The first place of `key`, newest segment first; nil when no segment has it. Throws the damage
  /// that it met when only that may be why nothing was found.
  package func find(_ key: ObjectKey) throws(StoreError) -> Location? {
    try places(of: key, atMost: 1).first
  }

  /// The places of `key`, newest segment first: a second copy serves when the first is damaged.
  package func places(
    of key: ObjectKey, atMost limit: Int = .max
  ) throws(StoreError) -> [Location] {
    let (places, damage) = try search(key, atMost: limit)
    if places.isEmpty, let damage { throw damage }
    return places
  }

  /// `places` that takes damage for absence: for whoever can look for something else instead, and
  /// meets the damage there.
  package func readablePlaces(
    of key: ObjectKey, atMost limit: Int = .max
  ) throws(StoreError) -> [Location] {
    try search(key, atMost: limit).places
  }

  private func search(
    _ key: ObjectKey, atMost limit: Int
  ) throws(StoreError) -> (places: [Location], damage: StoreError?) {
    var places: [Location] = []
    var damage: StoreError?
    for segment in segments.reversed() where places.count < limit {
      do {
        for entry in try segment.find(key) {
          places.append(Location(entry, in: segment.containers[Int(entry.container)]))
        }
      } catch {
        guard case .corrupt = error else { throw error }
        damage = error
      }
    }
    return (places, damage)
  }

  /// Whether a writer may rely on `key`: what a damaged segment may have held is stored anew.
  package func holds(_ key: ObjectKey) throws(StoreError) -> Bool {
    try !readablePlaces(of: key, atMost: 1).isEmpty
  }

  package func adding(_ segment: Segment<Directory>) -> IndexView {
    IndexView(segments: segments + [segment], damaged: damaged)
  }
}
