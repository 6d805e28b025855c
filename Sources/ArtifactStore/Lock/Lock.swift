package import StorePrimitives

/// A path of the workspace and the version that it is bound to.
package struct LockedPin: Hashable, Sendable {
  /// Relative to the workspace.
  package let path: RelativePath
  /// A tree or a blob.
  package let target: RefRecord.Target
  /// Files; links and empty directories count as files.
  package let files: UInt64
  /// Bytes of the files.
  package let bytes: UInt64

  package init(path: RelativePath, target: RefRecord.Target, files: UInt64, bytes: UInt64) {
    self.path = path
    self.target = target
    self.files = files
    self.bytes = bytes
  }
}

/// The pins of a workspace: what `reprostore.lock` says.
///
/// No pin lies in another. See `LockFormat` for the text.
package struct Lock: Hashable, Sendable {
  /// The name of the file in a workspace.
  package static let fileName = RelativePath(trusted: "reprostore.lock")

  /// In path order.
  package private(set) var pins: [LockedPin] = []

  package init() {}

  package var isEmpty: Bool { pins.isEmpty }

  /// The pin of exactly this path. O(log n).
  package subscript(path: RelativePath) -> LockedPin? {
    let place = place(of: path)
    return place < pins.count && pins[place].path == path ? pins[place] : nil
  }

  /// The pin that `path` is or lies in. O(depth of the path · log n).
  package func pin(around path: RelativePath) -> LockedPin? {
    var place: RelativePath? = path
    while let current = place {
      if let pin = self[current] { return pin }
      place = current.parent
    }
    return nil
  }

  /// The pins that lie in `directory` or are it.
  package func pins(in directory: RelativePath) -> ArraySlice<LockedPin> {
    let start = place(of: directory)
    let end = pins[start...].firstIndex { !$0.path.isInside(directory) } ?? pins.count
    return pins[start..<end]
  }

  /// Adds a pin, or takes the place of the one with its path.
  ///
  /// - Throws: `StoreError.nestedPin` when it lies in another or another in it.
  package mutating func set(_ pin: LockedPin) throws(StoreError) {
    let place = place(of: pin.path)
    if place < pins.count, pins[place].path == pin.path {
      pins[place] = pin
      return
    }
    if let inner = pins(in: pin.path).first {
      throw .nestedPin(inner: inner.path.description, outer: pin.path.description)
    }
    if let outer = self.pin(around: pin.path) {
      throw .nestedPin(inner: pin.path.description, outer: outer.path.description)
    }
    pins.insert(pin, at: place)
  }

  /// Removes the pin of exactly this path; false when there is none.
  @discardableResult
  package mutating func remove(_ path: RelativePath) -> Bool {
    let place = place(of: path)
    guard place < pins.count, pins[place].path == path else { return false }
    pins.remove(at: place)
    return true
  }

  /// Where `path` is or would be.
  private func place(of path: RelativePath) -> Int {
    var (low, high) = (0, pins.count)
    while low < high {
      let middle = (low + high) / 2
      if pins[middle].path < path { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
