import ArtifactStore
import Foundation
import StoreIO
import StorePrimitives
import Synchronization
import Testing

/// What the chunking tests share.
enum Chunking {
  /// The SplitMix64 stream of `Tests/vectors/gear_cuts.py`.
  static func randomBytes(seed: UInt64, count: Int) -> [UInt8] {
    var random = SplitMix(state: seed)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      let word = random.next()
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var word = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
      return word ^ word >> 31
    }
  }

  /// Cuts bytes that arrive in buffers, as a reader of a file does: asks after each buffer.
  static func lengths(_ buffers: [ArraySlice<UInt8>], _ cutter: Cutter) -> [Int] {
    var lengths: [Int] = []
    var held: [UInt8] = []
    var offset: UInt64 = 0
    for (index, buffer) in buffers.enumerated() {
      held += buffer
      let isLast = index == buffers.count - 1
      while let length = cutter.cut(held.span, at: offset, isLast: isLast) {
        lengths.append(length)
        held.removeFirst(length)
        offset += UInt64(length)
      }
    }
    #expect(held.isEmpty, "everything is in a chunk")
    return lengths
  }

  /// Cuts bytes that are all there.
  static func lengths(_ bytes: [UInt8], _ chunker: GearChunker) -> [Int] {
    var lengths: [Int] = []
    var rest = bytes.span
    while let length = chunker.cut(rest, isLast: true) {
      lengths.append(length)
      rest = rest.extracting(droppingFirst: length)
    }
    return lengths
  }

  // MARK: Python

  /// The path of a script in `Tests/vectors`.
  static func script(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("vectors").appendingPathComponent(name).path
  }

  static let hasPython = (try? python(["-c", "print(1)"])) == "1\n"

  /// Runs python3 and returns what it prints.
  static func python(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3"] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw PythonFailure() }
    return String(decoding: data, as: UTF8.self)
  }

  struct PythonFailure: Error {}
}

/// A file in memory that counts what is read of it. Behind `bytes` it is zeros up to `size`.
final class ChunkingMemoryFile: StoreIO.FileHandle {
  struct Usage {
    var largestRead = 0
    var bytesRead = 0
  }

  let bytes: [UInt8]
  let size: UInt64
  let failure: StoreError?
  private let counted = Mutex(Usage())

  init(_ bytes: [UInt8], size: UInt64? = nil, failure: StoreError? = nil) {
    self.bytes = bytes
    self.size = size ?? UInt64(bytes.count)
    self.failure = failure
  }

  var reads: Usage { counted.withLock { $0 } }
  let displayPath = "memory"

  func read(
    into buffer: inout MutableSpan<UInt8>, at offset: UInt64
  ) throws(StoreError) -> Int {
    if let failure { throw failure }
    let wanted = buffer.count
    counted.withLock {
      $0.largestRead = max($0.largestRead, wanted)
      $0.bytesRead += wanted
    }
    guard offset < size else { return 0 }
    let count = Int(min(UInt64(wanted), size - offset))
    for index in 0..<count {
      let position = offset + UInt64(index)
      buffer[index] = position < UInt64(bytes.count) ? bytes[Int(position)] : 0
    }
    return count
  }

  // The layout reader only reads.
  private func refuse(_ call: String) -> StoreError {
    .system(SystemCallFailure(call: call, path: displayPath, code: 30))
  }
  func status() throws(StoreError) -> FileStatus { throw refuse("fstat") }
  func write(_: Span<UInt8>, at _: UInt64) throws(StoreError) { throw refuse("pwrite") }
  func usage() throws(StoreError) -> FileUsage { throw refuse("fstat") }
  func synchronizeData() throws(StoreError) { throw refuse("fdatasync") }
  func synchronize() throws(StoreError) { throw refuse("fsync") }
  func startWriteback(from _: UInt64, count _: UInt64) {}
  func clone(_: ChunkingMemoryFile) throws(StoreError) -> Bool { throw refuse("ioctl") }
  func truncate(to _: UInt64) throws(StoreError) { throw refuse("ftruncate") }
  func setMode(_: UInt32) throws(StoreError) { throw refuse("fchmod") }
}
