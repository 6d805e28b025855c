import Foundation
import Testing

/// One way to damage one file of a store.
struct Damage: CustomTestStringConvertible, Sendable {
  enum Place: String, CaseIterable { case pack, raw, segment, root }
  enum Kind: String, CaseIterable { case flipped, truncated, foreign, missing }

  let place: Place
  let kind: Kind

  var testDescription: String { "\(kind.rawValue) \(place.rawValue)" }

  static let all = Place.allCases.flatMap { place in
    Kind.allCases.map { Damage(place: place, kind: $0) }
  }

  /// Damages the newest file of its kind, which holds nothing but `hurt`; returns its name in the
  /// store.
  func strike(_ bench: Bench, new: Set<String>) throws -> String {
    let path = try #require(
      new.filter { $0.hasPrefix(folder) }.max { size($0, bench) < size($1, bench) })
    let full = bench.full(".reprostore/store/" + path)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: full)
    var bytes = try bench.bytes(full)
    switch kind {
    case .flipped: bytes[bytes.count / 3] ^= 1
    case .truncated: bytes.removeLast(bytes.count / 2)
    case .foreign: bytes = try foreign()
    case .missing:
      try FileManager.default.removeItem(atPath: full)
      return path
    }
    try bench.write(full, bytes)
    return path
  }

  private var folder: String {
    switch place {
    case .pack: "packs/"
    case .raw: "raw/"
    case .segment: "index/"
    case .root: "roots/"
    }
  }

  private func size(_ path: String, _ bench: Bench) -> Int {
    (try? bench.bytes(".reprostore/store/" + path).count) ?? 0
  }

  /// A sound file of the same kind of another store.
  private func foreign() throws -> [UInt8] {
    let other = try Bench()
    try other.write("f", random: place == .raw ? 4_300_000 : 3000, seed: 77)
    try other.write("g", random: 3000, seed: 78)
    try other.succeed("add", "f", "g")
    let path = try #require(other.stored(folder).max { size($0, other) < size($1, other) })
    return try other.bytes(path)
  }
}

@Suite("A damaged store")
struct DamageTests {
  @Test(
    "is named, with the way back; nothing wrong is handed out; all else is", arguments: Damage.all)
  func damage(_ damage: Damage) throws {
    let bench = try Bench()
    try bench.write("sound/a", random: 3000)
    try bench.write("sound/big", random: 600_000, seed: 2)
    try bench.succeed("add", "sound")
    let before = Set(try bench.files(".reprostore/store"))
    // A raw object of its own, or else packs of its own.
    try bench.write("hurt/f", random: damage.place == .raw ? 4_300_000 : 200_000, seed: 3)
    try bench.succeed("add", "hurt")
    let new = Set(try bench.files(".reprostore/store")).subtracting(before)
    let name = try damage.strike(bench, new: new)

    let check = try bench.run("fsck", "--full")
    #expect(check.status == 3)
    #expect(check.output.contains(name), "\(check.output)")
    #expect(check.output.contains("Try: copy \(name) back from a backup"))
    let problems = try bench.run("fsck", "--full", "--json").objects("problem")
    #expect(problems.contains { $0["object"] as? String == damage.object })

    try bench.succeed("restore", "sound", "--to", "out")
    #expect(bench.isSame("sound", "out"))
    let cat = try bench.run("cat", "hurt:f")
    let lost = try bench.run("restore", "hurt", "--to", "lost")
    #expect(cat.status == 3)
    #expect(lost.status == 3)
    #expect(try bench.bytes("hurt/f").starts(with: cat.outputBytes))
    #expect(!bench.exists("lost"))
    #expect(try bench.names().filter { $0.hasPrefix(".reprostore-") }.isEmpty)
  }

  @Test("lists what it can and says that it is not all")
  func listing() throws {
    let bench = try Bench()
    try bench.write("a/f", "1")
    try bench.succeed("add", "a")
    let before = Set(try bench.files(".reprostore/store"))
    try bench.write("b/f", "2")
    try bench.succeed("add", "b")
    let new = Set(try bench.files(".reprostore/store")).subtracting(before)
    _ = try Damage(place: .segment, kind: .truncated).strike(bench, new: new)
    let finished = try bench.run("ls")
    #expect(finished.status == 3)
    #expect(finished.output.contains("damaged"))
    #expect(finished.output.contains("1 file"))
    let pins = try bench.run("ls", "--json").objects("pin")
    #expect(pins.map { $0["damaged"] as? Bool } == [false, true])
  }

  @Test("shows the state before a damaged root, says so, and takes nothing new")
  func damagedRoot() throws {
    let bench = try Bench()
    try bench.write("a", "1")
    try bench.succeed("add", "a")
    try bench.write("b", "2")
    try bench.succeed("add", "b")
    let root = try #require(bench.stored("roots").min())
    var bytes = try bench.bytes(root)
    bytes[bytes.count / 2] ^= 4
    try FileManager.default.removeItem(atPath: bench.full(root))
    try bench.write(root, bytes)
    let listed = try bench.run("ls")
    #expect(listed.status == 3)
    #expect(listed.errors.contains("root 2"))
    #expect(try bench.succeed("cat", "a").output == "1")
    let lost = try bench.run("cat", "b")
    #expect(lost.status == 3)
    #expect(lost.errors.contains("root 2"))
    try bench.write("c", "3")
    #expect(try bench.run("add", "c").status == 3)
  }

  @Test(
    "with a format that this program cannot use",
    arguments: [
      ("reprostore 1", "reprostore 9", Int32(2), "format 9"),
      ("hash sha256", "hash md5", 2, "md5"),
      ("features", "features encryption", 2, "encryption"),
      ("chunker gear64v1", "chunker other", 2, "other"),
      ("reprostore 1", "something else", 3, "format"),
    ])
  func format(old: String, new: String, status: Int32, word: String) throws {
    let bench = try Bench()
    let path = ".reprostore/store/format"
    let text = String(decoding: try bench.bytes(path), as: UTF8.self)
    try FileManager.default.removeItem(atPath: bench.full(path))
    try bench.write(path, text.replacingOccurrences(of: old, with: new))
    let finished = try bench.run("ls")
    #expect(finished.status == status)
    #expect(finished.errors.contains(word))
  }
}

extension Damage {
  fileprivate var object: String {
    switch place {
    case .pack: "pack"
    case .raw: "rawObject"
    case .segment: "segment"
    case .root: "root"
    }
  }
}
