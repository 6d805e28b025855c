import StoreIO
package import StorePrimitives

extension Store {
  /// Gives `target` the tag `name`, durably.
  ///
  /// - Throws: `StoreError.alreadyExists` when the tag stands for something else and `replacing` is
  ///   false.
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
    try set([RefEdit(ref, record.bytes)])
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
