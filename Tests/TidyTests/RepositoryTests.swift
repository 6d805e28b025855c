import Testing

/// The style rules, held against the files of this repository.
@Suite("The repository is tidy")
struct RepositoryTests {
  private let repository = Repository.current

  private func expectNone(
    _ rule: (SourceFile) -> [Fault], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let faults = repository.files.flatMap(rule)
    guard !faults.isEmpty else { return }
    let list = faults.map { "\n  \($0)" }.joined()
    Issue.record("\(faults.count) faults:\(list)", sourceLocation: sourceLocation)
  }

  @Test("The repository was found, so the rules have something to look at")
  func isFound() {
    #expect(repository.contains("Package.swift"), "no Package.swift below \(Repository.root)")
    for module in Rules.allowedImports.keys.sorted() {
      #expect(repository.files.contains { $0.module == module && !$0.tokens.isEmpty }, "\(module)")
    }
    #expect(repository.files.contains { $0.isMarkdown && !$0.lines.isEmpty })
    #expect(repository.files.contains { $0.isScript && !$0.isSwift })
  }

  @Test("A Swift file has fewer than 400 lines")
  func fileLength() { expectNone(Rules.fileLength) }

  @Test("A function has fewer than 60 lines")
  func functionLength() { expectNone(Rules.functionLength) }

  @Test("A line has at most 100 columns")
  func lineLength() { expectNone(Rules.lineLength) }

  @Test("No file has more than 1 MiB")
  func fileSize() { expectNone(Rules.fileSize) }

  @Test("A module imports only what it may")
  func imports() { expectNone(Rules.imports) }

  @Test("Unsafe code is in StoreIO only")
  func unsafeCode() { expectNone(Rules.unsafeCode) }

  @Test("Only the program prints and reads the environment")
  func surroundings() { expectNone(Rules.surroundings) }

  @Test("Nothing ends the program where an error would do")
  func crashes() { expectNone(Rules.crashes) }

  @Test("No unfinished work is left in the sources")
  func unfinishedWork() { expectNone(Rules.unfinishedWork) }

  @Test("What other modules see is documented")
  func documentation() { expectNone(Rules.documentation) }

  @Test("The links of the documents lead somewhere")
  func links() { expectNone { Rules.links($0, in: repository) } }
}
