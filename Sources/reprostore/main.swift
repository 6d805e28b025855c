import ArgumentParser

struct Reprostore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reprostore", abstract: "A content-addressed store for machine learning.",
    version: programVersion)
}

Reprostore.main()
