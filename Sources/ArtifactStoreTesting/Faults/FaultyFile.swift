import Glibc
package import StoreIO
package import StorePrimitives

/// An open file of any file system of which a plan fails some calls.
package struct FaultyFile<Base: FileHandle>: FileHandle {
  package let base: Base
  package let plan: FaultPlan

  package init(_ base: Base, plan: FaultPlan) {
    self.base = base
    self.plan = plan
  }

  package var displayPath: String { base.displayPath }

  private func run<Result>(
    _ call: FaultPlan.Call, _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try plan.run(call, path: displayPath, body)
  }

  private func failure(_ call: FaultPlan.Call, _ code: Int32) -> StoreError {
    .system(SystemCallFailure(call: call.rawValue, path: displayPath, code: code))
  }

  package func status() throws(StoreError) -> FileStatus {
    try run(.statusOfFile) { () throws(StoreError) in try base.status() }
  }

  package func read(
    into buffer: inout MutableSpan<UInt8>, at offset: UInt64
  ) throws(StoreError) -> Int {
    switch plan.next(.read, path: displayPath) {
    case nil: return try base.read(into: &buffer, at: offset)
    case .fails(let code): throw failure(.read, code)
    case .isMadeThenFails(let code):
      _ = try base.read(into: &buffer, at: offset)
      throw failure(.read, code)
    }
  }

  package func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(StoreError) {
    switch plan.next(.write, path: displayPath) {
    case nil: try base.write(bytes, at: offset)
    case .fails(let code):
      if code == ENOSPC { try base.write(bytes.extracting(0..<bytes.count / 2), at: offset) }
      throw failure(.write, code)
    case .isMadeThenFails(let code):
      try base.write(bytes, at: offset)
      throw failure(.write, code)
    }
  }

  package func usage() throws(StoreError) -> FileUsage {
    try run(.usage) { () throws(StoreError) in try base.usage() }
  }

  package func synchronizeData() throws(StoreError) {
    try run(.synchronizeData) { () throws(StoreError) in try base.synchronizeData() }
  }

  package func synchronize() throws(StoreError) {
    switch plan.next(.synchronizeFile, path: displayPath) {
    case nil:
      if plan.hasGivenUp, plan.hasGivenUp(try base.status()) { return }
      try base.synchronize()
    case .fails(let code):
      plan.giveUp(try base.status())
      throw failure(.synchronizeFile, code)
    case .isMadeThenFails(let code):
      try base.synchronize()
      throw failure(.synchronizeFile, code)
    }
  }

  package func startWriteback(from offset: UInt64, count: UInt64) {
    base.startWriteback(from: offset, count: count)
  }

  package func clone(_ source: FaultyFile) throws(StoreError) -> Bool {
    try run(.clone) { () throws(StoreError) in try base.clone(source.base) }
  }

  package func truncate(to size: UInt64) throws(StoreError) {
    try run(.truncate) { () throws(StoreError) in try base.truncate(to: size) }
  }

  package func setMode(_ mode: UInt32) throws(StoreError) {
    try run(.setMode) { () throws(StoreError) in try base.setMode(mode) }
  }
}

extension FaultPlan {
  /// Makes a call, or fails it when it is its turn.
  func run<Result>(
    _ call: Call, path: String, _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    switch next(call, path: path) {
    case nil: return try body()
    case .fails(let code):
      throw .system(SystemCallFailure(call: call.rawValue, path: path, code: code))
    case .isMadeThenFails(let code):
      _ = try body()
      throw .system(SystemCallFailure(call: call.rawValue, path: path, code: code))
    }
  }
}
