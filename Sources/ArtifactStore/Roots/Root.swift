package import StoreIO
package import StorePrimitives

/// One numbered commit of a store: which segments are live and which refs exist.
///
/// Immutable once created. Its id is the SHA-256 of its bytes; it names the id of the root before
/// it, so the roots are a chain (docs/protocol.md).
package struct Root: Sendable, Equatable {
  package var sequence: UInt64 = 0
  /// The id of the root before; zeros for the first.
  package var previous = RootID(Digest.zero)
  /// Counts the roots that took something away (gc): a writer whose base is of an older epoch
  /// checks again what it reused.
  package var epoch: UInt64 = 0
  /// Makes the bytes of each try unique, so a writer knows its own root again.
  package var nonce = Nonce(high: 0, low: 0)
  /// Advisory: nothing that must be right depends on a clock.
  package var created = Timestamp(seconds: 0, nanoseconds: 0)
  /// Bits that a reader must know. None are defined in version 1.
  package var readFeatures: UInt64 = 0
  /// Bits that a writer must know besides.
  package var writeFeatures: UInt64 = 0
  /// The sorted tree of refs that `refEdits` stand upon.
  package var refsBase: NodeID?
  /// Refs that changed since `refsBase` was written, in name order; nil removes.
  package var refEdits: [RefEdit] = []
  /// Ids that are referenced but not held; while there are any, no closure is taken for granted.
  package var absent: NodeID?
  /// Live segments, oldest first.
  package var segments: [SegmentSummary] = []
  /// Containers on their way out.
  package var condemned: [Condemnation] = []

  package init() {}
}

/// A live segment and how many entries it has.
package struct SegmentSummary: Hashable, Sendable {
  package let id: SegmentID
  /// What its header says; a hint.
  package let entryCount: UInt64

  package init(id: SegmentID, entryCount: UInt64) {
    self.id = id
    self.entryCount = entryCount
  }
}

/// A change to one ref.
package struct RefEdit: Hashable, Sendable {
  package let name: RefName
  /// The bytes of a `RefRecord`; nil when the ref is removed.
  package let record: [UInt8]?

  package init(_ name: RefName, _ record: [UInt8]?) {
    self.name = name
    self.record = record
  }
}

/// A container that will be deleted. Condemned first, which can be undone; then purging, which
/// cannot; only after a root that says purging may the file go.
package struct Condemnation: Hashable, Sendable {
  package enum State: UInt8, Sendable { case condemned = 1, purging = 2 }

  package let container: ContainerRecord
  package let state: State
  /// Seconds since 1970 of the root that condemned it.
  package let since: Int64

  package init(container: ContainerRecord, state: State, since: Int64) {
    self.container = container
    self.state = state
    self.since = since
  }
}
