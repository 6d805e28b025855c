import ArtifactStoreTesting
import StoreIO
import StorePrimitives

/// One call on a file system, in a form that two implementations can be asked to make. Handles are
/// numbered in the order in which they were opened; a path is relative to the directory `base`.
enum Step: Hashable, Sendable {
  case openFile(String)
  case createFile(String)
  case createUnnamed(String)
  case close(handle: Int)
  case link(handle: Int, String)
  case makeDirectory(String)
  case makeLink(String, target: String)
  case rename(String, to: String, replacing: Bool)
  case exchange(String, with: String)
  case linkFile(String, as: String)
  case openExclusively(String)
  case removeFile(String)
  case removeDirectory(String)
  case entries(String)
  case status(String)
  case linkTarget(String)
  case read(handle: Int, offset: Int, count: Int)
  case write(handle: Int, offset: Int, count: Int, byte: UInt8)
  case truncate(handle: Int, size: Int)
  case setMode(handle: Int, UInt32)
  case clone(handle: Int, from: Int)
  case synchronize(handle: Int)
}

/// What a step answers.
enum Answer: Hashable, Sendable {
  case done
  /// The name is taken, or the file system cannot.
  case no
  case nothing
  case failed(Int32)
  case bytes([UInt8])
  case entries([DirectoryEntry])
  case status(FileKind, mode: UInt32, size: UInt64)
  /// There is no such handle: the step was not made.
  case noHandle
}

extension Step {
  /// A random step on few names, so that steps often meet.
  static func random(handles: Int, using random: inout SeededRandom) -> Step {
    let path = randomPath(using: &random)
    let handle = Int.random(in: 0..<max(1, handles), using: &random)
    switch Int.random(in: 0..<28, using: &random) {
    case 0: return .openFile(path)
    case 1, 2: return .createFile(path)
    case 3: return .createUnnamed(path)
    case 4: return .close(handle: handle)
    case 5, 6: return .link(handle: handle, path)
    case 7, 8, 9: return .makeDirectory(path)
    case 10: return .makeLink(path, target: randomPath(using: &random))
    case 11, 12, 13:
      let to = randomPath(using: &random)
      return .rename(path, to: to, replacing: random.chance(2, in: 3))
    case 14: return .removeFile(path)
    case 15: return .removeDirectory(path)
    case 16: return .entries(path)
    case 17: return .status(path)
    case 18: return .linkTarget(path)
    case 19, 20: return .exchange(path, with: randomPath(using: &random))
    case 21: return .linkFile(path, as: randomPath(using: &random))
    case 22: return .openExclusively(path)
    default: return randomData(handle, handles: handles, using: &random)
    }
  }

  private static func randomData(
    _ handle: Int, handles: Int, using random: inout SeededRandom
  ) -> Step {
    let offset = randomSize(using: &random)
    let count = randomSize(using: &random)
    switch Int.random(in: 0..<8, using: &random) {
    case 0, 1: return .read(handle: handle, offset: offset, count: count)
    case 2: return .truncate(handle: handle, size: offset)
    case 3: return .setMode(handle: handle, UInt32.random(in: 0...0o7777, using: &random))
    case 4:
      let source = Int.random(in: 0..<max(1, handles), using: &random)
      return .clone(handle: handle, from: source)
    case 5: return .synchronize(handle: handle)
    default:
      let byte = UInt8.random(in: 0...3, using: &random)
      return .write(handle: handle, offset: offset, count: count, byte: byte)
    }
  }

  private static func randomPath(using random: inout SeededRandom) -> String {
    let depth = [1, 1, 2, 2, 3].randomElement(using: &random) ?? 1
    return (0..<depth).map { _ in ["a", "b", "c"].randomElement(using: &random) ?? "a" }
      .joined(separator: "/")
  }

  /// Near the bounds of blocks and sectors, in the first three blocks.
  private static func randomSize(using random: inout SeededRandom) -> Int {
    let bound = [0, 0, 512, 4096, 8192].randomElement(using: &random) ?? 0
    return max(0, bound + Int.random(in: -2...2, using: &random))
  }
}

/// Makes steps on any file system.
struct StepRunner<Directory: DirectoryHandle> {
  let root: Directory
  /// Every handle that was opened; nil for a closed one.
  private(set) var handles: [Directory.File?] = []

  init(_ root: Directory) { self.root = root }

  mutating func answer(_ step: Step) -> Answer {
    do { return try make(step) } catch {
      guard case .system(let failure)? = error as? StoreError else { return .noHandle }
      return .failed(failure.code)
    }
  }

  private mutating func make(_ step: Step) throws -> Answer {
    switch step {
    case .openFile(let path): handles.append(try root.openFile(RelativePath(path)))
    case .createFile(let path):
      handles.append(try root.createFile(RelativePath(path), mode: 0o644))
    case .createUnnamed(let path):
      handles.append(try root.createUnnamed(in: RelativePath(path), mode: 0o600))
    case .makeDirectory(let path):
      return try root.makeDirectory(RelativePath(path), mode: 0o750) ? .done : .no
    case .makeLink(let path, let target):
      return try root.makeLink(RelativePath(path), target: Array(target.utf8)) ? .done : .no
    case .rename(let path, let to, let replacing):
      return try rename(path, to: to, replacing: replacing)
    case .exchange(let path, let other):
      let (directory, name) = try split(other)
      try root.exchange(RelativePath(path), with: name, in: directory)
    case .linkFile(let path, let newPath):
      let (directory, name) = try split(newPath)
      return try root.linkFile(RelativePath(path), as: name, in: directory) ? .done : .no
    case .openExclusively(let path):
      handles.append(try root.openExclusively(RelativePath(path), mode: 0o600))
    case .removeFile(let path): try root.removeFile(RelativePath(path))
    case .removeDirectory(let path): try root.removeDirectory(RelativePath(path))
    case .entries, .status, .linkTarget: return try look(step)
    default: return try makeOnFile(step)
    }
    return .done
  }

  private func rename(_ path: String, to: String, replacing: Bool) throws -> Answer {
    let (directory, name) = try split(to)
    let isDone = try root.rename(
      RelativePath(path), to: name, in: directory, replacing: replacing)
    return isDone ? .done : .no
  }

  /// A handle of the parent and the name in it where there is one, so that calls with two
  /// directories are tried; else the root and the path.
  private func split(_ path: String) throws -> (Directory, RelativePath) {
    let path = try RelativePath(path)
    guard let parent = path.parent, let directory = try? root.openDirectory(parent) else {
      return (root, path)
    }
    return (directory, try RelativePath(Array(path.name)))
  }

  private func look(_ step: Step) throws -> Answer {
    switch step {
    case .entries(let path):
      let entries = try root.openDirectory(RelativePath(path)).entries()
      return .entries(entries.sorted { $0.name.lexicographicallyPrecedes($1.name) })
    case .status(let path):
      guard let status = try root.status(RelativePath(path)) else { return .nothing }
      let size = status.kind == .directory ? 0 : status.size
      return .status(status.kind, mode: status.mode, size: size)
    case .linkTarget(let path): return .bytes(try root.linkTarget(RelativePath(path)))
    default: return .noHandle
    }
  }

  private func file(_ handle: Int) -> Directory.File? {
    handles.indices.contains(handle) ? handles[handle] : nil
  }

  private mutating func makeOnFile(_ step: Step) throws -> Answer {
    guard let handle = step.handle, let file = file(handle) else { return .noHandle }
    switch step {
    case .close: handles[handle] = nil
    case .link(_, let path): return try root.link(file, as: RelativePath(path)) ? .done : .no
    case .read(_, let offset, let count): return .bytes(try file.read(offset, count))
    case .write(_, let offset, let count, let byte):
      try file.write([UInt8](repeating: byte, count: count), at: UInt64(offset))
    case .truncate(_, let size): try file.truncate(to: UInt64(size))
    case .setMode(_, let mode): try file.setMode(mode)
    case .clone(_, let source):
      guard let source = self.file(source) else { return .noHandle }
      return try file.clone(source) ? .done : .no
    case .synchronize: try file.synchronize()
    default: return .noHandle
    }
    return .done
  }
}

extension Step {
  /// The handle of a step on a file.
  var handle: Int? {
    switch self {
    case .close(let handle), .link(let handle, _), .read(let handle, _, _),
      .write(let handle, _, _, _), .truncate(let handle, _), .setMode(let handle, _),
      .clone(let handle, _), .synchronize(let handle):
      handle
    default: nil
    }
  }
}
