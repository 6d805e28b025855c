import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct UntrackCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "untrack",
    abstract: "Take pins out of reprostore.lock; their files stay.",
    discussion: """
      Removes the line of each PATH from reprostore.lock and from .gitignore. The files in the \
      workspace stay as they are, and what was stored stays too: older commits still need it.

        reprostore untrack data
      """)

  @Argument(help: "Pins.", completion: .file())
  var paths: [String]

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let removed = try workspace.updateLock { lock in
      let selected = try workspace.select(paths, in: lock)
      for pin in selected {
        guard pin.inner == nil else { throw Self.part(try pin.path(), of: pin.pin.path) }
      }
      let ignoreFile = GitIgnoreFile(of: workspace)
      var evicted = try EvictedPaths(of: workspace)
      for pin in selected {
        lock.remove(pin.pin.path)
        try ignoreFile?.remove(pin.pin.path)
        try evicted.remove(pin.pin.path, in: workspace)
      }
      return selected.map(\.pin.path)
    }
    for path in removed {
      try console.object([("type", .string("untracked")), ("path", .path(path))])
      let shown = Words.printable(path.description)
      try console.report("\(shown) is not pinned any more; its files stay")
    }
    if GitFolder.find(around: workspace.path) != nil {
      try console.report("next: \(workspace.gitAdd(Lock.fileName, GitIgnoreFile.name))")
    }
  }

  private static func part(_ path: RelativePath, of pin: RelativePath) -> UserMessage {
    UserMessage(
      "partOfPin", "\(path) is a part of the pin \(pin), and only whole pins can be untracked",
      try: "reprostore untrack \(ShellText.word(pin.description)), or leave the part out with "
        + ".reproignore and: reprostore add \(ShellText.word(pin.description))")
  }
}
