import ArgumentParser
import ArtifactStore
import StoreIO
import StorePrimitives

struct EvictCommand: StoreCommand {
  static let configuration = CommandConfiguration(
    commandName: "evict",
    abstract: "Make room: remove files of the workspace that the store holds.",
    discussion: """
      Removes the files of a pin, or of a part of it, that are exactly what reprostore.lock says \
      and that the store holds, each after its bytes were read and compared. What was changed or \
      added is kept and listed. The pin stays: reprostore checkout brings the files back.

        reprostore evict data/raw
        reprostore checkout data/raw
      """)

  @Argument(help: "Pins, or parts of pins.", completion: .file())
  var paths: [String]

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) throws {
    let workspace = try Workspace.find()
    let selected = try workspace.select(paths, in: try workspace.lock())
    let store = try workspace.openStore()
    var request = EvictRequest(
      pins: try places(of: selected, in: workspace, store),
      workspace: workspace.root)
    request.scan = workspace.scanOptions()
    request.workers = threads.count
    let before = try EvictedPaths(of: workspace)
    try workspace.explainingMissingPins { try checkPresence(of: selected, in: store) }
    // Noted first: what an interrupted run removed must not look like deleted files.
    try workspace.alone {
      var evicted = try EvictedPaths(of: workspace)
      for pin in selected { try evicted.add(try pin.path(), in: workspace) }
    }
    let reports = try workspace.explainingMissingPins {
      try ProgressDisplay.run("evicting", isShown: !output.quiet) {
        (progress) throws(StoreError) in
        try store.evict(request, progress: progress)
      }
    }
    // What was gone before was not evicted.
    try workspace.alone {
      var evicted = try EvictedPaths(of: workspace)
      for (pin, report) in zip(selected, reports) where report.files == 0 {
        let path = try pin.path()
        if !before.covers(path) { try evicted.remove(path, in: workspace) }
      }
      for path in before.paths where !evicted.covers(path) { try evicted.add(path, in: workspace) }
    }
    for ((pin, place), report) in zip(zip(selected, request.pins), reports) {
      try render(report, try pin.path(), isFile: place.version.source?.isFile ?? false, console)
    }
  }

  /// A pin that is a link goes by the link: the directory that it leads to stays, for `checkout`.
  private func places(
    of selected: [SelectedPin], in workspace: Workspace, _ store: LocalStore
  ) throws -> [CheckoutRequest<LinuxDirectory>.Pin] {
    let places = try workspace.places(of: selected, in: store, forWriting: true)
    return try zip(selected, places).map { selected, place in
      let path = try selected.path()
      guard (try? workspace.root.status(path))??.kind == .symbolicLink else { return place }
      return CheckoutRequest.Pin(version: place.version, base: workspace.root, place: path)
    }
  }

  /// Nothing is removed that the store could not give back.
  private func checkPresence(of pins: [SelectedPin], in store: LocalStore) throws {
    let snapshot = try store.snapshot()
    for selected in pins where try !snapshot.holds(selected.pin) {
      throw StoreError.pinNotHere(path: selected.pin.path.description, selected.pin.object)
    }
  }

  private func render(
    _ report: EvictReport, _ path: RelativePath, isFile: Bool, _ console: Console
  ) throws(StoreError) {
    for rescued in report.rescued {
      console.warn("a file changed while it was removed; what it held is kept as \(rescued)")
      try console.object([
        ("type", .string("rescued")), ("pin", .path(path)), ("path", .path(rescued)),
      ])
    }
    try console.report(
      "\(Words.printable(path.description)): \(Words.files(report.files)) removed, "
        + "\(Words.size(report.bytes)); \(Words.size(report.freedBytes)) of the disk freed")
    for kept in report.kept {
      let whole = isFile ? path.description : "\(path)/\(kept)"
      try console.report("  kept, not as pinned: \(Words.printable(whole))")
      try console.object([
        ("type", .string("kept")), ("pin", .path(path)), ("path", .path(kept)),
      ])
    }
    try console.object([
      ("type", .string("evicted")), ("path", .path(path)), ("files", .integer(report.files)),
      ("bytes", .unsigned(report.bytes)), ("freedBytes", .unsigned(report.freedBytes)),
      ("kept", .integer(report.kept.count)),
    ])
  }
}
