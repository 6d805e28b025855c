import Glibc
package import StoreIO
package import StorePrimitives

/// A directory of a `SimulatedFileSystem`.
package struct SimulatedDirectory: DirectoryHandle {
  package let fileSystem: SimulatedFileSystem
  let inode: InodeNumber
  package let displayPath: String

  private func display(_ path: RelativePath) -> String { displayPath + "/\(path)" }

  /// Runs a call that changes nothing.
  private func look<Result: Sendable>(
    _ call: String, _ path: RelativePath?,
    _ body: (SimulatedFileSystem.State) throws(ErrorNumber) -> Result
  ) throws(StoreError) -> Result {
    do throws(ErrorNumber) { return try fileSystem.read(body) } catch {
      throw failure(call, path, error)
    }
  }

  private func change<Result: Sendable>(
    _ call: String, _ path: RelativePath?,
    _ body: (inout SimulatedFileSystem.State) throws(ErrorNumber) -> Result
  ) throws(StoreError) -> Result {
    do throws(ErrorNumber) { return try fileSystem.update(body) } catch {
      throw failure(call, path, error)
    }
  }

  private func failure(_ call: String, _ path: RelativePath?, _ error: ErrorNumber) -> StoreError {
    let place = path.map(display) ?? displayPath
    return .system(SystemCallFailure(call: call, path: place, code: error.code))
  }

  // MARK: Reading

  package func openFile(_ path: RelativePath) throws(StoreError) -> SimulatedFile {
    try open(path, isWritable: false)
  }

  private func open(
    _ path: RelativePath, isWritable: Bool
  ) throws(StoreError) -> SimulatedFile {
    let found = try change("openat2", path) { (state) throws(ErrorNumber) in
      let found = try state.tree.find(path, in: inode, kind: .file, else: EISDIR)
      state.handles[found, default: 0] += 1
      return found
    }
    return SimulatedFile(
      fileSystem: fileSystem, inode: found, displayPath: display(path), isWritable: isWritable)
  }

  package func openDirectory(_ path: RelativePath) throws(StoreError) -> SimulatedDirectory {
    let found = try look("openat2", path) { (state) throws(ErrorNumber) in
      try state.tree.find(path, in: inode, kind: .directory, else: ENOTDIR)
    }
    return SimulatedDirectory(fileSystem: fileSystem, inode: found, displayPath: display(path))
  }

  /// In an order that is the same each time and not that of the names.
  package func entries() throws(StoreError) -> [DirectoryEntry] {
    let tellsKind = fileSystem.settings.entriesTellKind
    let found = fileSystem.read { state in
      (state.tree[inode]?.entries ?? [:]).map { name, child in
        let kind = tellsKind ? state.tree[child]?.kind : nil
        return (child, DirectoryEntry(name: name, kind: kind ?? .unknown))
      }
    }
    let keyed = found.map { child, entry in
      (key: entry.name.reduce(child) { SeededRandom.mix($0 &+ UInt64($1)) }, entry: entry)
    }
    return keyed.sorted { $0.key < $1.key }.map(\.entry)
  }

  package func status(_ path: RelativePath) throws(StoreError) -> FileStatus? {
    try look("statx", path) { (state) throws(ErrorNumber) in
      do throws(ErrorNumber) {
        guard let found = try state.tree.resolve(path, in: inode).inode else { return nil }
        return try status(of: found, state)
      } catch {
        guard error.code == ENOENT || error.code == ENOTDIR else { throw error }
        return nil
      }
    }
  }

  package func status() throws(StoreError) -> FileStatus {
    try look("statx", nil) { (state) throws(ErrorNumber) in try status(of: inode, state) }
  }

  private func status(
    of inode: InodeNumber, _ state: SimulatedFileSystem.State
  ) throws(ErrorNumber) -> FileStatus {
    try state.tree.status(
      inode, device: SimulatedFileSystem.device,
      granularity: fileSystem.settings.timestampGranularity)
  }

  package func linkTarget(_ path: RelativePath) throws(StoreError) -> [UInt8] {
    try look("readlinkat", path) { (state) throws(ErrorNumber) in
      let found = try state.tree.resolve(path, in: inode).inode
      guard let link = found.flatMap({ state.tree[$0] }) else { throw ErrorNumber(ENOENT) }
      guard link.kind == .symbolicLink else { throw ErrorNumber(EINVAL) }
      return link.target
    }
  }

  package func fileSystemKind() throws(StoreError) -> FileSystemKind { fileSystem.settings.kind }

  package func freeBytes() throws(StoreError) -> UInt64 {
    let capacity = fileSystem.settings.capacity
    return capacity - min(capacity, fileSystem.read { $0.usedBytes })
  }

  // MARK: Making names

  package func createUnnamed(
    in directory: RelativePath, mode: UInt32
  ) throws(StoreError) -> SimulatedFile {
    let named = !fileSystem.settings.hasUnnamedFiles
    let (file, place) = try change("openat2", directory) { (state) throws(ErrorNumber) in
      let found = try state.tree.find(directory, in: inode, kind: .directory, else: ENOTDIR)
      let place = named ? state.temporaryPlace(in: found) : nil
      return (state.open(.file, mode: mode, at: place), place)
    }
    return SimulatedFile(
      fileSystem: fileSystem, inode: file, displayPath: display(directory) + "/(unnamed)",
      isWritable: true, temporary: place)
  }

  package func createFile(
    _ path: RelativePath, mode: UInt32
  ) throws(StoreError) -> SimulatedFile {
    let file = try change("openat2", path) { (state) throws(ErrorNumber) in
      guard let place = try state.tree.vacancy(path, in: inode) else { throw ErrorNumber(EEXIST) }
      return state.open(.file, mode: mode, at: place)
    }
    return SimulatedFile(
      fileSystem: fileSystem, inode: file, displayPath: display(path), isWritable: true)
  }

  package func link(_ file: SimulatedFile, as path: RelativePath) throws(StoreError) -> Bool {
    try change("linkat", path) { (state) throws(ErrorNumber) in
      guard file.fileSystem === fileSystem else { throw ErrorNumber(EXDEV) }
      guard let place = try state.tree.vacancy(path, in: inode) else { return false }
      guard let source = state.tree[file.inode], source.links > 0 || source.isUnnamed else {
        throw ErrorNumber(ENOENT)
      }
      state.record(.link(file.inode, place))
      return true
    }
  }

  package func makeDirectory(_ path: RelativePath, mode: UInt32) throws(StoreError) -> Bool {
    try make("mkdirat", .directory, path, mode: mode)
  }

  package func makeLink(_ path: RelativePath, target: [UInt8]) throws(StoreError) -> Bool {
    guard !target.isEmpty else { throw failure("symlinkat", path, ErrorNumber(ENOENT)) }
    guard target.count <= Limits.linkTargetBytes else {
      throw failure("symlinkat", path, ErrorNumber(ENAMETOOLONG))
    }
    return try make("symlinkat", .symbolicLink(target: target), path, mode: 0o777)
  }

  private func make(
    _ call: String, _ new: NewInode, _ path: RelativePath, mode: UInt32
  ) throws(StoreError) -> Bool {
    try change(call, path) { (state) throws(ErrorNumber) in
      guard let place = try state.tree.vacancy(path, in: inode) else { return false }
      state.record(.create(state.tree.takeNumber(), new, mode: mode, at: place))
      return true
    }
  }

  // MARK: Changing names

  package func rename(
    _ path: RelativePath, to newPath: RelativePath, in directory: SimulatedDirectory,
    replacing: Bool
  ) throws(StoreError) -> Bool {
    try change("renameat2", path) { (state) throws(ErrorNumber) in
      guard directory.fileSystem === fileSystem else { throw ErrorNumber(EXDEV) }
      let source = try state.tree.resolve(path, in: inode)
      let target = try state.tree.resolve(newPath, in: directory.inode)
      guard source.inode != nil else { throw ErrorNumber(ENOENT) }
      guard replacing || target.inode == nil else { return false }
      if let change = try state.tree.rename(from: source, to: target) {
        state.record(change)
      }
      return true
    }
  }

  package func exchange(
    _ path: RelativePath, with newPath: RelativePath, in directory: SimulatedDirectory
  ) throws(StoreError) {
    try change("renameat2", path) { (state) throws(ErrorNumber) in
      guard directory.fileSystem === fileSystem else { throw ErrorNumber(EXDEV) }
      let first = try state.tree.resolve(path, in: inode)
      let second = try state.tree.resolve(newPath, in: directory.inode)
      guard let change = try state.tree.exchange(first, second) else { return }
      state.record(change)
    }
  }

  package func linkFile(
    _ path: RelativePath, as newPath: RelativePath, in directory: SimulatedDirectory
  ) throws(StoreError) -> Bool {
    try change("linkat", path) { (state) throws(ErrorNumber) in
      guard directory.fileSystem === fileSystem else { throw ErrorNumber(EXDEV) }
      let found = try state.tree.resolve(path, in: inode).inode
      _ = try state.tree.resolve(newPath, in: directory.inode)
      guard let found, let file = state.tree[found] else { throw ErrorNumber(ENOENT) }
      guard let place = try state.tree.vacancy(newPath, in: directory.inode) else { return false }
      guard file.kind != .directory else { throw ErrorNumber(EPERM) }
      state.record(.link(found, place))
      return true
    }
  }

  /// Does not wait: a simulated process is alone.
  package func openExclusively(
    _ path: RelativePath, mode: UInt32
  ) throws(StoreError) -> SimulatedFile {
    guard try status(path) == nil else { return try open(path, isWritable: true) }
    return try createFile(path, mode: mode)
  }

  package func removeFile(_ path: RelativePath) throws(StoreError) {
    try remove(path) { (found) throws(ErrorNumber) in
      guard found.kind != .directory else { throw ErrorNumber(EISDIR) }
    }
  }

  package func removeDirectory(_ path: RelativePath) throws(StoreError) {
    try remove(path) { (found) throws(ErrorNumber) in
      guard found.kind == .directory else { throw ErrorNumber(ENOTDIR) }
      guard found.entries.isEmpty else { throw ErrorNumber(ENOTEMPTY) }
    }
  }

  private func remove(
    _ path: RelativePath, check: (Inode) throws(ErrorNumber) -> Void
  ) throws(StoreError) {
    try change("unlinkat", path) { (state) throws(ErrorNumber) in
      let resolved = try state.tree.resolve(path, in: inode)
      guard let inode = resolved.inode, let found = state.tree[inode] else {
        throw ErrorNumber(ENOENT)
      }
      try check(found)
      state.record(.unlink(inode, resolved.place))
    }
  }

  package func synchronize() throws(StoreError) {
    fileSystem.update { $0.record(.synchronize(inode)) }
  }
}

extension SimulatedFileSystem.State {
  /// Makes an inode and the first handle of it.
  fileprivate mutating func open(_ new: NewInode, mode: UInt32, at place: Place?) -> InodeNumber {
    let inode = tree.takeNumber()
    record(.create(inode, new, mode: mode, at: place))
    handles[inode] = 1
    return inode
  }

  /// A name that nothing in `directory` has.
  fileprivate mutating func temporaryPlace(in directory: InodeNumber) -> Place {
    while true {
      temporaryNames += 1
      let place = Place(directory: directory, name: Array(".tmp-\(temporaryNames)".utf8))
      if tree[directory]?.entries[place.name] == nil { return place }
    }
  }
}
