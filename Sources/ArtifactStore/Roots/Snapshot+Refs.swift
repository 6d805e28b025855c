import StoreIO
package import StorePrimitives

extension Snapshot {
  /// The ref `name`; nil when there is none. O(log n).
  package func ref(_ name: RefName) throws(StoreError) -> RefRecord? {
    if let edit = root.refEdits.first(where: { $0.name == name }) {
      return try edit.record.map { (bytes) throws(StoreError) in try record(bytes) }
    }
    guard let base = root.refsBase else { return nil }
    let reader = self.reader()
    guard let bytes = try reader.sortedTree.value(of: name.path.bytes, in: base) else {
      return nil
    }
    return try record(bytes)
  }

  /// Every ref of `space`, or of all spaces, in name order.
  package func refs(
    in space: RefName.Space? = nil
  ) throws(StoreError) -> [(name: RefName, record: RefRecord)] {
    var refs: [(name: RefName, record: RefRecord)] = []
    for (name, bytes) in try refBytes() where space.map(name.isIn) ?? true {
      refs.append((name, try record(bytes)))
    }
    return refs
  }

  /// Every ref as it is stored, in name order: what the base has, with the edits applied.
  package func refBytes() throws(StoreError) -> [(name: RefName, record: [UInt8])] {
    var edits = root.refEdits[...]
    var refs: [(name: RefName, record: [UInt8])] = []
    func take(upTo name: RefName?) {
      while let edit = edits.first, name.map({ edit.name < $0 }) ?? true {
        if let record = edit.record { refs.append((edit.name, record)) }
        edits.removeFirst()
      }
    }
    if let base = root.refsBase {
      let reader = self.reader()
      try reader.sortedTree.forEach(in: base) { (item) throws(StoreError) in
        let name = try StoreObject.node(base).parsing { () throws(FormatError) in
          try RefName.parse(item.key)
        }
        take(upTo: name)
        if edits.first?.name != name { refs.append((name, item.value)) }
        return .more
      }
    }
    take(upTo: nil)
    return refs
  }

  private func record(_ bytes: [UInt8]) throws(StoreError) -> RefRecord {
    try StoreObject.root(sequence: root.sequence).parsing { () throws(FormatError) in
      try RefRecord(bytes)
    }
  }
}

extension Root {
  /// Puts `edits` over the edits that are there; the list stays in name order.
  package mutating func apply(_ edits: [RefEdit]) {
    for edit in edits {
      let place = refEdits.firstIndex { $0.name >= edit.name } ?? refEdits.count
      let isThere = place < refEdits.count && refEdits[place].name == edit.name
      // Sessions are never in the base, so nothing has to hide them there.
      if edit.record == nil, refsBase == nil || edit.name.isIn(.sessions) {
        if isThere { refEdits.remove(at: place) }
      } else if isThere {
        refEdits[place] = edit
      } else {
        refEdits.insert(edit, at: place)
      }
    }
  }
}
