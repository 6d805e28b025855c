import StoreIO
package import StorePrimitives
import Synchronization

extension Store {
  /// Makes the workspace what the versions of `request` say, touching only what differs.
  ///
  /// All files are written and checked aside before the first one is replaced; each is replaced
  /// in one step. What a version does not have stays and is reported.
  ///
  /// - Throws: before the first change `wouldLose` for bytes that the store does not hold,
  ///   `inTheWay`, `notEnoughSpace`, `pinNotHere`; later `corrupt` or `missing` for what the store
  ///   cannot give, `cannotLink`, `interrupted`: then each file is the old one or the new one.
  @specialized(where Directory == LinuxDirectory)
  package func checkout(
    _ request: CheckoutRequest<Directory>, progress: Progress = Progress()
  ) throws(StoreError) -> [CheckoutReport] {
    // Two at once would take each other's staging for one that was left behind.
    let guardian = try request.workspace.openExclusively(CheckoutNames.guardian, mode: 0o644)
    defer { _ = guardian }
    let snapshot = try snapshot()
    let planner = CheckoutPlanner(snapshot: snapshot, request: request, progress: progress)
    var plans: [CheckoutPlan<Directory>] = []
    for pin in request.pins {
      plans.append(
        try snapshot.locating(pin.version) { () throws(StoreError) in
          do throws(StoreError) {
            return try planner.plan(pin)
          } catch .inTheWay(let path, let kind) {
            let part = try pin.version.part().description
            let isFile = pin.version.source?.isFile ?? false
            throw .inTheWay(path: isFile ? part : "\(part)/\(path)", kind: kind)
          }
        })
    }
    try refuse(plans, request)
    return try plans.map { (plan) throws(StoreError) in
      try CheckoutRun(plan, request, snapshot, progress).run()
    }
  }

  private func refuse(
    _ plans: [CheckoutPlan<Directory>], _ request: CheckoutRequest<Directory>
  ) throws(StoreError) {
    var needed: [UInt64: UInt64] = [:]
    for plan in plans {
      if let first = plan.losses.first, !request.isForced {
        let whole = try plan.whole(first)
        throw .wouldLose(
          path: plan.pin.version.path.description, count: plan.losses.count,
          first: whole.description)
      }
      let place = plan.pin.version.source?.holder ?? plan.pin.base
      let device = try place.status().device
      let sum = needed[device, default: 0] &+ plan.bytes
      needed[device] = sum
      let free = try place.freeBytes()
      guard sum <= free else {
        throw .notEnoughSpace(path: place.displayPath, needed: sum, free: free)
      }
    }
  }
}

extension CheckoutPlan {
  /// `path`, which is there and relative to the part that was compared, relative to the workspace.
  func whole(_ path: RelativePath) throws(StoreError) -> RelativePath {
    let part = try pin.version.part()
    return isOldFile ? part : try path.checkedInside(part)
  }
}

extension PinVersion {
  /// The part that is meant, relative to the workspace.
  fileprivate func part() throws(StoreError) -> RelativePath {
    try inner?.checkedInside(path) ?? path
  }
}

/// Names in a workspace that a checkout uses.
enum CheckoutNames {
  static let guardian = RelativePath(trusted: ".reprostore/checkout.lock")
}

extension Snapshot {
  /// Says which pin it is whose tree is not here, or that a damaged root may have known it.
  package func locating<Result>(
    _ version: PinVersion<Directory>, _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    do throws(StoreError) { return try body() } catch .missing(let object) {
      guard object == version.target.object else { throw .missing(object) }
      throw damage ?? .pinNotHere(path: version.path.description, object)
    }
  }
}

extension RefRecord.Target {
  /// The object that everything else of the target hangs on.
  var object: StoreObject? {
    switch self {
    case .tree(let id): .node(NodeID(id.digest))
    case .blob(let id, _, _): .blob(id)
    case .manifest(let digest): .manifest(digest)
    case .session: nil
    }
  }
}
