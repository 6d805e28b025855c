import StoreIO
import StorePrimitives

/// Git's own folder for a working copy, found and read by its files: no program is run
/// (gitrepository-layout(5)).
struct GitFolder {
  private static let maximumBytes: UInt64 = 64 << 20

  /// The absolute path of the working copy.
  let top: [UInt8]
  /// `.git`, or where it says that the folder is: in a linked working copy and in a submodule.
  let folder: LinuxDirectory

  /// The folder of the nearest working copy that holds `directory`, an absolute path; nil when
  /// there is none, or when git keeps it in a way that is not known here.
  static func find(around directory: [UInt8]) -> GitFolder? {
    let name = RelativePath(trusted: ".git")
    for path in Workspace.ancestors(of: directory) {
      guard let top = try? LinuxDirectory.open(pathBytes: path),
        let kind = try? top.status(name)?.kind
      else { continue }
      let folder =
        kind == .file ? linked(name, in: top, at: path) : try? top.openDirectory(name)
      return folder.map { GitFolder(top: path, folder: $0) }
    }
    return nil
  }

  private static func linked(
    _ name: RelativePath, in top: LinuxDirectory, at path: [UInt8]
  ) -> LinuxDirectory? {
    let prefix = "gitdir: "
    guard let line = line(name, in: top), line.hasPrefix(prefix) else { return nil }
    return open(String(line.dropFirst(prefix.count)), from: path)
  }

  /// The folder that the working copies of one repository share; nil unless this is a linked one.
  var common: LinuxDirectory? {
    guard let target = Self.line(RelativePath(trusted: "commondir"), in: folder),
      let path = PathText.unescape(folder.displayPath)
    else { return nil }
    return Self.open(target, from: path)
  }

  private static func open(_ target: String, from directory: [UInt8]) -> LinuxDirectory? {
    let bytes = Array(target.utf8)
    let isAbsolute = bytes.first == RelativePath.slash
    return try? LinuxDirectory.open(
      pathBytes: isAbsolute ? bytes : PathArgument.join(directory, bytes))
  }

  /// The first line of a file; nil when there is none that is text.
  static func line(_ path: RelativePath, in folder: LinuxDirectory) -> String? {
    guard let bytes = read(path, in: folder) else { return nil }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    return String(validating: line, as: UTF8.self)
  }

  /// The bytes of a file of a fair size.
  static func read(_ path: RelativePath, in folder: LinuxDirectory) -> [UInt8]? {
    guard let file = try? folder.openFile(path), let size = try? file.status().size,
      size <= maximumBytes
    else { return nil }
    return try? file.read(Int(size), at: 0)
  }
}
