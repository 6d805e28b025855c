package import StoreIO
package import StorePrimitives

/// Walks everything that a ref needs: nodes, recipes, chunks. Each node and blob is visited once.
///
/// O(objects) look-ups; memory is one set of the nodes and blobs seen.
package final class Closure<Directory: DirectoryHandle> {
  private let reader: ObjectReader<Directory>
  private var seen: Set<ObjectKey> = []

  package init(_ snapshot: Snapshot<Directory>) { reader = snapshot.reader() }

  /// Calls `report` for each object that `target` needs and the store does not hold or cannot read.
  package func visit(
    _ target: RefRecord.Target, report: (StoreError) throws(StoreError) -> Void
  ) throws(StoreError) {
    switch target {
    case .tree(let id): try visit(tree: id, report)
    case .blob(let id, let size, _): try visit(blob: id, size: size, report)
    case .manifest(let id): try expect(ObjectKey(.manifest, id), report)
    case .session: return
    }
  }

  private func visit(
    tree: TreeID, _ report: (StoreError) throws(StoreError) -> Void
  ) throws(StoreError) {
    // A node that cannot be read ends the walk of this tree: what follows it is not known.
    do throws(StoreError) {
      guard seen.insert(ObjectKey(.node, tree.digest)).inserted else { return }
      try reader.tree.forEach(in: tree) { (entry) throws(StoreError) in
        if case .file(let blob, let size, _) = entry.content {
          try visit(blob: blob, size: size, report)
        }
        return .more
      }
    } catch {
      guard error.isDamage else { throw error }
      try report(error)
    }
  }

  private func visit(
    blob: BlobID, size: UInt64, _ report: (StoreError) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard seen.insert(ObjectKey(.whole, blob.digest)).inserted else { return }
    let view = reader.snapshot.view
    if try view.holds(ObjectKey(.chunk, blob.digest)) { return }
    if try view.holds(ObjectKey(.whole, blob.digest)) { return }
    do throws(StoreError) {
      guard let recipe = try reader.recipe(of: blob) else { throw .missing(.blob(blob)) }
      guard recipe.size == size else {
        throw .corrupt(.blob(blob), .malformed("recipe of another size"))
      }
      for piece in recipe.pieces { try expect(ObjectKey(piece.id), report) }
    } catch {
      guard error.isDamage else { throw error }
      try report(error)
    }
  }

  private func expect(
    _ key: ObjectKey, _ report: (StoreError) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard try !reader.snapshot.view.holds(key) else { return }
    try report(.missing(key.object))
  }
}
