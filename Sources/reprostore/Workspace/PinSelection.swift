import ArtifactStore
import StoreIO
import StorePrimitives

/// A pin of the lock, or a part of one, that a command is about.
struct SelectedPin {
  let pin: LockedPin
  /// The part, relative to the pin; nil for all of it.
  let inner: RelativePath?

  /// Relative to the workspace.
  func path() throws(StoreError) -> RelativePath {
    guard let inner else { return pin.path }
    return try RelativePath.checked(inner.components, below: pin.path)
  }

  /// Where it is in the workspace, and the version that belongs there.
  func place(
    in workspace: Workspace, forWriting: Bool
  ) throws -> CheckoutRequest<LinuxDirectory>.Pin {
    let place = try PinPlace(pin.path, inner, in: workspace, forWriting: forWriting)
    return CheckoutRequest.Pin(
      version: PinVersion(
        path: pin.path, target: pin.target, inner: inner, source: place.source),
      base: place.base, place: place.place)
  }
}

extension Workspace {
  /// Where the pins are in the workspace.
  ///
  /// - Throws: a `UserMessage` for a part that neither the workspace nor the version has: it was
  ///   mistyped.
  func places(
    of pins: [SelectedPin], in store: LocalStore, forWriting: Bool
  ) throws -> [CheckoutRequest<LinuxDirectory>.Pin] {
    try pins.map { pin in
      let place = try pin.place(in: self, forWriting: forWriting)
      guard let inner = pin.inner, place.version.source == nil else { return place }
      guard try !Self.has(inner, of: pin.pin, in: store) else { return place }
      throw UserMessage(
        "noSuchEntry",
        "there is no \(try pin.path()), neither here nor in the version that is pinned",
        try: "reprostore ls -r pin:\(ShellText.word(pin.pin.path.description))")
    }
  }

  /// Whether a version has `inner`. One that is not here may have it.
  private static func has(
    _ inner: RelativePath, of pin: LockedPin, in store: LocalStore
  ) throws(StoreError) -> Bool {
    guard case .tree(let tree) = pin.target else { return false }
    let snapshot = try store.snapshot()
    guard try snapshot.holds(pin) else { return true }
    var isThere = false
    try snapshot.reader().tree.forEach(in: tree, at: inner) { (_) throws(StoreError) in
      isThere = true
      return .stop
    }
    return isThere
  }

  /// The pins that `arguments` name: pins, parts of pins, and directories that hold pins; all pins
  /// without arguments.
  func select(_ arguments: [String], in lock: Lock) throws -> [SelectedPin] {
    guard !arguments.isEmpty else { return lock.pins.map { SelectedPin(pin: $0, inner: nil) } }
    var selected: [SelectedPin] = []
    for argument in arguments {
      for found in try select(argument, in: lock) {
        let path = try found.path()
        guard try !selected.contains(where: { try path.isInside($0.path()) }) else { continue }
        selected = try selected.filter { try !$0.path().isInside(path) }
        selected.append(found)
      }
    }
    return selected
  }

  private func select(_ argument: String, in lock: Lock) throws -> [SelectedPin] {
    guard let path = try PathArgument.place(of: argument, in: self) else {
      return lock.pins.map { SelectedPin(pin: $0, inner: nil) }
    }
    if let found = try pins(at: path, in: lock) { return found }
    // A path that a message or the lock names is one of the workspace.
    if current != nil, let path = try? RelativePath(Environment.argumentBytes(argument)),
      let found = try pins(at: path, in: lock)
    {
      return found
    }
    throw UserMessage(
      "notPinned", "\(path) is not pinned, and no pin is in it",
      try: lock.isEmpty ? "reprostore add \(word(path))" : "reprostore ls")
  }

  /// The pin that `path` is or lies in, or those in it; nil when there is none.
  private func pins(at path: RelativePath, in lock: Lock) throws -> [SelectedPin]? {
    if let pin = lock.pin(around: path) {
      let rest = Array(path.components.dropFirst(pin.path.components.count))
      let inner = rest.isEmpty ? nil : try RelativePath.checked(rest, below: nil)
      return [SelectedPin(pin: pin, inner: inner)]
    }
    let inside = lock.pins(in: path)
    return inside.isEmpty ? nil : inside.map { SelectedPin(pin: $0, inner: nil) }
  }
}
