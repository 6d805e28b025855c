import ArtifactStore
import StoreIO
import StorePrimitives

/// Lists the pins of a lock.
struct LockListing {
  let snapshot: Snapshot<LinuxDirectory>
  let console: Console
  let workspace: String

  private enum State: Equatable {
    case here, damaged, notHere
  }

  /// False when something could not be read for damage. What is not here is no damage: the lock may
  /// come from somebody who has another store.
  func render(_ lock: Lock) throws(StoreError) -> Bool {
    guard !lock.isEmpty else { return true }
    let refs = try snapshot.refs(in: .pins)
    var isSound = true
    var table = Table([.left, .right, .right, .left, .left])
    for pin in lock.pins {
      let same = refs.map(\.record).filter { $0.path == pin.path && $0.target == pin.target }
      let record = same.first { $0.workspace == workspace } ?? same.first
      let state = try state(of: pin)
      if state == .damaged { isSound = false }
      let note =
        switch state {
        case .here: record.map { Words.date($0.created) + " UTC" } ?? ""
        case .damaged: "damaged"
        case .notHere: "not here"
        }
      table.add([
        Words.printable(pin.path.description), Words.files(pin.files), Words.size(pin.bytes),
        pin.target.shortID, note,
      ])
      try console.object(object(pin, state, record))
    }
    try console.result(console.style.strong("pins"))
    for line in table.lines(indent: "  ") { try console.result(line) }
    return isSound
  }

  private func state(of pin: LockedPin) throws(StoreError) -> State {
    do throws(StoreError) {
      guard try snapshot.holds(pin) else { return .notHere }
      return try snapshot.total(of: pin.target) == nil ? .damaged : .here
    } catch {
      guard error.isDamage else { throw error }
      return .damaged
    }
  }

  private func object(
    _ pin: LockedPin, _ state: State, _ record: RefRecord?
  ) -> [(String, JSONValue)] {
    [
      ("type", .string("pin")), ("path", .path(pin.path)), ("id", .optional(pin.target.id)),
      ("kind", .string(pin.target.kindName)), ("files", .unsigned(pin.files)),
      ("bytes", .unsigned(pin.bytes)), ("damaged", .bool(state == .damaged)),
      ("here", .bool(state != .notHere)),
      ("created", .optional(record.map { Words.timestamp($0.created) })),
      ("workspace", .string(workspace)), ("gitCommit", .optional(record?.gitCommit)),
      ("who", .optional(record?.who)),
    ]
  }
}
