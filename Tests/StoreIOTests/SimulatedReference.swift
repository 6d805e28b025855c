import Glibc
import StoreIO

/// What a file system should answer, in the plainest way: a table of paths. Independent of the
/// simulated file system, which has inodes.
struct ReferenceFileSystem {
  final class File {
    var bytes: [UInt8] = []
    var mode: UInt32
    var isUnnamed: Bool

    init(mode: UInt32, isUnnamed: Bool = false) {
      self.mode = mode
      self.isUnnamed = isUnnamed
    }
  }

  /// May have several names, as files may.
  final class Link {
    let target: String

    init(_ target: String) { self.target = target }
  }

  enum Node {
    case file(File)
    case directory
    case link(Link)
  }

  private struct Failure: Error {
    let code: Int32
  }

  /// Without the root.
  private(set) var nodes: [String: Node] = [:]
  private(set) var handles: [(file: File, isWritable: Bool)?] = []

  mutating func answer(_ step: Step) -> Answer {
    do { return try make(step) } catch { return .failed((error as? Failure)?.code ?? 0) }
  }

  private mutating func make(_ step: Step) throws -> Answer {
    switch step {
    case .openFile(let path): handles.append((try file(path), false))
    case .createFile(let path):
      guard try node(path) == nil else { throw Failure(code: EEXIST) }
      let file = File(mode: 0o644)
      nodes[path] = .file(file)
      handles.append((file, true))
    case .createUnnamed(let path):
      try checkDirectory(path)
      handles.append((File(mode: 0o600, isUnnamed: true), true))
    case .makeDirectory(let path): return try add(.directory, path)
    case .makeLink(let path, let target): return try add(.link(Link(target)), path)
    case .rename(let path, let to, let replacing):
      return try rename(path, to: to, replacing: replacing)
    case .exchange(let path, let other): try exchange(path, with: other)
    case .linkFile(let path, let newPath): return try link(path, as: newPath)
    case .openExclusively(let path):
      if try node(path) == nil { nodes[path] = .file(File(mode: 0o600)) }
      handles.append((try file(path), true))
    case .removeFile(let path):
      guard let found = try node(path) else { throw Failure(code: ENOENT) }
      if case .directory = found { throw Failure(code: EISDIR) }
      nodes[path] = nil
    case .removeDirectory(let path):
      guard let found = try node(path) else { throw Failure(code: ENOENT) }
      guard case .directory = found else { throw Failure(code: ENOTDIR) }
      guard !hasChildren(path) else { throw Failure(code: ENOTEMPTY) }
      nodes[path] = nil
    case .entries, .status, .linkTarget: return try look(step)
    default: return try makeOnFile(step)
    }
    return .done
  }

  // MARK: Paths

  /// What is at `path`; fails when something above it is missing or no directory.
  private func node(_ path: String) throws -> Node? {
    var prefix = ""
    for component in path.split(separator: "/").dropLast() {
      prefix += prefix.isEmpty ? String(component) : "/" + component
      switch nodes[prefix] {
      case nil: throw Failure(code: ENOENT)
      case .file: throw Failure(code: ENOTDIR)
      case .link: throw Failure(code: ELOOP)
      case .directory: continue
      }
    }
    return nodes[path]
  }

  private func file(_ path: String) throws -> File {
    switch try node(path) {
    case nil: throw Failure(code: ENOENT)
    case .directory: throw Failure(code: EISDIR)
    case .link: throw Failure(code: ELOOP)
    case .file(let file): return file
    }
  }

  private func checkDirectory(_ path: String) throws {
    switch try node(path) {
    case nil: throw Failure(code: ENOENT)
    case .file: throw Failure(code: ENOTDIR)
    case .link: throw Failure(code: ELOOP)
    case .directory: return
    }
  }

  private func hasChildren(_ path: String) -> Bool {
    nodes.keys.contains { $0.hasPrefix(path + "/") }
  }

  private mutating func add(_ new: Node, _ path: String) throws -> Answer {
    guard try node(path) == nil else { return .no }
    nodes[path] = new
    return .done
  }

  private mutating func rename(_ path: String, to: String, replacing: Bool) throws -> Answer {
    let source = try node(path)
    let target = try node(to)
    guard let source else { throw Failure(code: ENOENT) }
    guard replacing || target == nil else { return .no }
    if to.hasPrefix(path + "/") { throw Failure(code: EINVAL) }
    if path.hasPrefix(to + "/") { throw Failure(code: ENOTEMPTY) }
    if path == to { return .done }
    switch (source, target) {
    case (.file(let old), .file(let new)) where old === new: return .done
    case (.link(let old), .link(let new)) where old === new: return .done
    case (.directory, .file), (.directory, .link): throw Failure(code: ENOTDIR)
    case (.file, .directory), (.link, .directory): throw Failure(code: EISDIR)
    case (.directory, .directory) where hasChildren(to): throw Failure(code: ENOTEMPTY)
    default: break
    }
    put(take(path), at: to)
    return .done
  }

  /// Takes out what is at `path` and below; the keys begin with what follows `path`.
  private mutating func take(_ path: String) -> [Substring: Node] {
    var taken: [Substring: Node] = [:]
    for (old, node) in nodes where old == path || old.hasPrefix(path + "/") {
      nodes[old] = nil
      taken[old.dropFirst(path.count)] = node
    }
    return taken
  }

  private mutating func put(_ taken: [Substring: Node], at path: String) {
    for (rest, node) in taken { nodes[path + rest] = node }
  }

  private mutating func exchange(_ path: String, with other: String) throws {
    let first = try node(path)
    let second = try node(other)
    guard first != nil, second != nil else { throw Failure(code: ENOENT) }
    if other.hasPrefix(path + "/") || path.hasPrefix(other + "/") { throw Failure(code: EINVAL) }
    guard path != other else { return }
    let taken = take(path)
    put(take(other), at: path)
    put(taken, at: other)
  }

  private mutating func link(_ path: String, as newPath: String) throws -> Answer {
    let found = try node(path)
    let taken = try node(newPath)
    guard let found else { throw Failure(code: ENOENT) }
    guard taken == nil else { return .no }
    if case .directory = found { throw Failure(code: EPERM) }
    nodes[newPath] = found
    return .done
  }

  // MARK: Answers

  private func look(_ step: Step) throws -> Answer {
    switch step {
    case .entries(let path):
      try checkDirectory(path)
      let names = nodes.keys.filter { $0.hasPrefix(path + "/") }.map {
        $0.dropFirst(path.count + 1)
      }
      let entries = names.filter { !$0.contains("/") }.sorted().map { name in
        DirectoryEntry(name: Array(name.utf8), kind: kind(of: nodes["\(path)/\(name)"]))
      }
      return .entries(entries)
    case .status(let path):
      do {
        guard let found = try node(path) else { return .nothing }
        return status(found)
      } catch let failure as Failure where [ENOENT, ENOTDIR].contains(failure.code) {
        return .nothing
      }
    case .linkTarget(let path):
      guard let found = try node(path) else { throw Failure(code: ENOENT) }
      guard case .link(let link) = found else { throw Failure(code: EINVAL) }
      return .bytes(Array(link.target.utf8))
    default: return .noHandle
    }
  }

  private func kind(of node: Node?) -> FileKind {
    switch node {
    case nil: .unknown
    case .file: .file
    case .directory: .directory
    case .link: .symbolicLink
    }
  }

  private func status(_ node: Node) -> Answer {
    switch node {
    case .file(let file): .status(.file, mode: file.mode, size: UInt64(file.bytes.count))
    case .directory: .status(.directory, mode: 0o750, size: 0)
    case .link(let link):
      .status(.symbolicLink, mode: 0o777, size: UInt64(link.target.utf8.count))
    }
  }

  // MARK: Files

  private mutating func makeOnFile(_ step: Step) throws -> Answer {
    guard let index = step.handle, handles.indices.contains(index),
      let (file, isWritable) = handles[index]
    else { return .noHandle }
    switch step {
    case .close: handles[index] = nil
    case .link(_, let path):
      guard try node(path) == nil else { return .no }
      guard hasName(file) || file.isUnnamed else { throw Failure(code: ENOENT) }
      file.isUnnamed = false
      nodes[path] = .file(file)
    case .read(_, let offset, let count):
      return .bytes(Array(file.bytes.dropFirst(offset).prefix(count)))
    case .write(_, let offset, let count, let byte):
      guard count > 0 else { break }
      guard isWritable else { throw Failure(code: EBADF) }
      write(file, offset, count, byte)
    case .truncate(_, let size):
      guard isWritable else { throw Failure(code: EINVAL) }
      resize(file, to: size)
    case .setMode(_, let mode): file.mode = mode
    case .clone(_, let source):
      guard handles.indices.contains(source), let (other, _) = handles[source] else {
        return .noHandle
      }
      guard isWritable else { throw Failure(code: EBADF) }
      guard file.bytes.isEmpty else { throw Failure(code: EINVAL) }
      file.bytes = other.bytes
    default: break
    }
    return .done
  }

  private func hasName(_ file: File) -> Bool {
    nodes.values.contains { node in
      guard case .file(let named) = node else { return false }
      return named === file
    }
  }

  private func resize(_ file: File, to size: Int) {
    let more = max(0, size - file.bytes.count)
    file.bytes = Array(file.bytes.prefix(size)) + [UInt8](repeating: 0, count: more)
  }

  private func write(_ file: File, _ offset: Int, _ count: Int, _ byte: UInt8) {
    resize(file, to: max(file.bytes.count, offset + count))
    for index in offset..<offset + count { file.bytes[index] = byte }
  }
}
