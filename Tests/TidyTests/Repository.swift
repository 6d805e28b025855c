import Foundation

/// The files of the repository that this test was built from.
struct Repository: Sendable {
  let files: [SourceFile]
  private let paths: Set<String>

  init(files: [SourceFile]) {
    self.files = files
    var paths: Set<String> = []
    for file in files {
      var path = Substring(file.path)
      paths.insert(file.path)
      while let slash = path.lastIndex(of: "/") {
        path = path[..<slash]
        paths.insert(String(path))
      }
    }
    self.paths = paths
  }

  /// Whether there is a file or a folder at `path`.
  func contains(_ path: String) -> Bool { path.isEmpty || paths.contains(path) }

  static let current = Repository(
    files: paths(below: root).map { SourceFile(root: root, path: $0) })

  /// Found from the place of this file: `Tests/TidyTests/Repository.swift`.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// What git tracks or would track, in order; without git, or outside a working copy, what a walk
  /// finds.
  static func paths(below root: URL) -> [String] {
    guard let tracked = trackedPaths(below: root), tracked.contains("Package.swift") else {
      return walkedPaths(below: root)
    }
    return tracked.filter { isFile(root.appending(path: $0)) }.sorted()
  }

  static func trackedPaths(below root: URL) -> [String]? {
    let git = Process()
    git.executableURL = URL(filePath: "/usr/bin/env")
    git.arguments =
      ["git", "-C", root.path, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    // A hook of git would lead these elsewhere.
    git.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("GIT_") }
    let output = Pipe()
    git.standardOutput = output
    git.standardError = FileHandle.nullDevice
    git.standardInput = FileHandle.nullDevice
    guard (try? git.run()) != nil else { return nil }
    let bytes = (try? output.fileHandleForReading.readToEnd()) ?? Data()
    git.waitUntilExit()
    guard git.terminationStatus == 0 else { return nil }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Every file but what is built: `.build`, `dist`, caches, and the folder of git.
  static func walkedPaths(below root: URL) -> [String] {
    let skipped: Set = [".git", ".build", ".swiftpm", "__pycache__"]
    var paths: [String] = []
    var folders = [""]
    while let folder = folders.popLast() {
      let place = root.appending(path: folder)
      for name in (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? [] {
        let path = folder.isEmpty ? name : folder + "/" + name
        guard !skipped.contains(name), path != "dist" else { continue }
        if isFile(root.appending(path: path)) { paths.append(path) } else { folders.append(path) }
      }
    }
    return paths.sorted()
  }

  /// Whether there is a file; a symbolic link counts as one, whatever it leads to.
  private static func isFile(_ place: URL) -> Bool {
    let type = try? FileManager.default.attributesOfItem(atPath: place.path)[.type]
    return type != nil && type as? FileAttributeType != .typeDirectory
  }
}

extension SourceFile {
  /// Reads the file at `path` below `root`. A file over 1 MiB is not looked into.
  fileprivate init(root: URL, path: String) {
    let place = root.appending(path: path)
    let attributes = try? FileManager.default.attributesOfItem(atPath: place.path)
    let byteCount = (attributes?[.size] as? Int) ?? 0
    let bytes = byteCount <= Rules.fileByteLimit ? try? Data(contentsOf: place) : nil
    let text = bytes.flatMap { String(validating: $0, as: UTF8.self) }
    self.init(path: path, byteCount: byteCount, text: text)
  }
}
