import StoreIO
import StorePrimitives
import Testing

@Suite struct BoundedQueueTests {
  struct Item: Hashable, Sendable {
    let producer: Int
    let number: Int
  }

  @Test(arguments: [1, 2, 7], [1, 3])
  func eachElementArrivesOnceInOrder(capacity: Int, producers: Int) throws {
    let queue = BoundedQueue<Item>(capacity: capacity)
    let left = Monitor(producers)
    let taken = Monitor<[[Item]]>([])
    let total = 300
    try Workers.run(count: producers + 2) { index throws(StoreError) in
      guard index < producers else { return taken.append(drain(queue)) }
      for number in 0..<total { #expect(queue.push(Item(producer: index, number: number))) }
      let isLast = left.withLock { left in
        left -= 1
        return left == 0
      }
      if isLast { queue.close() }
    }
    let lists = taken.withLock { $0 }
    #expect(lists.joined().count == producers * total)
    #expect(Set(lists.joined()).count == producers * total)
    for list in lists {
      for producer in 0..<producers {
        let numbers = list.filter { $0.producer == producer }.map(\.number)
        #expect(numbers == numbers.sorted())
      }
    }
  }

  private func drain(_ queue: BoundedQueue<Item>) -> [Item] {
    var items: [Item] = []
    while let item = queue.pop() { items.append(item) }
    return items
  }

  @Test(arguments: [1, 2, 5])
  func neverMoreThanItsCapacity(capacity: Int) throws {
    let queue = BoundedQueue<Int>(capacity: capacity)
    let pushed = Monitor(0)
    try Workers.run(count: 2) { index throws(StoreError) in
      guard index == 0 else {
        for number in 0..<400 where queue.push(number) { pushed.withLock { $0 += 1 } }
        return queue.close()
      }
      var popped = 0
      // The queue is full before the first is taken, so the next push has to wait.
      pushed.wait { $0 >= capacity ? true : nil }
      repeat {
        #expect(pushed.withLock { $0 } - popped <= capacity)
        popped += 1
      } while queue.pop() != nil
      #expect(popped == 401)
    }
  }

  @Test func closedQueueGivesWhatItHolds() {
    let queue = BoundedQueue<Int?>(capacity: 3)
    #expect(queue.push(1) && queue.push(nil) && queue.push(3))
    queue.close()
    #expect(queue.push(4) == false)
    #expect(queue.pop() == .some(1))
    #expect(queue.pop() == .some(nil))
    #expect(queue.pop() == .some(3))
    #expect(queue.pop() == .none)
    #expect(queue.pop() == .none)
  }

  @Test func cancelledQueueDropsWhatItHolds() {
    let queue = BoundedQueue<Witness>(capacity: 3)
    let drops = Monitor(0)
    for _ in 0..<3 { #expect(queue.push(Witness(drops))) }
    queue.cancel()
    #expect(drops.withLock { $0 } == 3)
    #expect(queue.pop() == nil)
    #expect(queue.push(Witness(drops)) == false)
  }

  @Test(arguments: [false, true])
  func endOfTheQueueWakesAllWhoWait(cancelling: Bool) throws {
    let full = BoundedQueue<Int>(capacity: 1)
    let empty = BoundedQueue<Int>(capacity: 1)
    #expect(full.push(0))
    try Workers.run(count: 5) { index throws(StoreError) in
      switch index {
      case 0 where cancelling:
        full.cancel()
        empty.cancel()
      case 0:
        full.close()
        empty.close()
      case 1, 2: #expect(full.push(1) == false)
      default: #expect(empty.pop() == nil)
      }
    }
    #expect(full.pop() == (cancelling ? nil : 0))
  }
}

extension Monitor<[[BoundedQueueTests.Item]]> {
  fileprivate func append(_ items: [BoundedQueueTests.Item]) { withLock { $0.append(items) } }
}

/// Counts when it goes.
private final class Witness: Sendable {
  let drops: Monitor<Int>
  init(_ drops: Monitor<Int>) { self.drops = drops }
  deinit { drops.withLock { $0 += 1 } }
}
