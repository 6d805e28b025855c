extension Rules {
  /// What each module may import: arrows only point down, and the C libraries and Foundation stay
  /// where they are needed. SwiftPM would let any module import what another one depends on.
  static let allowedImports: [String: Set<String>] = [
    "StorePrimitives": [],
    "StoreIO": [
      "StorePrimitives", "Synchronization", "Glibc", "COpenSSL", "CZlib", "CZstd", "CStoreShims",
    ],
    "ArtifactStore": ["StoreIO", "StorePrimitives", "Synchronization"],
    "ArtifactStoreTesting": [
      "ArtifactStore", "StoreIO", "StorePrimitives", "Synchronization", "Foundation", "Glibc",
      "Testing",
    ],
    "reprostore": [
      "ArtifactStore", "StoreIO", "StorePrimitives", "Synchronization", "ArgumentParser", "Yams",
    ],
  ]

  /// A file of `Sources` imports only what its module may.
  static func imports(_ file: SourceFile) -> [Fault] {
    guard file.isSwift, let module = file.module else { return [] }
    guard let allowed = allowedImports[module] else {
      return [file.fault(0, "the module \(module) has no line in Rules.allowedImports")]
    }
    return importedModules(of: file.tokens).compactMap { line, name in
      allowed.contains(name) ? nil : file.fault(line, "\(module) may not import \(name)")
    }
  }

  /// The modules that the code imports, with or without the kind of a single declaration.
  private static func importedModules(of tokens: [Token]) -> [(line: Int, name: String)] {
    let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
    return tokens.indices.compactMap { index in
      guard tokens[index].text == "import", tokens.text(at: index - 1) != "." else { return nil }
      let next = tokens.text(at: index + 1)
      return (tokens[index].line, kinds.contains(next) ? tokens.text(at: index + 2) : next)
    }
  }
}
