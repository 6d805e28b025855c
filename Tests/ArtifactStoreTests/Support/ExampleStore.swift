import ArtifactStore
import ArtifactStoreTesting
import Foundation
import StoreIO
import StorePrimitives

/// The store in `.reprostore-example`, and what was put into it.
enum ExampleStore {
  /// `.reprostore-example` of this repository.
  static let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".reprostore-example").path

  static let store = RelativePath(trusted: ".reprostore/store")
  static let data = RelativePath(trusted: "data")

  static func open(in root: LinuxDirectory) throws -> LocalStore {
    try Store.open(try root.openDirectory(store))
  }

  static func open() throws -> LocalStore {
    try open(in: try LinuxDirectory.open(place))
  }

  enum Content {
    case file([UInt8], executable: Bool = false)
    case link(String)
    case directory
  }

  // MARK: What is in it

  /// The first version: all that a tree can hold.
  static let first: [(path: [UInt8], content: Content)] = {
    var entries = common(readme: "The first version.\n", weights: [1, 2, 3, 4])
    entries += [
      (bytes("hollow"), .directory), (bytes("deep/er/hollow"), .directory),
      (bytes("deep/up"), .link("../README.txt")), (bytes("dangling"), .link("no/where")),
      (bytes("table.csv"), .file(table(inserted: 0))),
      (bytes("table-more.csv"), .file(table(inserted: 20))),
    ]
    for name in odd { entries.append((bytes("odd/") + name, .file(name))) }
    // Enough for a tree of two levels.
    for index in 0..<1500 {
      entries.append((bytes("many/" + "\(index)".leftPadded(to: 4)), .link("../empty")))
    }
    return entries
  }()

  /// The second version, which lies in `data`: nothing that git or another system cannot keep.
  static let second: [(path: [UInt8], content: Content)] =
    common(readme: "The second version.\n", weights: [1, 2, 3, 5]) + [
      (bytes("notes/a b.txt"), .file(bytes("A name with a space.\n"))),
      (bytes("notes/größer.txt"), .file(bytes("A name that is not ASCII.\n"))),
    ]

  private static func common(
    readme: String, weights: [Float]
  ) -> [(path: [UInt8], content: Content)] {
    [
      (bytes("README.txt"), .file(bytes(readme))), (bytes("empty"), .file([])),
      (bytes("run.sh"), .file(bytes("#!/bin/sh\necho run\n"), executable: true)),
      (bytes("latest"), .link("model.safetensors")),
      (bytes("model.safetensors"), .file(safetensors(weights))),
    ]
  }

  private static let odd: [[UInt8]] =
    [
      " leading space", "trailing space ", "-dash", "--", "new\nline", "back\\slash", "tab\t",
      "größer", "gro\u{308}ßer", "名前", "\u{1f600}", "%41", "a:b*c?\"<>|", "case", "CASE", "...",
      "\u{1b}[31m", "\u{9b}31m", String(repeating: "n", count: 255),
    ].map(bytes) + [[0xff, 0xfe], [0xc3, 0x28], [1, 2, 0x7f]]

  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// About 300 KB in a few chunks; most of them are in both tables.
  private static func table(inserted: Int) -> [UInt8] {
    var text = "number,text\n"
    for row in 0..<7000 {
      if row == 2000 { for extra in 0..<inserted { text += "more \(extra),and something else\n" } }
      text += "\(row),one row of a table like any other\n"
    }
    return bytes(text)
  }

  private static func safetensors(_ weights: [Float]) -> [UInt8] {
    let header = #"{"weights":{"dtype":"F32","shape":[\#(weights.count)],"data_offsets":[0,16]}}"#
    var writer = ByteWriter()
    writer.append(UInt64(header.utf8.count))
    writer.append(contentsOf: header.utf8)
    for weight in weights { writer.append(weight.bitPattern) }
    return writer.bytes
  }

  // MARK: Objects that the program makes of large files only

  static let rawPieces: [[UInt8]] = [
    bytes("The first piece of a raw object, "), bytes("and its end.\n"),
  ]
  static let partPiece = bytes("What an interrupted session has left.\n")
  static let zlibPlain = [UInt8](repeating: UInt8(ascii: "z"), count: 1000)
}
