import Glibc
package import StoreIO
package import StorePrimitives

/// A directory of any file system of which a plan fails some calls.
package struct FaultyDirectory<Base: DirectoryHandle>: DirectoryHandle {
  package typealias File = FaultyFile<Base.File>

  package let base: Base
  package let plan: FaultPlan

  package init(_ base: Base, plan: FaultPlan) {
    self.base = base
    self.plan = plan
  }

  package var displayPath: String { base.displayPath }

  private func run<Result>(
    _ call: FaultPlan.Call, _ path: RelativePath?, _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try plan.run(call, path: path.map { displayPath + "/\($0)" } ?? displayPath, body)
  }

  /// Runs a call that answers false when a name is taken.
  private func runCreating(
    _ call: FaultPlan.Call, _ path: RelativePath, _ body: () throws(StoreError) -> Bool
  ) throws(StoreError) -> Bool {
    do throws(StoreError) { return try run(call, path, body) } catch {
      guard case .system(let failure) = error, failure.code == EEXIST else { throw error }
      return false
    }
  }

  package func openFile(_ path: RelativePath) throws(StoreError) -> File {
    try run(.openFile, path) { () throws(StoreError) in
      File(try base.openFile(path), plan: plan)
    }
  }

  package func openDirectory(_ path: RelativePath) throws(StoreError) -> FaultyDirectory {
    try run(.openDirectory, path) { () throws(StoreError) in
      FaultyDirectory(try base.openDirectory(path), plan: plan)
    }
  }

  package func entries() throws(StoreError) -> [DirectoryEntry] {
    try run(.entries, nil) { () throws(StoreError) in try base.entries() }
  }

  package func status(_ path: RelativePath) throws(StoreError) -> FileStatus? {
    try run(.statusOfPath, path) { () throws(StoreError) in try base.status(path) }
  }

  package func status() throws(StoreError) -> FileStatus {
    try run(.statusOfDirectory, nil) { () throws(StoreError) in try base.status() }
  }

  package func linkTarget(_ path: RelativePath) throws(StoreError) -> [UInt8] {
    try run(.linkTarget, path) { () throws(StoreError) in try base.linkTarget(path) }
  }

  package func freeBytes() throws(StoreError) -> UInt64 {
    try run(.freeBytes, nil) { () throws(StoreError) in try base.freeBytes() }
  }

  package func createUnnamed(
    in directory: RelativePath, mode: UInt32
  ) throws(StoreError) -> File {
    try run(.createUnnamed, directory) { () throws(StoreError) in
      File(try base.createUnnamed(in: directory, mode: mode), plan: plan)
    }
  }

  package func createFile(_ path: RelativePath, mode: UInt32) throws(StoreError) -> File {
    try run(.createFile, path) { () throws(StoreError) in
      File(try base.createFile(path, mode: mode), plan: plan)
    }
  }

  package func link(_ file: File, as path: RelativePath) throws(StoreError) -> Bool {
    try runCreating(.link, path) { () throws(StoreError) in
      try base.link(file.base, as: path)
    }
  }

  package func makeDirectory(_ path: RelativePath, mode: UInt32) throws(StoreError) -> Bool {
    try runCreating(.makeDirectory, path) { () throws(StoreError) in
      try base.makeDirectory(path, mode: mode)
    }
  }

  package func makeLink(_ path: RelativePath, target: [UInt8]) throws(StoreError) -> Bool {
    try runCreating(.makeLink, path) { () throws(StoreError) in
      try base.makeLink(path, target: target)
    }
  }

  package func rename(
    _ path: RelativePath, to newPath: RelativePath, in directory: FaultyDirectory,
    replacing: Bool
  ) throws(StoreError) -> Bool {
    try runCreating(.rename, path) { () throws(StoreError) in
      try base.rename(path, to: newPath, in: directory.base, replacing: replacing)
    }
  }

  package func fileSystemKind() throws(StoreError) -> FileSystemKind {
    try run(.fileSystemKind, nil) { () throws(StoreError) in try base.fileSystemKind() }
  }

  package func exchange(
    _ path: RelativePath, with newPath: RelativePath, in directory: FaultyDirectory
  ) throws(StoreError) {
    try run(.exchange, path) { () throws(StoreError) in
      try base.exchange(path, with: newPath, in: directory.base)
    }
  }

  package func openExclusively(
    _ path: RelativePath, mode: UInt32
  ) throws(StoreError) -> File {
    try run(.openExclusively, path) { () throws(StoreError) in
      File(try base.openExclusively(path, mode: mode), plan: plan)
    }
  }

  package func linkFile(
    _ path: RelativePath, as newPath: RelativePath, in directory: FaultyDirectory
  ) throws(StoreError) -> Bool {
    try runCreating(.linkFile, path) { () throws(StoreError) in
      try base.linkFile(path, as: newPath, in: directory.base)
    }
  }

  package func removeFile(_ path: RelativePath) throws(StoreError) {
    try run(.removeFile, path) { () throws(StoreError) in try base.removeFile(path) }
  }

  package func removeDirectory(_ path: RelativePath) throws(StoreError) {
    try run(.removeDirectory, path) { () throws(StoreError) in try base.removeDirectory(path) }
  }

  /// Unlike a file's, a failed one is made when it is tried again.
  package func synchronize() throws(StoreError) {
    try run(.synchronizeDirectory, nil) { () throws(StoreError) in try base.synchronize() }
  }
}
