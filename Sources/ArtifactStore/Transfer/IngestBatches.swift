import StorePrimitives
import StoreIO
import Synchronization

/// The work of an `add` in pieces of a fair size, in path order: what lies together in a directory
/// comes to lie together in a pack.
final class IngestBatches<Directory: DirectoryHandle>: Sendable {
  private static var maximumFiles: Int { 64 }
  private static var maximumBytes: UInt64 { 4 << 20 }

  private struct Batch: Sendable {
    let tree: Int
    let range: Range<Int>
  }

  private let trees: [ScannedTree<Directory>]
  private let batches: [Batch]
  private let position = Atomic<Int>(0)

  init(_ trees: [ScannedTree<Directory>]) {
    self.trees = trees
    var batches: [Batch] = []
    for (index, tree) in trees.enumerated() {
      var start = 0
      var bytes: UInt64 = 0
      for (position, entry) in tree.entries.enumerated() {
        bytes += entry.status.size
        let count = position + 1 - start
        if count == Self.maximumFiles || bytes >= Self.maximumBytes {
          batches.append(Batch(tree: index, range: start..<position + 1))
          start = position + 1
          bytes = 0
        }
      }
      if start < tree.entries.count {
        batches.append(Batch(tree: index, range: start..<tree.entries.count))
      }
    }
    self.batches = batches
  }

  /// The next batch that no thread has taken; nil when there is none.
  func next() -> Int? {
    let index = position.add(1, ordering: .relaxed).oldValue
    return index < batches.count ? index : nil
  }

  /// Hands out no more batches.
  func stop() { position.store(batches.count, ordering: .relaxed) }

  /// The index of the tree that a batch is of.
  func tree(of index: Int) -> Int { batches[index].tree }

  func entries(of index: Int) -> ArraySlice<ScannedEntry<Directory>> {
    trees[batches[index].tree].entries[batches[index].range]
  }

  /// The results of all batches, put together for each tree.
  func collect<Result>(_ results: [Int: [Result]]) -> [[Result]] {
    var collected = [[Result]](repeating: [], count: trees.count)
    for (index, batch) in batches.enumerated() { collected[batch.tree] += results[index] ?? [] }
    return collected
  }
}
