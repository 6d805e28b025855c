import StoreIO
import StorePrimitives

/// The commit that is checked out, read from git's own files: no program is run
/// (gitrepository-layout(5)).
enum GitHead {
  /// The commit of the working copy that holds `directory`; nil when there is none, when it has no
  /// commit yet, or when git keeps it in a way that is not known here.
  static func commit(at directory: [UInt8]) -> String? {
    GitFolder.find(around: directory).flatMap(commit(in:))
  }

  private static func commit(in place: GitFolder) -> String? {
    guard let head = GitFolder.line(RelativePath(trusted: "HEAD"), in: place.folder) else {
      return nil
    }
    let prefix = "ref: "
    guard head.hasPrefix(prefix) else { return checked(head) }
    let ref = String(head.dropFirst(prefix.count))
    guard ref.hasPrefix("refs/"), let path = try? RelativePath(ref) else { return nil }
    // A linked working copy has its own HEAD, and shares the branches.
    let common = place.common
    for folder in [place.folder, common].compactMap({ $0 }) {
      if let text = GitFolder.line(path, in: folder) { return checked(text) }
    }
    return packed(ref, in: common ?? place.folder)
  }

  /// The line `<id> <ref>` of `packed-refs`.
  private static func packed(_ ref: String, in folder: LinuxDirectory) -> String? {
    guard let bytes = GitFolder.read(RelativePath(trusted: "packed-refs"), in: folder) else {
      return nil
    }
    let ending = Array(" \(ref)".utf8)
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.ends(with: ending) {
      return checked(String(decoding: line.dropLast(ending.count), as: UTF8.self))
    }
    return nil
  }

  /// `text` when it is a whole id.
  private static func checked(_ text: String) -> String? {
    GitCommitID.isWhole(text) ? text : nil
  }
}

/// What git calls a commit by: SHA-1 or SHA-256, in hexadecimal digits.
enum GitCommitID {
  /// Digits that are shown where no more are needed.
  static let shortDigits = 7

  static func isWhole(_ text: some StringProtocol) -> Bool {
    [40, 64].contains(text.utf8.count) && text.utf8.allSatisfy { Hex.isDigit($0) }
  }
}

extension ArraySlice<UInt8> {
  fileprivate func ends(with ending: [UInt8]) -> Bool {
    count >= ending.count && suffix(ending.count).elementsEqual(ending)
  }
}
