import ArtifactStore
import StorePrimitives

extension RefRecord.Target {
  /// Digits of an id that are shown where no more are needed.
  private static var shortDigits: Int { 12 }

  /// `sha256:…`; nil for what has no id.
  var id: String? { digest.map { "sha256:\($0.hex)" } }

  /// The first digits of the id, which `ls` and `restore` take as a name.
  var shortID: String { digest.map { String($0.hex.prefix(Self.shortDigits)) } ?? "" }

  /// The word for scripts.
  var kindName: String {
    switch self {
    case .tree: "tree"
    case .blob: "blob"
    case .manifest: "manifest"
    case .session: "session"
    }
  }
}

extension AddReport.Pin {
  enum State: String { case new, changed, unchanged }

  /// What the pin is to the version before it.
  var state: State { isUnchanged ? .unchanged : previous == nil ? .new : .changed }
}
