package import StoreIO
package import StorePrimitives

extension IgnoreRules {
  /// The name of an ignore file.
  package static let fileName = ".reproignore"

  /// The bytes of the ignore file of `directory`; nil when it has none.
  package static func load<Directory: DirectoryHandle>(
    from directory: Directory
  ) throws(StoreError) -> [UInt8]? {
    let name = RelativePath(trusted: fileName)
    guard let status = try directory.status(name), status.kind == .file else { return nil }
    guard status.size <= UInt64(Limits.ignoreFileBytes) else {
      throw .badIgnoreRule(path: "\(directory.displayPath)/\(fileName)", line: 0)
    }
    return try directory.openFile(name).read(Int(status.size), at: 0)
  }
}
