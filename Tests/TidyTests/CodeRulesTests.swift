import Testing

@Suite("Rules about code")
struct CodeRulesTests {
  private func lines(
    _ rule: (SourceFile) -> [Fault], _ module: String, _ text: String
  ) -> [Int] {
    rule(SourceFile("Sources/\(module)/A/a.swift", text)).map(\.line)
  }

  @Test("A module may not import what is above it")
  func imports() {
    let text = """
      import StorePrimitives
      // import Foundation
      public import StoreIO
      @preconcurrency import struct Foundation.Data
      package import Yams
      let name = kind.import
      """
    #expect(lines(Rules.imports, "ArtifactStore", text) == [4, 5])
    #expect(lines(Rules.imports, "StorePrimitives", text) == [1, 3, 4, 5])
    #expect(lines(Rules.imports, "reprostore", text) == [4])
    #expect(lines(Rules.imports, "NewModule", "let a = 1") == [0])
    #expect(Rules.imports(SourceFile("Tests/ATests/a.swift", text)).isEmpty)
  }

  @Test("No module imports the one that stands on it")
  func noCircle() {
    for (module, allowed) in Rules.allowedImports {
      for below in allowed {
        #expect(Rules.allowedImports[below]?.contains(module) != true, "\(module) and \(below)")
      }
    }
  }

  @Test("Unsafe code is found in every form")
  func unsafeCode() {
    let text = """
      let a = unsafe pointer.pointee  // here
      nonisolated(unsafe) var b = 1
      final class C: @unchecked Sendable {}
      let d = "unsafe", isUnsafe = unchecked
      """
    #expect(lines(Rules.unsafeCode, "ArtifactStore", text) == [1, 2, 3])
    #expect(lines(Rules.unsafeCode, "StoreIO", text).isEmpty)
  }

  @Test("Printing and asking about the surroundings are found")
  func surroundings() {
    let text = """
      print("a")
      Swift.debugPrint("a")
      let b = getenv("HOME")
      if isatty(1) == 1 {}
      func print(_ text: String) { sink.print(text) }
      let fingerprint = print
      """
    #expect(lines(Rules.surroundings, "ArtifactStore", text) == [1, 2, 3, 4])
    #expect(lines(Rules.surroundings, "StoreIO", text) == [1, 2])
    #expect(lines(Rules.surroundings, "reprostore", text).isEmpty)
  }

  @Test("What ends the program is found")
  func crashes() {
    let text = """
      let a = try! read()
      let b = a as! Int
      fatalError("c")
      let d = try !isReady(), e = a as? Int  // try! as! fatalError()
      let f = "fatalError()"
      """
    #expect(lines(Rules.crashes, "ArtifactStore", text) == [1, 2, 3])
    #expect(Rules.crashes(SourceFile("Tests/ATests/a.swift", text)).isEmpty)
  }

  @Test("Marks of unfinished work are found, in comments too")
  func unfinishedWork() {
    let text = "// TODO: a\n/* (FIXME) */\nlet a = \"XXX\"\nlet TODOS = mastodon\n"
    #expect(lines(Rules.unfinishedWork, "ArtifactStore", text) == [1, 2, 3])
    #expect(Rules.unfinishedWork(SourceFile("Sources/C/include/c.h", "// XXX")).map(\.line) == [1])
  }

  @Test("What other modules see and has no text is found")
  func documentation() {
    let text = """
      /// What it is.
      @frozen
      public struct A {
        public func inner() {}
      }
      public enum B { case b }
      @inlinable
      package func c() {}
      struct D {}
      public import StorePrimitives
      extension A { public struct E {} }

      // Not a text for others.
      public final class F {}
      """
    #expect(lines(Rules.documentation, "ArtifactStore", text) == [6, 8, 14])
    #expect(lines(Rules.documentation, "reprostore", text).isEmpty)
  }
}
