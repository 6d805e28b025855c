import ArtifactStore
import StorePrimitives

/// Says which name on the command line an error is about: the engine knows only the path inside.
enum NameErrors {
  /// Runs `body`, which works on what `name` stands for; it was found to be `found`.
  static func explaining<Result>(
    _ name: String, _ found: ResolvedName, _ body: () throws(StoreError) -> Result
  ) throws -> Result {
    do throws(StoreError) {
      return try body()
    } catch {
      let whole = found.whole
      let word = ShellText.word(whole)
      switch error {
      case .noSuchEntry(let path):
        throw UserMessage(
          "noSuchEntry", "there is no \(path) in \(whole)", try: "reprostore ls -r \(word)")
      case .isDirectory(let path):
        let isWhole = path == found.record?.path?.description || path == "."
        let shown = isWhole ? name : "\(path) in \(whole)"
        throw UserMessage(
          "isDirectory", "\(shown) is a directory, and a file is needed",
          try: "reprostore ls -r \(ShellText.word(name)), then reprostore cat \(word):FILE")
      default: throw error
      }
    }
  }
}
