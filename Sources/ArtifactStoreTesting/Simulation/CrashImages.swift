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
/// Where hundreds of changes pend, as after a restore without `fsync`, `singleLimit` says how many
/// of them are lost alone at each point; they are drawn by the seed.
///
/// The images are made when they are asked for and share what they have in common: one costs what
/// is pending, not what there is.
package struct CrashImages: Sequence, Sendable {
  fileprivate let log: [LoggedChange]
  fileprivate let base: FileTree
  fileprivate let settings: SimulatedFileSystem.Settings
  fileprivate let model: CrashModel
  fileprivate let randomSubsets: Int
  fileprivate let singleLimit: Int
  fileprivate let seed: UInt64

  init(
    log: [LoggedChange], base: FileTree, settings: SimulatedFileSystem.Settings,
    model: CrashModel, randomSubsets: Int, singleLimit: Int, seed: UInt64
  ) {
    self.log = log
    self.base = base
    self.settings = settings
    self.model = model
    self.randomSubsets = randomSubsets
    self.singleLimit = singleLimit
    self.seed = seed
  }

  /// Images of the changes `log` of a file system that was `base` before them, all of it durable.
  /// `SimulatedFileSystem.crashImages` knows both.
  package init(
    log: [LoggedChange], base: SimulatedFileSystem, model: CrashModel, randomSubsets: Int,
    singleLimit: Int = .max, seed: UInt64
  ) {
    self.init(
      log: log, base: base.read { $0.tree }, settings: base.settings, model: model,
      randomSubsets: randomSubsets, singleLimit: singleLimit, seed: seed)
  }

  package func makeIterator() -> Iterator { Iterator(self) }

  package struct Iterator: IteratorProtocol {
    private let images: CrashImages
    private var window: CrashWindow
    private var point: CrashPoint?
    private var prefix = 0
    private var acknowledged: [String] = []
    /// What is still to be tried at this prefix, last first.
    private var variants: [CrashVariant] = []
    /// Fingerprints of the images since the last promise.
    private var seen: Set<UInt64> = []

    fileprivate init(_ images: CrashImages) {
      self.images = images
      window = CrashWindow(base: images.base, model: images.model)
      point = nil
      prepare(isNewPromise: true)
    }

    package mutating func next() -> CrashImage? {
      while true {
        while let variant = variants.popLast() {
          if let image = image(variant) { return image }
        }
        guard prefix < images.log.count else { return nil }
        advance()
      }
    }

    private mutating func advance() {
      let logged = images.log[prefix]
      window.advance(logged, index: prefix)
      prefix += 1
      guard case .acknowledge(let label) = logged.change else {
        return prepare(isNewPromise: false)
      }
      acknowledged.append(label)
      seen = []
      prepare(isNewPromise: true)
    }

    /// Differs for each prefix.
    private var seed: UInt64 { SeededRandom.mix(images.seed, UInt64(prefix)) }

    /// Sets out what to try, if something else can be lost than before or must not be any more.
    private mutating func prepare(isNewPromise: Bool) {
      let next = window.point(after: point)
      point = next ?? point
      guard let point, next != nil || isNewPromise else { return }
      let single = point.variants(limit: images.singleLimit, seed: seed)
      variants = (single + (0..<images.randomSubsets).map { .random($0) }).reversed()
    }

    /// Nil for an image that was made before.
    private mutating func image(_ variant: CrashVariant) -> CrashImage? {
      guard let point else { return nil }
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
