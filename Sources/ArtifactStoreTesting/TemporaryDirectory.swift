import Foundation

/// A real, empty directory that goes when this object does.
package final class TemporaryDirectory: Sendable {
  /// Absolute, without a trailing slash.
  package let path: String

  /// Makes one in `parent`, or in the system's temporary directory.
  package init(in parent: String? = nil) throws {
    let name = "reprostore-test-" + UUID().uuidString.lowercased()
    path = (parent ?? FileManager.default.temporaryDirectory.path) + "/" + name
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit {
    // A test may have closed it already by removing it; nothing can be reported from here.
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The absolute path of `name`, which may have several components, in this directory.
  package func path(of name: String) -> String { path + "/" + name }
}
