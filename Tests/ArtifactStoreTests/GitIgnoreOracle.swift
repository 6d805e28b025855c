import Foundation

/// Ignore files in a tree, and what git and `IgnoreRules` say of paths in it.
///
/// Only directories are made on disk: git takes a path that is not there for a file.
struct IgnoreCase {
  /// The content of the ignore file of each directory that has one; "" is the root.
  var files: [String: [UInt8]] = [:]
  /// Every directory but the root.
  var directories: Set<String> = []
  /// The paths to ask about, directories and others.
  var paths: [[UInt8]] = []

  func isDirectory(_ path: [UInt8]) -> Bool {
    directories.contains(String(decoding: path, as: UTF8.self))
  }
}

/// The real git, without any configuration of the user or the machine.
enum GitIgnoreOracle {
  struct Failure: Error {
    let message: String
  }

  static let isInstalled: Bool = {
    let paths = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
    return paths.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: $0 + "/git")
    }
  }()

  /// In memory where that is possible: the trees have thousands of directories.
  private static let scratchParent: URL = {
    let memory = "/dev/shm"
    let isThere = FileManager.default.isWritableFile(atPath: memory)
    return isThere ? URL(filePath: memory) : FileManager.default.temporaryDirectory
  }()

  /// Whether git ignores each path of `tree`, in order.
  static func verdicts(_ tree: IgnoreCase) throws -> [Bool] {
    let place = scratchParent.appending(path: "ignore-\(UUID())")
    defer { try? FileManager.default.removeItem(at: place) }
    let root = place.appending(path: "tree")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    for directory in tree.directories {
      try FileManager.default.createDirectory(
        atPath: root.path + "/" + directory, withIntermediateDirectories: true)
    }
    for (directory, content) in tree.files {
      try Data(content).write(to: URL(filePath: "\(root.path)/\(directory)/.gitignore"))
    }
    _ = try git(["init", "-q", "--template="], in: root, input: [], scratch: place)
    let input: [UInt8] = tree.paths.flatMap { $0 + [UInt8(0)] }
    let answer = try git(
      ["check-ignore", "--no-index", "-v", "-n", "-z", "--stdin"], in: root, input: input,
      scratch: place)
    return try parse(answer, expecting: tree.paths)
  }

  /// The answer has four fields a path: file, line, pattern and the path itself.
  private static func parse(_ answer: [UInt8], expecting paths: [[UInt8]]) throws -> [Bool] {
    let fields = answer.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    guard fields.count == 4 * paths.count else {
      throw Failure(message: "git answered \(fields.count) fields for \(paths.count) paths")
    }
    return try paths.indices.map { index in
      guard fields[4 * index + 3].elementsEqual(paths[index]) else {
        throw Failure(message: "git answered for another path")
      }
      return !fields[4 * index].isEmpty && fields[4 * index + 2].first != UInt8(ascii: "!")
    }
  }

  private static func git(
    _ arguments: [String], in directory: URL, input: [UInt8], scratch: URL
  ) throws -> [UInt8] {
    let files = ["in", "out", "err"].map { scratch.appending(path: $0) }
    try Data(input).write(to: files[0])
    try Data().write(to: files[1])
    try Data().write(to: files[2])
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["git", "-c", "core.excludesFile=", "-c", "core.ignoreCase=false"] + arguments
    process.currentDirectoryURL = directory
    process.environment = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin", "LC_ALL": "C",
      "HOME": scratch.path, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
      "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_CEILING_DIRECTORIES": scratch.path,
    ]
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = try FileHandle(forWritingTo: files[2])
    try process.run()
    process.waitUntilExit()
    // `check-ignore` says 1 when it found nothing ignored.
    guard process.terminationStatus <= 1 else {
      let message = String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
      throw Failure(message: message)
    }
    return Array(try Data(contentsOf: files[1]))
  }
}
