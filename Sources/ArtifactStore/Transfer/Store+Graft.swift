import StoreIO
package import StorePrimitives

extension Store {
  /// Makes a new version of `pin` that has `part` at `inner` and is otherwise the same, pins it
  /// durably and returns it. O(entries of the pin), and no byte of a file is touched.
  ///
  /// - Throws: `StoreError.pinNotHere`; `nestedPin` for a pin that is a single file.
  @specialized(where Directory == LinuxDirectory)
  package func graft(
    _ part: RefRecord.Target, at inner: RelativePath, onto pin: LockedPin, from origin: PinOrigin
  ) throws(StoreError) -> LockedPin {
    guard case .tree(let base) = pin.target else {
      let whole = try inner.checkedInside(pin.path)
      throw .nestedPin(inner: whole.description, outer: pin.path.description)
    }
    let session = try WriteSession(self)
    let sink = PackSink(session, isDryRun: false)
    var builder = SortedTreeBuilder { (id, bytes) throws(StoreError) in
      try sink.store(metadata: ObjectKey(id), bytes)
    }
    let version = PinVersion<Directory>(path: pin.path, target: pin.target, source: nil)
    let snapshot = session.snapshot
    let scion = try snapshot.entries(of: part, at: inner)
    try snapshot.locating(version) { () throws(StoreError) in
      var isGrafted = false
      func graft() throws(StoreError) {
        guard !isGrafted else { return }
        isGrafted = true
        for entry in scion { try builder.add(entry) }
      }
      try snapshot.reader().tree.forEach(in: base) { (entry) throws(StoreError) in
        if inner < entry.path { try graft() }
        // What the part takes the place of: all in it, and a file where it needs a directory.
        guard !entry.path.isInside(inner), !inner.isInside(entry.path) else { return .more }
        try builder.add(entry)
        return .more
      }
      try graft()
    }
    let (root, total) = try builder.finish()
    let target = RefRecord.Target.tree(TreeID(root.digest))
    let record = RefRecord(pin: pin.path, target, from: origin)
    try sink.finish()
    try session.finish([RefEdit(try .pin(record), record.bytes)])
    return LockedPin(path: pin.path, target: target, files: total.count, bytes: total.weight)
  }
}

extension SortedTreeBuilder {
  /// Appends an entry of a directory.
  package mutating func add(_ entry: TreeEntry) throws(StoreError) {
    try add(key: entry.path.bytes, value: entry.value, weight: entry.size)
  }
}

extension Snapshot {
  /// The entries of `target` below `place`; an empty directory is one entry.
  fileprivate func entries(
    of target: RefRecord.Target, at place: RelativePath
  ) throws(StoreError) -> [TreeEntry] {
    var entries: [TreeEntry] = []
    switch target {
    case .blob(let blob, let size, let executable):
      let content = TreeEntry.Content.file(blob, size: size, executable: executable)
      return [TreeEntry(path: place, content: content)]
    case .tree(let tree):
      try reader().tree.forEach(in: tree) { (entry) throws(StoreError) in
        let path = try entry.path.checkedInside(place)
        entries.append(TreeEntry(path: path, content: entry.content))
        return .more
      }
    case .manifest, .session: throw .noSuchEntry(path: place.description)
    }
    return entries.isEmpty ? [TreeEntry(path: place, content: .emptyDirectory)] : entries
  }
}
