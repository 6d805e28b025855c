import CStoreShims

/// The processors of this machine.
package enum Processors {
  /// How many this process may run on, at least 1: `taskset` and the cpusets of containers and
  /// batch systems count (sched_getaffinity(2)), a quota of time does not.
  package static var count: Int { max(1, Int(store_processor_count())) }
}
