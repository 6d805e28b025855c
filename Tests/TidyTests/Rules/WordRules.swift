extension Rules {
  /// `unsafe`, and what takes its place in an attribute, stands in StoreIO only.
  static func unsafeCode(_ file: SourceFile) -> [Fault] {
    guard let module = file.module, module != "StoreIO" else { return [] }
    return file.tokens.indices.compactMap { index in
      let token = file.tokens[index]
      guard token.text == "unsafe" || token.text == "unchecked" && follows(file, index, "@") else {
        return nil
      }
      return file.fault(token.line, "'\(token.text)' is for StoreIO only")
    }
  }

  /// Only the program prints and asks about its surroundings; StoreIO may wrap the calls to ask.
  static func surroundings(_ file: SourceFile) -> [Fault] {
    guard let module = file.module, module != "reprostore" else { return [] }
    let printing: Set = ["print", "debugPrint"]
    let asking: Set = module == "StoreIO" ? [] : ["getenv", "secure_getenv", "isatty"]
    return file.tokens.indices.compactMap { index in
      let token = file.tokens[index]
      let before = file.tokens.text(at: index - 1)
      let isGlobal = before != "." || file.tokens.text(at: index - 2) == "Swift"
      let isCall = file.tokens.text(at: index + 1) == "(" && before != "func" && isGlobal
      guard asking.contains(token.text) || printing.contains(token.text) && isCall else {
        return nil
      }
      return file.fault(token.line, "'\(token.text)' is for the program only")
    }
  }

  /// Nothing in `Sources` may end the program where an error would do: no `try!`, `as!`,
  /// `fatalError`.
  static func crashes(_ file: SourceFile) -> [Fault] {
    guard file.module != nil else { return [] }
    return file.tokens.indices.compactMap { index in
      let token = file.tokens[index]
      let next = index + 1 < file.tokens.count ? file.tokens[index + 1] : nil
      let isForced = next?.text == "!" && next?.offset == token.end
      switch token.text {
      case "try" where isForced, "as" where isForced:
        return file.fault(token.line, "'\(token.text)!' ends the program where an error would do")
      case "fatalError" where next?.text == "(":
        return file.fault(token.line, "'fatalError' ends the program where an error would do")
      default: return nil
      }
    }
  }

  /// No marks of unfinished work in `Sources`: an issue holds what is left to do.
  static func unfinishedWork(_ file: SourceFile) -> [Fault] {
    guard file.module != nil else { return [] }
    let marks: Set<Substring> = ["TODO", "FIXME", "XXX"]
    return file.lines.indices.compactMap { index in
      let words = file.lines[index].split { !($0.isLetter || $0.isNumber || $0 == "_") }
      guard let mark = words.first(where: marks.contains) else { return nil }
      return file.fault(index + 1, "\(mark): finish it, or write it down elsewhere")
    }
  }

  /// Whether the token before the one at `index` is `sign` and touches it.
  private static func follows(_ file: SourceFile, _ index: Int, _ sign: String) -> Bool {
    index > 0 && file.tokens[index - 1].text == sign
      && file.tokens[index - 1].end == file.tokens[index].offset
  }
}
