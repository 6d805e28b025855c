import StorePrimitives
import Testing

@testable import reprostore

@Suite("Error messages")
struct MessageTests {
  private static let digest = Digest(words: 1, 2, 3, 4)

  /// One of each case of the engine's errors; `ErrorMessages` itself does not compile without a
  /// branch for each.
  private static let errors: [(StoreError, Int32)] = [
    (.interrupted, 130), (.noStore(path: "/p"), 2), (.alreadyExists(path: "/p"), 2),
    (.unsupportedStore(.formatVersion(found: "9", supported: "1")), 2),
    (.unsupportedStore(.hash(found: "md5", supported: "sha256")), 2),
    (.unsupportedStore(.features(unknown: ["x"], supported: [])), 2),
    (.unsupportedStore(.chunker(found: "x", supported: ["y"])), 2),
    (.unwritableFileSystem(path: "/p"), 2), (.commitContention(attempts: 5), 70),
    (.reusedDataRemoved(.chunk(ChunkID(digest))), 70), (.badPath(path: "/p", .tooLong), 2),
    (.forbiddenName(path: "/p"), 5), (.outsideWorkspace(path: "/p", workspace: "/w"), 2),
    (.containsStore(path: "/p", store: "/s"), 2), (.changedWhileRead(path: "/p"), 5),
    (.unsupportedFileKind(path: "/p", kind: "socket"), 2),
    (.linksLeaveDirectory(path: "/p", count: 3, first: "/p/l"), 5),
    (.badIgnoreRule(path: "/p", line: 2), 2), (.notEnoughSpace(path: "/p", needed: 5, free: 4), 2),
    (.destinationNotEmpty(path: "/p", first: "x"), 5), (.destinationNotDirectory(path: "/p"), 5),
    (.namesCollide(path: "/p", first: "a", second: "A"), 5), (.unknownName("/p"), 2),
    (.ambiguousName("/p", candidates: ["aa", "bb"]), 2), (.noSuchEntry(path: "/p"), 2),
    (.isDirectory(path: "/p"), 2), (.rangeOutside(size: 7), 2), (.badRefName("/p"), 2),
  ]

  @Test("name what it is about, and end with the right code", arguments: errors.indices)
  func words(index: Int) {
    let (error, status) = Self.errors[index]
    let message = ErrorMessages.message(for: error)
    #expect(message.status.rawValue == status)
    #expect(!message.code.isEmpty)
    #expect(!message.text.contains("\n"))
    #expect(message.text.last?.isPunctuation != true || message.text.hasSuffix(")"))
    if "\(error)".contains("\"/p\"") { #expect(message.text.contains("/p")) }
    #expect(message.lines(style: .plain).split(separator: "\n").count <= 2)
  }

  @Test("damage names the file of the store and how to bring it back")
  func damage() {
    let hex = Self.digest.hex
    let nonce = Nonce(high: 5, low: 6).hex
    let objects: [(StoreObject, String)] = [
      (.pack(PackID(Self.digest)), "packs/\(hex.prefix(2))/\(hex)"),
      (.segment(SegmentID(Self.digest)), "index/\(hex.prefix(2))/\(hex)"),
      (.rawObject(name: "\(hex)-\(nonce)"), "raw/\(hex.prefix(2))/\(hex)-\(nonce)"),
      (.rawObject(name: "part-\(nonce)"), "raw/\(nonce.prefix(2))/part-\(nonce)"),
      (.root(sequence: 2), "roots/fffffffffffffffd"), (.format(path: "/s/format"), "/s/format"),
    ]
    for (object, file) in objects {
      for error in [StoreError.missing(object), .corrupt(object, .truncated)] {
        let message = ErrorMessages.message(for: error)
        #expect(message.status == .damage)
        #expect(message.text.contains(file))
        #expect(message.hint?.contains("copy \(file) back") == true)
      }
    }
    let inner: [StoreObject] = [
      .blob(BlobID(Self.digest)), .chunk(ChunkID(Self.digest)), .node(NodeID(Self.digest)),
      .manifest(Self.digest),
    ]
    for object in inner {
      let message = ErrorMessages.message(for: .missing(object))
      #expect(message.text.contains(hex))
      #expect(message.hint?.hasPrefix("reprostore fsck --full") == true)
    }
  }

  @Test(
    "system calls in words, with the path",
    arguments: [
      (Int32(28), "diskFull", "the disk is full"), (122, "diskFull", "quota"),
      (13, "permission", "no permission"), (1, "permission", "no permission"),
      (30, "readOnly", "read-only"), (21, "isDirectory", "is a directory"),
      (2, "notFound", "there is no"),
      (40, "linkInTheWay", "link"),
      (20, "notDirectory", "no directory"), (5, "system", "Input/output error"),
      (24, "system", "Too many open files"),
    ])
  func systemCalls(code: Int32, name: String, words: String) {
    let failure = SystemCallFailure(call: "openat", path: "/some/path", code: code)
    let message = ErrorMessages.message(for: .system(failure))
    #expect(message.code == name)
    #expect(message.text.contains(words))
    #expect(message.text.contains("/some/path"))
    #expect(
      message.status == (name == "system" ? .internal : name == "linkInTheWay" ? .refused : .usage))
  }
}
