import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct CatCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat",
    abstract: "Write a stored file to standard output.",
    discussion: """
      Every byte is checked before it is written. --range takes what an HTTP Range takes: A-B is \
      from byte A to byte B with both, counted from 0; A- is from A to the end; -N is the last N.

        reprostore cat data:labels.csv
        reprostore cat models/best.pt --range 0-1023
      """)

  @Argument(help: ArgumentHelp("The file: a pin, tag or id, or X:PATH inside one.", valueName: "x"))
  var name: String

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Only these bytes.", valueName: "a-b"),
    transform: ByteRange.init)
  var range: ByteRange?

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let store = try workspace.openStore()
    let found = try workspace.resolve(name, in: store)
    let (blob, size) = try NameErrors.explaining(name, found) { () throws(StoreError) in
      try store.file(found)
    }
    let range = try range?.bytes(of: size)
    // On a terminal the bytes themselves are there to see.
    let isShown = !StandardStream.output.isTerminal && !output.quiet
    try ProgressDisplay.run("reading", isShown: isShown) {
      (progress) throws(StoreError) in
      progress.expect(files: 1, bytes: range.map { UInt64($0.count) } ?? size)
      try store.read(blob, range: range, progress: progress) { (bytes) throws(StoreError) in
        try StandardStream.output.write(bytes)
        progress.advance(bytes: bytes.count)
      }
    }
  }
}

/// A range of bytes as in the Range field of HTTP (RFC 9110, 14.1.2).
struct ByteRange: Equatable {
  private enum Form: Equatable {
    case from(UInt64, through: UInt64?)
    case last(UInt64)
  }

  private let form: Form

  init(_ text: String) throws {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, text != "-" else { throw Self.error }
    if parts[0].isEmpty {
      guard let count = Self.number(parts[1]) else { throw Self.error }
      form = .last(count)
      return
    }
    guard let first = Self.number(parts[0]) else { throw Self.error }
    guard !parts[1].isEmpty else {
      form = .from(first, through: nil)
      return
    }
    guard let last = Self.number(parts[1]), last >= first else { throw Self.error }
    form = .from(first, through: last)
  }

  private static func number(_ text: Substring) -> UInt64? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return UInt64(text).flatMap { $0 < UInt64(Int.max) ? $0 : nil }
  }

  private static var error: ValidationError {
    ValidationError("it takes A-B, A- or -N, in bytes.")
  }

  /// The bytes that are meant of a file of `size` bytes.
  ///
  /// - Throws: `StoreError.rangeOutside` when there are none.
  func bytes(of size: UInt64) throws(StoreError) -> Range<UInt64> {
    switch form {
    case .last(let count): return size - min(count, size)..<size
    case .from(let first, let last):
      guard first < size || first == 0 else { throw .rangeOutside(size: size) }
      return first..<min(size, last.map { $0 + 1 } ?? size)
    }
  }
}
