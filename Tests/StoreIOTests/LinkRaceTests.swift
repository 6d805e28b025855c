import ArtifactStoreTesting
import StoreIO
import StorePrimitives
import Testing

/// The commit rests on this: of many that want one name, one gets it.
@Suite struct LinkRaceTests {
  static let threads = 8
  static let slots = 16

  @Test(arguments: Rungs.all)
  func oneOfManyWins(rungs: Rungs) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open(rungs)
    _ = try directory.makeDirectory(RelativePath("d"), mode: 0o755)
    let winners = Monitor([[Int]](repeating: [], count: Self.slots))
    try Workers.run(count: Self.threads) { index throws(StoreError) in
      for slot in 0..<Self.slots {
        let file = try directory.createUnnamed(in: path("d"), mode: 0o644)
        try file.write([UInt8(index)].span, at: 0)
        guard try directory.link(file, as: path("d/slot-\(slot)")) else { continue }
        winners.withLock { $0[slot].append(index) }
      }
    }
    for (slot, winner) in winners.withLock({ $0 }).enumerated() {
      #expect(winner.count == 1)
      #expect(try directory.contents("d/slot-\(slot)") == winner.map { UInt8($0) })
    }
    #expect(try directory.openDirectory(RelativePath("d")).entries().count == Self.slots)
  }

  @Test(arguments: Rungs.all)
  func exclusiveRenameHasOneWinner(rungs: Rungs) throws {
    let place = try TemporaryDirectory()
    let directory = try place.open(rungs)
    for index in 0..<Self.threads { try directory.put("own-\(index)", [UInt8(index)]) }
    let winners = Monitor<[Int]>([])
    try Workers.run(count: Self.threads) { index throws(StoreError) in
      let own = try path("own-\(index)")
      guard try directory.rename(own, to: path("slot"), in: directory, replacing: false)
      else { return }
      winners.withLock { $0.append(index) }
    }
    let winner = winners.withLock { $0 }
    #expect(winner.count == 1)
    #expect(try directory.contents("slot") == winner.map { UInt8($0) })
    #expect(try directory.entries().count == Self.threads)
  }
}

/// A path of a test as typed throws want it.
func path(_ text: String) throws(StoreError) -> RelativePath {
  do throws(PathError) {
    return try RelativePath(text)
  } catch {
    throw .badPath(path: text, error)
  }
}
