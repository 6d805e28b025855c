import ArtifactStore
import StoreIO
import StorePrimitives

/// The DIR of the command line that is to be filled.
struct DestinationArgument {
  /// The directory above it, which must exist.
  let parent: LinuxDirectory
  let name: RelativePath
  /// The absolute path for messages.
  let shown: String

  init(_ text: String) throws {
    var bytes = Array(text.utf8)
    while bytes.count > 1, bytes.last == RelativePath.slash { bytes.removeLast() }
    guard !bytes.isEmpty else {
      throw UserMessage("usage", "--to needs the path of a directory")
    }
    let start = try Environment.currentDirectory()
    // A last component that is no name stands for a directory that is there.
    let last = bytes.split(separator: RelativePath.slash).last ?? []
    let isName = !last.isEmpty && !last.elementsEqual(".".utf8) && !last.elementsEqual("..".utf8)
    var full = bytes.first == RelativePath.slash ? bytes : PathArgument.join(start, bytes)
    if !isName { full = try Environment.realPath(full) }
    guard let cut = full.lastIndex(of: RelativePath.slash), cut + 1 < full.count else {
      throw StoreError.destinationNotEmpty(path: "/", first: "everything")
    }
    let above = Array(full[..<max(cut, 1)])
    parent = try ParentDirectory.open(above, for: text)
    name = try RelativePath.checked([full[(cut + 1)...]], below: nil)
    shown = PathText.escape(
      PathArgument.join(try Environment.realPath(above), name.bytes))
  }
}

/// The directory that something new shall lie in.
enum ParentDirectory {
  /// Opens the directory at `path`; `child` is what the user called the new thing.
  static func open(_ path: [UInt8], for child: String) throws -> LinuxDirectory {
    do throws(StoreError) {
      return try LinuxDirectory.open(pathBytes: path)
    } catch {
      guard case .system(let failure) = error, failure.isNotFound else { throw error }
      let missing = PathText.escape(path)
      throw UserMessage(
        "notFound", "there is no directory \(missing) to put \(child) in",
        try: "mkdir -p \(ShellText.word(missing))")
    }
  }
}
