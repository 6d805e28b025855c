import StorePrimitives

/// How a file of a workspace may share the bytes of the store.
package enum LinkMode: Hashable, Sendable {
  /// Share blocks where the file system can, else copy.
  case automatic
  /// Copy.
  case copy
  /// Share blocks; where that is not possible it is an error.
  case reflink
  /// Large files become second names of raw objects of `user`, which nobody may write to; all
  /// others are copied. Another user's objects are not linked to: he could change them.
  case hardlink(user: UInt32)

  var mayClone: Bool { self != .copy }
  var mustClone: Bool { self == .reflink }
}

extension TreeEntry.Content {
  var isExecutable: Bool {
    guard case .file(_, _, executable: true) = self else { return false }
    return true
  }
}
