import Glibc
import StorePrimitives

/// A name that exists only until the file gets its own, or is given up.
struct TemporaryName: Sendable {
  let directory: LinuxDirectory
  let name: [UInt8]

  /// Draws a new name; 128 random bits make it unique.
  init(in directory: LinuxDirectory) {
    self.directory = directory
    name = Self.random()
  }

  private static func random() -> [UInt8] { Array(".reprostore-\(Nonce.random().hex).tmp".utf8) }

  /// A name that nothing has, in the directory of `path`.
  static func path(beside path: RelativePath) -> RelativePath {
    let parent = path.parent.map { $0.bytes + [RelativePath.slash] } ?? []
    guard let path = try? RelativePath(parent + random()) else { return path }
    return path
  }

  /// Gives the file the name `newName` too, or instead where the file system has no second names.
  func give(_ newName: UnsafePointer<CChar>, in newDirectory: Int32, linking: Bool) -> Outcome {
    unsafe withCString(name.span) { name in
      if linking {
        let linked = unsafe ExclusiveNaming.link(
          name, in: directory.number, as: newName, in: newDirectory)
        guard ExclusiveNaming.isMissingLink(linked) else { return linked }
      }
      return unsafe ExclusiveNaming.rename(
        name, in: directory.number, to: newName, in: newDirectory)
    }
  }

  /// Removes the name. A failure leaves a file that gc takes later.
  func remove() {
    _ = unsafe withCString(name.span) { unsafe unlinkat(directory.number, $0, 0) }
  }
}
