import ArtifactStore
import StoreIO
import StorePrimitives

/// One way to cut files, with its name in the table.
struct Contestant: Sendable {
  enum Method: Sendable {
    /// What the engine does: plans where a layout tells the parts, else `gear`.
    case planned
    case gear(ChunkerParameters)
    case fixed(Int)
    case whole
  }

  let name: String
  let method: Method
  /// Files of up to this many bytes are one chunk.
  let wholeBytes: Int

  static let all = [
    Contestant(name: "reprostore: plans, else Gear 32/64/256 KiB", method: .planned),
    Contestant(name: "Gear 32/64/256 KiB alone", method: .gear(.standard)),
    Contestant(
      name: "Gear 32/64/256 KiB, small files too", method: .gear(.standard), wholeBytes: 0),
    Contestant(name: "Gear 16/32/128 KiB", method: .gear(kibi(16, 32, 128))),
    Contestant(name: "Gear 64/128/512 KiB", method: .gear(kibi(64, 128, 512))),
    // Xet cuts where the top 16 bits are zero: 64 KiB on average behind the minimum.
    Contestant(name: "Xet's 8/64/128 KiB", method: .gear(kibi(8, 8 + 64, 128)), wholeBytes: 0),
    // restic cuts at 20 bits of its hash: 1 MiB on average behind the minimum.
    Contestant(
      name: "restic's 512 KiB/1/8 MiB", method: .gear(kibi(512, 512 + 1024, 8192)), wholeBytes: 0),
    Contestant(name: "fixed 1 MiB", method: .fixed(1 << 20), wholeBytes: 0),
    Contestant(name: "whole files", method: .whole, wholeBytes: 0),
  ]

  private init(name: String, method: Method, wholeBytes: Int = 256 << 10) {
    self.name = name
    self.method = method
    self.wholeBytes = wholeBytes
  }

  private static func kibi(_ minimum: Int, _ mean: Int, _ maximum: Int) -> ChunkerParameters {
    ChunkerParameters(
      minimumBytes: minimum << 10, meanBytes: mean << 10, maximumBytes: maximum << 10)
  }

  /// Cuts `bytes`, the content of `file`, and tells each chunk: its range, and whether the cut was
  /// forced by the maximum length.
  func cut<File: FileHandle>(
    _ bytes: [UInt8], of file: File, _ use: (Range<Int>, Bool) -> Void
  ) throws(StoreError) {
    let slicer = try slicer(for: file, bytes: bytes.count)
    var offset = 0
    while offset < bytes.count {
      let rest = bytes.span.extracting(droppingFirst: offset)
      let (length, isForced) = slicer.next(rest, at: offset)
      use(offset..<offset + length, isForced)
      offset += length
    }
  }

  private func slicer<File: FileHandle>(
    for file: File, bytes count: Int
  ) throws(StoreError) -> Slicer {
    guard count > wholeBytes else { return .fixed(.max) }
    switch method {
    case .planned:
      guard let plan = try FileLayout.plan(of: file, size: UInt64(count)) else {
        return .gear(GearChunker(.standard))
      }
      return .planned(.planned(plan))
    case .gear(let parameters): return .gear(GearChunker(parameters))
    case .fixed(let length): return .fixed(length)
    case .whole: return .fixed(.max)
    }
  }

  /// What cuts one file.
  private enum Slicer {
    case gear(GearChunker)
    case planned(Cutter)
    case fixed(Int)

    func next(_ rest: Span<UInt8>, at offset: Int) -> (length: Int, isForced: Bool) {
      switch self {
      case .gear(let chunker):
        let length = chunker.cut(rest, isLast: true) ?? rest.count
        return (length, length == chunker.parameters.maximumBytes)
      case .planned(let cutter):
        return (cutter.cut(rest, at: UInt64(offset), isLast: true) ?? rest.count, false)
      case .fixed(let length): return (min(length, rest.count), false)
      }
    }
  }
}
