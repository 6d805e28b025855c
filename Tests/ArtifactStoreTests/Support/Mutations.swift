import ArtifactStoreTesting

/// What damage and malice make of some bytes: every truncation, every byte changed in five ways,
/// every byte left out or doubled, and combinations by chance.
struct Mutations: Sequence {
  private let bytes: [UInt8]
  private let seed: UInt64
  private let isShort: Bool

  /// `isShort` leaves most of the ways out, where each mutant costs a store.
  init(of bytes: some Sequence<UInt8>, seed: UInt64, isShort: Bool = false) {
    self.bytes = Array(bytes)
    self.seed = seed
    self.isShort = isShort
  }

  func makeIterator() -> AnyIterator<[UInt8]> {
    var index = 0
    var kind = 0
    let kinds = isShort ? 2 : 8
    var left = isShort ? 300 : 2000
    var random = SeededRandom(seed: seed)
    return AnyIterator {
      while index < bytes.count {
        defer {
          kind = (kind + 1) % kinds
          if kind == 0 { index += 1 }
        }
        if let mutant = mutant(kind, at: index) { return mutant }
      }
      guard left > 0 else { return nil }
      left -= 1
      return combination(&random)
    }
  }

  private func mutant(_ kind: Int, at index: Int) -> [UInt8]? {
    var mutant = bytes
    switch kind {
    case 0: mutant[index] ^= 1
    case 1: mutant[index] ^= 0xff
    case 2: mutant[index] ^= 0x80
    case 3: mutant.removeSubrange(index...)
    case 4: mutant[index] = 0
    case 5: mutant[index] = 0x7f
    case 6: mutant.remove(at: index)
    default: mutant.insert(bytes[index], at: index)
    }
    return mutant == bytes ? nil : mutant
  }

  private func combination(_ random: inout SeededRandom) -> [UInt8] {
    var mutant = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      guard let index = mutant.indices.randomElement(using: &random) else { break }
      switch Int.random(in: 0..<4, using: &random) {
      case 0: mutant[index] = .random(in: .min ... .max, using: &random)
      case 1: mutant.remove(at: index)
      case 2: mutant.insert(.random(in: .min ... .max, using: &random), at: index)
      default:
        // A number that is as large as a field can say.
        let end = Swift.min(index + 8, mutant.count)
        mutant.replaceSubrange(index..<end, with: repeatElement(0xff, count: end - index))
      }
    }
    return mutant
  }
}
