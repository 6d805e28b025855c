import StorePrimitives

/// Says which name on the command line an error is about: the engine knows only the path inside.
enum NameErrors {
  /// Runs `body`, which works on what `name` stands for.
  static func explaining<Result>(
    _ name: String, _ body: () throws(StoreError) -> Result
  ) throws -> Result {
    do throws(StoreError) {
      return try body()
    } catch {
      let whole = wholeName(of: name)
      switch error {
      case .noSuchEntry(let path):
        throw UserMessage(
          "noSuchEntry", "there is no \(path) in \(whole)", try: "reprostore ls -r \(whole)")
      case .isDirectory(let path):
        let shown = path == whole || path == "." ? name : "\(path) in \(whole)"
        throw UserMessage(
          "isDirectory", "\(shown) is a directory, and a file is needed",
          try: "reprostore ls -r \(name), then reprostore cat \(whole):FILE")
      default: throw error
      }
    }
  }

  /// What stands before the path inside.
  private static func wholeName(of name: String) -> String {
    let prefixes = ["pin:", "tag:", "sha256:"]
    let prefix = prefixes.first { name.hasPrefix($0) } ?? ""
    let rest = name.dropFirst(prefix.count)
    return prefix + rest.prefix { $0 != ":" }
  }
}
