import StoreIO
import StorePrimitives
import Synchronization

/// Hashes a whole file while its chunks are hashed elsewhere: a second lane over the same blocks.
///
/// A concurrent lane has a thread of its own and three blocks on the way; it makes one huge file
/// use two processors.
final class WholeFileLane {
  private struct Block: Sendable {
    let bytes: [UInt8]
    let range: Range<Int>
  }

  private final class Lane: Sendable {
    let blocks = BoundedQueue<Block>(capacity: 2)
    let free = BoundedQueue<[UInt8]>(capacity: 3)
    let digest = Mutex<Digest?>(nil)

    func run() {
      var hasher = SHA256Hasher()
      while let block = blocks.pop() {
        hasher.update(block.bytes.span.extracting(block.range))
        _ = free.push(block.bytes)
      }
      digest.withLock { $0 = hasher.finish() }
    }
  }

  private let lane: Lane?
  private let thread: WorkerThread?
  private var hasher = SHA256Hasher()
  private var spare: [UInt8] = []

  init(concurrent: Bool) throws(StoreError) {
    guard concurrent else {
      (lane, thread) = (nil, nil)
      return
    }
    let lane = Lane()
    for _ in 0..<3 { _ = lane.free.push([]) }
    thread = try WorkerThread { lane.run() }
    self.lane = lane
  }

  /// A buffer to read the next block into. Whoever takes it must have let go of the block before.
  func freeBlock() -> [UInt8] {
    guard let lane else {
      defer { spare = [] }
      return spare
    }
    return lane.free.pop() ?? []
  }

  /// Hashes `range` of `block`, at once or soon.
  func update(_ block: [UInt8], _ range: Range<Int>) {
    guard let lane else {
      hasher.update(block.span.extracting(range))
      spare = block
      return
    }
    _ = lane.blocks.push(Block(bytes: block, range: range))
  }

  /// The digest of all blocks; ends the lane.
  func finish() -> Digest {
    guard let lane, let thread else { return hasher.finish() }
    lane.blocks.close()
    thread.join()
    return lane.digest.withLock { $0 } ?? hasher.finish()
  }
}
