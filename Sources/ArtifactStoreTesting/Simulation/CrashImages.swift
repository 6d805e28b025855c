import StorePrimitives

/// What a power loss may leave of a file system.
package struct CrashImage: Sendable {
  /// How many changes of the log had been made.
  package let prefix: Int
  /// The promises that had been made by then, in order.
  package let acknowledged: [String]
  /// The file system as the next start finds it; all of it is durable.
  package let image: SimulatedFileSystem
  package let model: CrashModel
  package let variant: CrashVariant
  private let log: [LoggedChange]

  fileprivate init(
    prefix: Int, acknowledged: [String], image: SimulatedFileSystem, model: CrashModel,
    variant: CrashVariant, log: [LoggedChange]
  ) {
    self.prefix = prefix
    self.acknowledged = acknowledged
    self.image = image
    self.model = model
    self.variant = variant
    self.log = log
  }
}

extension CrashImage: CustomStringConvertible {
  /// Where and how it crashed, in words for a failed test; made when it is asked for.
  package var description: String {
    let last = prefix == 0 ? "start" : "\(log[prefix - 1].change)"
    return "\(model) crash after change \(prefix) of \(log.count) (\(last)): \(fate)"
  }

  private var fate: String {
    switch variant {
    case .nothing: "nothing pending was kept"
    case .everything: "everything was kept"
    case .uniform(let end, let data): "metadata kept \(limit(end)), data \(data)"
    case .dropping(let index, let half, let keepsSize):
      "lost: \(log[index].change)" + (half == 1 ? " (the new name)" : "")
        + (keepsSize ? " (not its size)" : "")
    case .torn(let index, let place, let keepsSize):
      "torn at \(place): \(log[index].change)" + (keepsSize ? " (not its size)" : "")
    case .random(let number): "random subset \(number)"
    }
  }

  private func limit(_ end: Int) -> String {
    switch end {
    case -1: "not at all"
    case .max: "whole"
    default: "up to change \(end + 1) (\(log[end].change))"
    }
  }
}

/// The file systems that a power loss may leave, after no change of a log, after one, and so on.
///
/// At each point these are tried: nothing that is pending, and everything; everything but one
/// change, for each (in the ordered model: each prefix of the metadata); all metadata without data,
/// once with the sizes; the last write torn at multiples of 512 bytes, at up to 8 places; random
/// subsets by a seed. An image that equals one before is left out, until the next promise.
///
/// The images are made when they are asked for and share what they have in common: one costs what
/// is pending, not what there is.
package struct CrashImages: Sequence, Sendable {
  fileprivate let log: [LoggedChange]
  fileprivate let base: FileTree
  fileprivate let settings: SimulatedFileSystem.Settings
  fileprivate let model: CrashModel
  fileprivate let randomSubsets: Int
  fileprivate let seed: UInt64

  init(
    log: [LoggedChange], base: FileTree, settings: SimulatedFileSystem.Settings,
    model: CrashModel, randomSubsets: Int, seed: UInt64
  ) {
    self.log = log
    self.base = base
    self.settings = settings
    self.model = model
    self.randomSubsets = randomSubsets
    self.seed = seed
  }

  /// Images of the changes `log` of a file system that was `base` before them, all of it durable.
  /// `SimulatedFileSystem.crashImages` knows both.
  package init(
    log: [LoggedChange], base: SimulatedFileSystem, model: CrashModel, randomSubsets: Int,
    seed: UInt64
  ) {
    self.init(
      log: log, base: base.read { $0.tree }, settings: base.settings, model: model,
      randomSubsets: randomSubsets, seed: seed)
  }

  package func makeIterator() -> Iterator { Iterator(self) }

  package struct Iterator: IteratorProtocol {
    private let images: CrashImages
    private var window: CrashWindow
    private var point: CrashPoint
    private var prefix = 0
    private var acknowledged: [String] = []
    /// What is still to be tried at this prefix, last first.
    private var variants: [CrashVariant] = []
    /// Fingerprints of the images since the last promise.
    private var seen: Set<UInt64> = []

    fileprivate init(_ images: CrashImages) {
      self.images = images
      window = CrashWindow(base: images.base, model: images.model)
      point = window.point
      prepare()
    }

    package mutating func next() -> CrashImage? {
      while true {
        while let variant = variants.popLast() {
          if let image = image(variant) { return image }
        }
        guard prefix < images.log.count else { return nil }
        advance()
        prepare()
      }
    }

    private mutating func advance() {
      let logged = images.log[prefix]
      if case .acknowledge(let label) = logged.change {
        acknowledged.append(label)
        seen = []
      }
      window.advance(logged, index: prefix)
      prefix += 1
    }

    /// Differs for each prefix, so that one prefix alone gives the images it has in the sequence.
    private var seed: UInt64 { SeededRandom.mix(images.seed, UInt64(prefix)) }

    private mutating func prepare() {
      point = window.point
      let randomSubsets = images.randomSubsets
      variants = point.variants(randomSubsets: randomSubsets, seed: seed).reversed()
    }

    /// Nil for an image that was made before.
    private mutating func image(_ variant: CrashVariant) -> CrashImage? {
      var chooser = CrashChooser(variant, at: point, seed: seed)
      let tree = point.image { chooser.outcome(of: $0) }
      guard seen.insert(point.fingerprint(of: tree)).inserted else { return nil }
      let clock = prefix == 0 ? images.base.latestTime : images.log[prefix - 1].time
      let fileSystem = SimulatedFileSystem(
        tree: tree, clock: clock, settings: images.settings)
      return CrashImage(
        prefix: prefix, acknowledged: acknowledged, image: fileSystem, model: images.model,
        variant: variant, log: images.log)
    }
  }
}
