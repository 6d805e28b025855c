import StoreIO
package import StorePrimitives

extension Store {
  /// Gives `target` the tag `name`, durably.
  ///
  /// - Throws: `StoreError.alreadyExists` when the tag stands for something else and `replacing` is
  ///   false; `missing` for a bare id that is not here with all that it needs.
  package func tag(
    _ name: String, _ target: ResolvedName, replacing: Bool, who: String? = nil
  ) throws(StoreError) {
    let ref = try RefName(.tags, name)
    var record = target.record ?? RefRecord(target: target.target, created: .now())
    record.created = .now()
    record.who = who
    if !replacing, let old = try snapshot().ref(ref), old.target != record.target {
      throw .alreadyExists(path: ref.description)
    }
    if target.ref == nil { try checkWhole(target.target) }
    try set([RefEdit(ref, record.bytes)])
  }

  /// A bare id may be of something that a session left behind unfinished.
  private func checkWhole(_ target: RefRecord.Target) throws(StoreError) {
    let closure = Closure(try snapshot())
    try closure.visit(target) { (problem) throws(StoreError) in throw problem }
  }

  /// Removes the tag `name`; what it stood for stays.
  package func removeTag(_ name: String) throws(StoreError) {
    let ref = try RefName(.tags, name)
    guard try snapshot().ref(ref) != nil else { throw .unknownName(ref.description) }
    try set([RefEdit(ref, nil)])
  }

  private func set(_ edits: [RefEdit]) throws(StoreError) {
    _ = try RootWriter(store: self, base: try snapshot()).commit(edits)
  }
}
