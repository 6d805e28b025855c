/// Hands elements from threads to threads in order, at most `capacity` of them on the way: who
/// produces too fast waits.
package final class BoundedQueue<Element: Sendable>: Sendable {
  private let ring: Monitor<Ring<Element>>

  /// `capacity` is at least 1.
  package init(capacity: Int) {
    precondition(capacity > 0, "a queue holds something")
    ring = Monitor(Ring(capacity: capacity))
  }

  /// Adds `element`, as soon as there is room; false when the queue has been closed.
  package func push(_ element: Element) -> Bool {
    ring.wait { ring in
      guard !ring.isClosed else { return false }
      return ring.append(element) ? true : nil
    }
  }

  /// The oldest element, as soon as there is one; nil when the queue is closed and empty.
  package func pop() -> Element? {
    ring.wait { ring -> Element?? in
      if let element = ring.removeFirst() { return .some(element) }
      return ring.isClosed ? .some(nil) : nil
    }
  }

  /// Lets nothing more in. What is in it can still be taken.
  package func close() { ring.withLock { $0.isClosed = true } }

  /// Closes the queue and drops what is in it.
  package func cancel() {
    ring.withLock { ring in
      ring.isClosed = true
      while ring.removeFirst() != nil {}
    }
  }
}

/// A first-in, first-out buffer of fixed room.
private struct Ring<Element: Sendable>: Sendable {
  private var slots: [Element?]
  private var head = 0
  private var count = 0
  var isClosed = false

  init(capacity: Int) { slots = Array(repeating: nil, count: capacity) }

  /// False when it is full.
  mutating func append(_ element: Element) -> Bool {
    guard count < slots.count else { return false }
    slots[(head + count) % slots.count] = element
    count += 1
    return true
  }

  mutating func removeFirst() -> Element? {
    guard count > 0 else { return nil }
    defer {
      head = (head + 1) % slots.count
      count -= 1
    }
    return slots[head].take()
  }
}
