import Testing

@Suite("Functions are found and measured")
struct FunctionLengthsTests {
  private func extents(_ text: String) -> [String] {
    FunctionLengths.functions(in: SwiftTokens.tokens(of: text))
      .map { "\($0.name) \($0.firstLine)-\($0.lastLine)" }
  }

  @Test("Every kind of function, with nested ones")
  func kinds() {
    let text = """
      struct A {
        init?(a: Int) {
          self.init(b: a)
        }
        deinit { print("}") }
        subscript(index: Int) -> Int {
          { index }()
        }
        func outer<T>(_ a: () -> Void = { _ = 1 }) throws(E) -> [T]
        where T: Equatable {
          func inner() {}
          let closure = { .init() }
        }
        static func < (left: A, right: A) -> Bool { true }
      }
      """
    #expect(
      extents(text) == [
        "init 2-4", "deinit 5-5", "subscript 6-8", "outer 9-13", "inner 11-11", "< 14-14",
      ])
  }

  @Test("A requirement of a protocol has no body")
  func requirements() {
    let text = """
      protocol P {
        func a(_ b: Int) throws(E) -> Int
        init(c: Int)
        var d: Int { get }
        func e()
      }
      func f() {
      }
      """
    #expect(extents(text) == ["f 7-8"])
  }

  @Test("60 lines are too many, 59 are not", arguments: [59, 60])
  func limit(lines: Int) {
    let body = String(repeating: "  work()\n", count: lines - 2)
    let file = SourceFile("Tests/A/a.swift", "\n\nfunc long() {\n\(body)}\n")
    let faults = Rules.functionLength(file)
    #expect(faults.map(\.line) == (lines == 60 ? [3] : []))
    #expect(faults.allSatisfy { $0.message.contains("long has 60 lines") })
  }
}
