import Glibc
import StoreIO
import StorePrimitives
import Testing

@Suite struct WorkersTests {
  @Test(arguments: [1, 2, 3, 8, 40])
  func everyIndexRunsOnceOnAThreadOfItsOwn(count: Int) throws {
    let seen = Monitor<[(index: Int, thread: pthread_t)]>([])
    try Workers.run(count: count) { index throws(StoreError) in
      seen.withLock { $0.append((index, pthread_self())) }
      // All are there at the same time, so no thread can have served two.
      seen.wait { $0.count == count ? true : nil }
    }
    let found = seen.withLock { $0 }
    #expect(found.map(\.index).sorted() == Array(0..<count))
    #expect(Set(found.map(\.thread)).count == count)
    #expect(found.contains { $0.thread == pthread_self() } == (count == 1))
  }

  @Test func noneIsNothing() throws {
    try Workers.run(count: 0) { _ throws(StoreError) in Issue.record("called") }
  }

  @Test(arguments: 0..<4)
  func errorIsThrownWhenAllHaveEnded(failing: Int) {
    let hasFailed = Monitor(false)
    let ended = Monitor(0)
    #expect(throws: StoreError.unknownName("\(failing)")) {
      try Workers.run(count: 4) { index throws(StoreError) in
        defer { ended.withLock { $0 += 1 } }
        guard index != failing else {
          hasFailed.withLock { $0 = true }
          throw .unknownName("\(index)")
        }
        hasFailed.wait { $0 ? true : nil }
      }
    }
    #expect(ended.withLock { $0 } == 4)
  }

  @Test func oneOfManyErrorsIsThrown() {
    let thrown = (0..<4).map { StoreError.unknownName("\($0)") }
    let error = #expect(throws: StoreError.self) {
      try Workers.run(count: 4) { index throws(StoreError) in throw thrown[index] }
    }
    #expect(thrown.contains { $0 == error })
    #expect(throws: StoreError.interrupted) {
      try Workers.run(count: 1) { _ throws(StoreError) in throw .interrupted }
    }
  }

  @Test func threadRunsAndIsJoinedOnce() throws {
    let runs = Monitor(0)
    let thread = try WorkerThread { runs.withLock { $0 += 1 } }
    thread.join()
    #expect(runs.withLock { $0 } == 1)
    thread.join()
    #expect(runs.withLock { $0 } == 1)
  }

  @Test func processorsAreThoseOfTheProgram() throws {
    let expected = try #require(output(of: "nproc", [])).split(separator: "\n")
    #expect(Processors.count == Int(try #require(expected.first)))
  }
}

@Suite struct MonitorTests {
  @Test func changesAreAloneAndSeen() throws {
    let counter = Monitor(0)
    try Workers.run(count: 8) { _ throws(StoreError) in
      for _ in 0..<2000 { counter.withLock { $0 += 1 } }
    }
    #expect(counter.withLock { $0 } == 16_000)
  }

  @Test func waitingEndsByEachKindOfChange() throws {
    let baton = Monitor(0)
    // Each turn is a change by `wait` that the other one waits for.
    try Workers.run(count: 2) { index throws(StoreError) in
      for _ in 0..<500 {
        baton.wait { baton -> Bool? in
          guard baton % 2 == index else { return nil }
          baton += 1
          return true
        }
      }
    }
    #expect(baton.withLock { $0 } == 1000)
  }

  @Test func timeEndsWaiting() throws {
    let state = Monitor(0)
    let start = MonotonicClock.now()
    #expect(state.wait(milliseconds: 20) { $0 > 0 ? $0 : nil } == nil)
    #expect(MonotonicClock.now() - start >= 20_000_000)
    #expect(state.wait(milliseconds: -5) { $0 > 0 ? $0 : nil } == nil)
    #expect(state.wait(milliseconds: 0) { $0 == 0 ? 7 : nil } == 7)
  }

  @Test func changeEndsWaitingBeforeTheTime() throws {
    let state = Monitor(0)
    let thread = try WorkerThread { state.withLock { $0 = 3 } }
    #expect(state.wait(milliseconds: .max) { $0 > 0 ? $0 : nil } == 3)
    thread.join()
  }

  @Test func errorPassesAndUnlocks() {
    let state = Monitor(0)
    for _ in 0..<2 {
      #expect(throws: FormatError.truncated) {
        try state.withLock { _ throws(FormatError) in throw .truncated }
      }
    }
  }
}
