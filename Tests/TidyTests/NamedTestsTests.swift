import Foundation
import Testing

/// A document that says which test holds a rule names one that exists.
@Suite("Tests that documents name") struct NamedTestsTests {
  private static func sources() -> [String] {
    Repository.current.files.filter { $0.path.hasPrefix("Tests/") && $0.isSwift }
      .map { $0.lines.joined(separator: "\n") }
  }

  /// The names `SuiteTests` and `SuiteTests.test` between backticks.
  static func names(in text: String) -> [(suite: Substring, test: Substring?)] {
    text.matches(of: /`([A-Z]\w+Tests)(?:\.(\w+))?`/).map { ($0.output.1, $0.output.2) }
  }

  @Test("The names are found in every form")
  func forms() {
    let found = Self.names(in: "*Tests:* `AaTests`, `BbTests.cD`. `lowerTests`, `E.swift`, FfTests")
    #expect(found.map { "\($0.suite) \($0.test ?? "")" } == ["AaTests ", "BbTests cD"])
  }

  @Test("Each of them exists", arguments: ["docs/protocol.md"])
  func existence(path: String) throws {
    let document = try #require(Repository.current.files.first { $0.path == path })
    let names = Self.names(in: document.lines.joined(separator: "\n"))
    #expect(names.count > 20)
    let sources = Self.sources()
    for (suite, test) in names {
      let homes = sources.filter { $0.contains("struct \(suite) ") }
      #expect(!homes.isEmpty, "\(suite)")
      guard let test else { continue }
      #expect(homes.contains { $0.contains("func \(test)(") }, "\(suite).\(test)")
    }
  }
}
