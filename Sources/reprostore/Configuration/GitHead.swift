import StoreIO
import StorePrimitives

/// The commit that is checked out, read from git's own files: no program is run
/// (gitrepository-layout(5)).
enum GitHead {
  private static let maximumBytes: UInt64 = 64 << 20

  /// The commit of the working copy that holds `directory`; nil when there is none, when it has no
  /// commit yet, or when git keeps it in a way that is not known here.
  static func commit(at directory: [UInt8]) -> String? {
    for path in Workspace.ancestors(of: directory) {
      guard let top = try? LinuxDirectory.open(pathBytes: path),
        let kind = try? top.status(RelativePath(trusted: ".git"))?.kind
      else { continue }
      guard let folder = gitFolder(in: top, at: path, kind) else { return nil }
      return commit(in: folder)
    }
    return nil
  }

  /// `.git`, or where it says that the folder is: in a linked working copy and in a submodule.
  private static func gitFolder(
    in top: LinuxDirectory, at path: [UInt8], _ kind: FileKind
  ) -> LinuxDirectory? {
    let name = RelativePath(trusted: ".git")
    guard kind == .file else { return try? top.openDirectory(name) }
    let prefix = "gitdir: "
    guard let line = line(name, in: top), line.hasPrefix(prefix) else { return nil }
    return open(String(line.dropFirst(prefix.count)), from: path)
  }

  private static func open(_ target: String, from directory: [UInt8]) -> LinuxDirectory? {
    let bytes = Array(target.utf8)
    let isAbsolute = bytes.first == RelativePath.slash
    return try? LinuxDirectory.open(
      pathBytes: isAbsolute ? bytes : PathArgument.join(directory, bytes))
  }

  private static func commit(in folder: LinuxDirectory) -> String? {
    guard let head = line(RelativePath(trusted: "HEAD"), in: folder) else { return nil }
    let prefix = "ref: "
    guard head.hasPrefix(prefix) else { return checked(head) }
    let ref = String(head.dropFirst(prefix.count))
    guard ref.hasPrefix("refs/"), let path = try? RelativePath(ref) else { return nil }
    // A linked working copy has its own HEAD, and shares the branches.
    let common = commonFolder(of: folder)
    for place in [folder, common].compactMap({ $0 }) {
      if let text = line(path, in: place) { return checked(text) }
    }
    return packed(ref, in: common ?? folder)
  }

  private static func commonFolder(of folder: LinuxDirectory) -> LinuxDirectory? {
    guard let target = line(RelativePath(trusted: "commondir"), in: folder),
      let path = PathText.unescape(folder.displayPath)
    else { return nil }
    return open(target, from: path)
  }

  /// The line `<id> <ref>` of `packed-refs`.
  private static func packed(_ ref: String, in folder: LinuxDirectory) -> String? {
    guard let bytes = read(RelativePath(trusted: "packed-refs"), in: folder) else { return nil }
    let ending = Array(" \(ref)".utf8)
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.ends(with: ending) {
      return checked(String(decoding: line.dropLast(ending.count), as: UTF8.self))
    }
    return nil
  }

  private static func line(_ path: RelativePath, in folder: LinuxDirectory) -> String? {
    guard let bytes = read(path, in: folder) else { return nil }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    return String(validating: line, as: UTF8.self)
  }

  private static func read(_ path: RelativePath, in folder: LinuxDirectory) -> [UInt8]? {
    guard let file = try? folder.openFile(path), let size = try? file.status().size,
      size <= maximumBytes
    else { return nil }
    return try? file.read(Int(size), at: 0)
  }

  /// `text` when it is a whole id: SHA-1 or SHA-256.
  private static func checked(_ text: String) -> String? {
    let isID = [40, 64].contains(text.utf8.count) && text.utf8.allSatisfy { Hex.isDigit($0) }
    return isID ? text : nil
  }
}

extension ArraySlice<UInt8> {
  fileprivate func ends(with ending: [UInt8]) -> Bool {
    count >= ending.count && suffix(ending.count).elementsEqual(ending)
  }
}
