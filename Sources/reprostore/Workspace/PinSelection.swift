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
    if let pin = lock.pin(around: path) {
      let rest = Array(path.components.dropFirst(pin.path.components.count))
      let inner = rest.isEmpty ? nil : try RelativePath.checked(rest, below: nil)
      return [SelectedPin(pin: pin, inner: inner)]
    }
    let inside = lock.pins(in: path)
    guard inside.isEmpty else { return inside.map { SelectedPin(pin: $0, inner: nil) } }
    throw UserMessage(
      "notPinned", "\(path) is not pinned, and no pin is in it",
      try: lock.isEmpty ? "reprostore add \(ShellText.word(path.description))" : "reprostore ls")
  }
}
