import ArtifactStore
import StoreIO
import StorePrimitives

/// The `.gitignore` at the root of the workspace: what is pinned is kept out of git.
struct GitIgnoreFile {
  static let name = RelativePath(trusted: ".gitignore")

  let workspace: Workspace

  /// Nil where there is no git: then nothing is to be kept out of it.
  init?(of workspace: Workspace) {
    guard GitFolder.find(around: workspace.path) != nil else { return nil }
    self.workspace = workspace
  }

  /// Refuses what cannot be read as a file: then nothing could be kept out of git.
  func check() throws {
    _ = try contents()
  }

  /// Whether a merge of git has left both sides in it: both branches pinned something new.
  var isInConflict: Bool {
    get throws {
      let lines = try contents().split(separator: UInt8(ascii: "\n"))
      return lines.contains { $0.starts(with: "<<<<<<< ".utf8) }
    }
  }

  /// Adds a line for each of `paths` that no rule of the workspace covers yet. The caller holds
  /// `Workspace.alone`.
  func add(_ paths: [RelativePath]) throws {
    let lines = try paths.filter { try !isIgnored($0) }.map(Self.line)
    guard !lines.isEmpty else { return }
    var bytes = try contents()
    if let last = bytes.last, last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
    for line in lines { bytes += line + [UInt8(ascii: "\n")] }
    try workspace.replace(Self.name, with: bytes)
  }

  /// Removes the line of `path`, if it is there just as `add` writes it.
  func remove(_ path: RelativePath) throws {
    let line = Self.line(path)
    let bytes = try contents()
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let left = lines.filter { !$0.elementsEqual(line) }
    guard left.count < lines.count else { return }
    try workspace.replace(Self.name, with: Array(left.joined(separator: [UInt8(ascii: "\n")])))
  }

  /// All of it: what is left out here would be gone when it is written back.
  private func contents() throws -> [UInt8] {
    let status = try workspace.root.status(Self.name)
    guard status?.kind != .directory else {
      throw StoreError.inTheWay(path: Self.name.description, kind: "directory")
    }
    if let status, status.size > Limits.ignoreFileBytes {
      throw UserMessage(
        "ignoreFileTooLarge",
        ".gitignore has \(Words.size(status.size)), too many to add a line to",
        try: "move rules to .gitignore files of the directories they are about", status: .usage)
    }
    return try workspace.contents(of: Self.name, limit: Limits.ignoreFileBytes) ?? []
  }

  /// Whether a `.gitignore` of the workspace has a rule that covers `path` or a directory above it.
  private func isIgnored(_ path: RelativePath) throws -> Bool {
    var rules = IgnoreRules.none.descending(into: nil, file: try contents())
    var above: RelativePath?
    for component in path.components {
      let place = try RelativePath.checked([component], below: above)
      let kind = try workspace.root.status(place)?.kind
      if rules.ignores(place, isDirectory: kind == .directory) { return true }
      guard place != path, kind == .directory else { return false }
      let file = try RelativePath.checked([Self.name.bytes[...]], below: place)
      rules = rules.descending(
        into: place, file: try workspace.contents(of: file, limit: Limits.ignoreFileBytes))
      above = place
    }
    return false
  }

  /// The pattern that matches `path` and nothing else (gitignore(5)).
  private static func line(_ path: RelativePath) -> [UInt8] {
    var line = [RelativePath.slash]
    for byte in path.bytes {
      switch byte {
      case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "\\"),
        UInt8(ascii: " "):
        line += [UInt8(ascii: "\\"), byte]
      // A pattern cannot hold a line end.
      case UInt8(ascii: "\n"): line.append(UInt8(ascii: "?"))
      default: line.append(byte)
      }
    }
    return line
  }
}
