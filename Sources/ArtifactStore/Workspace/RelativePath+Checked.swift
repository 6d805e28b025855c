package import StorePrimitives

extension RelativePath {
  /// `components` below `directory`, with the error of the engine.
  package static func checked(
    _ components: [ArraySlice<UInt8>], below directory: RelativePath?
  ) throws(StoreError) -> RelativePath {
    var joined = directory.map { $0.bytes + [slash] } ?? []
    for (index, component) in components.enumerated() {
      if index > 0 { joined.append(slash) }
      joined += component
    }
    do {
      return try RelativePath(joined)
    } catch {
      throw .badPath(path: PathText.escape(joined), error)
    }
  }

  /// The part of `self` below `directory`, which it lies in.
  package func relative(to directory: RelativePath) throws(StoreError) -> RelativePath {
    try RelativePath.checked(Array(components.dropFirst(directory.components.count)), below: nil)
  }
}
