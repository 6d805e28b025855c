import StoreIO
import StorePrimitives
import Yams

/// What the two configuration files of a workspace say.
///
/// `config.yaml` comes with the repository, so whoever wrote that wrote it: it may name no store
/// outside the workspace, no program and no credentials. `config.local.yaml` is the user's own.
struct Configuration {
  /// Where a store lies.
  enum StorePlace: Equatable {
    /// Below the root of the workspace. No link on the way is followed: the repository could have
    /// brought it.
    case inside(RelativePath)
    /// At an absolute path.
    case absolute(String)

    func open(in root: LinuxDirectory) throws(StoreError) -> LinuxDirectory {
      switch self {
      case .inside(let path): try root.openDirectory(path)
      case .absolute(let path): try LinuxDirectory.open(path)
      }
    }

    /// The absolute path, for messages.
    func description(in workspace: String) -> String {
      switch self {
      case .inside(let path): workspace == "/" ? "/\(path)" : "\(workspace)/\(path)"
      case .absolute(let path): PathText.escape(Array(path.utf8))
      }
    }
  }

  static let sharedFile = RelativePath(trusted: ".reprostore/config.yaml")
  static let localFile = RelativePath(trusted: ".reprostore/config.local.yaml")
  static let defaultStore = StorePlace.inside(RelativePath(trusted: ".reprostore/store"))

  private(set) var store = Configuration.defaultStore

  /// Reads the files of the workspace at `root`; the local one goes before the other.
  init(in root: LinuxDirectory) throws {
    if let file = try ConfigurationFile(Self.sharedFile, in: root) {
      try apply(shared: file)
    }
    if let file = try ConfigurationFile(Self.localFile, in: root) {
      try apply(local: file)
    }
  }

  private mutating func apply(shared file: ConfigurationFile) throws {
    for setting in file.settings {
      guard setting.key == "store" else {
        throw file.error(
          setting,
          "is not known here; the committed configuration may hold only store, and never "
            + "programs or credentials")
      }
      guard !setting.value.hasPrefix("/"), let path = try? RelativePath(setting.value) else {
        throw file.error(
          setting, "names a store outside the workspace, which a repository may not choose for you",
          try: "reprostore init --store DIR, or set store in \(Self.localFile)")
      }
      store = .inside(path)
    }
  }

  private mutating func apply(local file: ConfigurationFile) throws {
    for setting in file.settings {
      guard setting.key == "store" else {
        throw file.error(setting, "is not known; there is only store")
      }
      guard setting.value.hasPrefix("/") else {
        throw file.error(setting, "must be an absolute path")
      }
      store = .absolute(setting.value)
    }
  }
}

/// One configuration file: names and texts, nothing nested.
struct ConfigurationFile {
  struct Setting {
    let key: String
    let value: String
    let line: Int
  }

  /// Far more than the few lines that a configuration has.
  private static let maximumBytes: UInt64 = 64 << 10

  let settings: [Setting]
  private let path: String

  /// Reads `path` below `root`; nil when there is no such file.
  init?(_ path: RelativePath, in root: LinuxDirectory) throws {
    guard let status = try root.status(path) else { return nil }
    self.path = "\(root.displayPath)/\(path)"
    guard status.size <= Self.maximumBytes else {
      throw UserMessage("badConfiguration", "\(self.path) is too large for a configuration")
    }
    let bytes = try root.openFile(path).read(Int(status.size), at: 0)
    settings = try Self.parse(bytes, path: self.path)
  }

  private static func parse(_ bytes: [UInt8], path: String) throws -> [Setting] {
    func fail(_ line: Int?, _ reason: String) -> UserMessage {
      let place = line.map { "\(path):\($0)" } ?? path
      return UserMessage("badConfiguration", "\(place): \(reason)", try: "correct the file")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw fail(nil, "it is no UTF-8 text")
    }
    guard !hasAnchors(bytes) else {
      throw fail(nil, "anchors and aliases (& and *) are not read")
    }
    let document: Node?
    do {
      // Without the rules that tell numbers from texts: they take a millisecond to set up.
      document = try compose(yaml: text, .basic)
    } catch {
      throw fail(YamlErrors.line(of: error), YamlErrors.reason(of: error))
    }
    guard let document, document.scalar?.string.isEmpty != true else { return [] }
    guard let mapping = document.mapping else {
      throw fail(document.mark?.line, "it must hold lines of the form key: value")
    }
    return try mapping.map { key, value in
      guard let name = key.scalar?.string, let text = value.scalar?.string, !text.isEmpty else {
        throw fail(key.mark?.line, "the key \(key.scalar?.string ?? "?") must have a text")
      }
      return Setting(key: name, value: text, line: key.mark?.line ?? 0)
    }
  }

  /// Whether a word begins with `&` or `*`. Aliases let a short file stand for an endless one.
  private static func hasAnchors(_ bytes: [UInt8]) -> Bool {
    let before = Array(" \t\r\n,:[{?-".utf8)
    return bytes.indices.contains { index in
      "&*".utf8.contains(bytes[index]) && (index == 0 || before.contains(bytes[index - 1]))
    }
  }

  func error(_ setting: Setting, _ reason: String, try hint: String? = nil) -> UserMessage {
    UserMessage(
      "badConfiguration", "\(path):\(setting.line): the key \(setting.key) \(reason)",
      try: hint ?? "take the line out")
  }
}

/// What the YAML parser says of a bad file.
private enum YamlErrors {
  static func line(of error: any Error) -> Int? {
    switch error as? YamlError {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      mark.line
    default: nil
    }
  }

  static func reason(of error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
      .composer(_, let problem, _, _):
      "it is no YAML: \(problem)"
    case .duplicatedKeysInMapping: "a key is there twice"
    default: "it is no YAML"
    }
  }
}
