/// Which of the pending changes a crash keeps.
package enum CrashVariant: Hashable, Sendable {
  /// Pending metadata up to the change `metadataThrough` of the log, and all data in one way.
  case uniform(metadataThrough: Int, data: DataFate)
  /// All but one change of the log, or but one half of a rename; of a write `keepsSize` keeps the
  /// size.
  case dropping(change: Int, half: Int, keepsSize: Bool)
  /// All, and of the last write the bytes below the offset `at` in its file.
  case torn(change: Int, at: UInt64, keepsSize: Bool)
  /// The numbered random subset.
  case random(Int)

  /// What becomes of pending data.
  package enum DataFate: Hashable, Sendable {
    case lost, zeros, kept
  }

  package static let nothing = CrashVariant.uniform(metadataThrough: -1, data: .lost)
  package static let everything = CrashVariant.uniform(metadataThrough: .max, data: .kept)
}

extension CrashPoint {
  /// The unit in which a disk tears a write, in bytes.
  private static let sectorBytes: UInt64 = 512
  /// The most places at which the last write is torn.
  private static let tearLimit = 8

  /// What to try at this point of the log beside random subsets. Of those that lose one change
  /// there are up to `limit`, drawn by the seed.
  func variants(limit: Int, seed: UInt64) -> [CrashVariant] {
    let pending = pending
    guard !pending.isEmpty else { return [.nothing] }
    let writes = pending.filter(\.isData).map(\.index).removingRepetition()
    let fates: [CrashVariant.DataFate] = writes.isEmpty ? [.kept] : [.lost, .zeros, .kept]
    let whole: [CrashVariant] = fates.map { .uniform(metadataThrough: .max, data: $0) }
    let single = singles(pending.filter { !$0.isData }, writes, fates)
    let drawn = single.drawn(limit, seed: seed)
    return [.nothing] + whole + drawn + (writes.last.map { tears(of: $0, seed: seed) } ?? [])
  }

  /// Each pending change lost; in the ordered model that of metadata with all that follows.
  private func singles(
    _ metadata: [PendingChange], _ writes: [Int], _ fates: [CrashVariant.DataFate]
  ) -> [CrashVariant] {
    let ofMetadata: [CrashVariant] =
      switch model {
      case .ordered:
        ([-1] + metadata.dropLast().map(\.index)).flatMap { end in
          fates.map { .uniform(metadataThrough: end, data: $0) }
        }
      case .adversarial:
        metadata.map { .dropping(change: $0.index, half: $0.half, keepsSize: false) }
      }
    return ofMetadata
      + writes.flatMap { write in
        [false, true].map { .dropping(change: write, half: 0, keepsSize: $0) }
      }
  }

  /// Some places in the change `index`, which is a write, at multiples of the sector size.
  private func tears(of index: Int, seed: UInt64) -> [CrashVariant] {
    let places = sectorBounds(of: index)
    // The first and the last place and some between.
    let inner = places.dropFirst().dropLast()
    let ends = places.indices.filter { !inner.indices.contains($0) }.map { places[$0] }
    let chosen = ends + Array(inner).drawn(CrashPoint.tearLimit - ends.count, seed: seed)
    return chosen.flatMap { place in
      [false, true].map { .torn(change: index, at: place, keepsSize: $0) }
    }
  }

  /// The bounds of sectors within the change `index`, which is a write.
  func sectorBounds(of index: Int) -> [UInt64] {
    let pieces = changes.filter { $0.index == index }.compactMap(\.piece?.piece)
    guard let first = pieces.first, let last = pieces.last else { return [] }
    let sector = CrashPoint.sectorBytes
    return Array(stride(from: (first.offset / sector + 1) * sector, to: last.end, by: Int(sector)))
  }
}

/// Answers for a variant what becomes of each pending change.
struct CrashChooser {
  private let variant: CrashVariant
  private let point: CrashPoint
  private var random: SeededRandom
  /// Of a random subset: how many of eight changes it keeps.
  private var density = 0
  /// Of a random subset in the ordered model: the last change of metadata that it keeps.
  private var lastMetadata = Int.max
  /// Of a random subset: what becomes of each write that was met.
  private var writes: [Int: WriteFate] = [:]

  private enum WriteFate {
    case whole(Outcome)
    case eachBlock
  }

  init(_ variant: CrashVariant, at point: CrashPoint, seed: UInt64) {
    self.variant = variant
    self.point = point
    random = SeededRandom(seed: seed)
    guard case .random(let number) = variant else { return }
    random = SeededRandom(seed: SeededRandom.mix(seed, UInt64(number)))
    density = Int.random(in: 1...7, using: &random)
    guard point.model == .ordered else { return }
    let ends = point.pending.filter { !$0.isData }.map(\.index)
    lastMetadata = ([-1] + ends).randomElement(using: &random) ?? -1
  }

  mutating func outcome(of change: PendingChange) -> Outcome {
    switch variant {
    case .uniform(let last, let data):
      guard change.isData else { return change.index <= last ? .present : .absent }
      return switch data {
      case .lost: .absent
      case .zeros: .sizeOnly
      case .kept: .present
      }
    case .dropping(change.index, change.half, let keepsSize):
      return keepsSize ? .sizeOnly : .absent
    case .torn(change.index, let place, let keepsSize):
      return .torn(at: place, keepsSize: keepsSize)
    case .dropping, .torn: return .present
    case .random: return randomOutcome(of: change)
    }
  }

  private mutating func randomOutcome(of change: PendingChange) -> Outcome {
    guard change.isData else {
      let isKept =
        point.model == .ordered ? change.index <= lastMetadata : random.chance(density, in: 8)
      return isKept ? .present : .absent
    }
    let fate = writes[change.index] ?? drawFate(of: change.index)
    writes[change.index] = fate
    return switch fate {
    case .whole(let outcome): outcome
    case .eachBlock: random.chance(density, in: 8) ? .present : randomLoss()
    }
  }

  private mutating func drawFate(of index: Int) -> WriteFate {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return .eachBlock
    case 1:
      let places = point.sectorBounds(of: index)
      guard let place = places.randomElement(using: &random) else { return .whole(.present) }
      return .whole(.torn(at: place, keepsSize: Bool.random(using: &random)))
    default: return .whole(random.chance(density, in: 8) ? .present : randomLoss())
    }
  }

  private mutating func randomLoss() -> Outcome { random.chance(2, in: 3) ? .absent : .sizeOnly }
}

extension Array {
  /// `count` elements in their order, drawn by the seed, or all when there are fewer.
  fileprivate func drawn(_ count: Int, seed: UInt64) -> [Element] {
    guard count < self.count else { return self }
    var random = SeededRandom(seed: seed)
    return indices.shuffled(using: &random).prefix(count).sorted().map { self[$0] }
  }
}

extension Array where Element: Equatable {
  /// Without elements that equal the one before.
  fileprivate func removingRepetition() -> [Element] {
    indices.filter { $0 == 0 || self[$0] != self[$0 - 1] }.map { self[$0] }
  }
}
