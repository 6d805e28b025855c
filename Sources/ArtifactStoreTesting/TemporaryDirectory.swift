import Foundation

/// A real, empty directory under the system's temporary directory that goes when this object does.
package final class TemporaryDirectory: Sendable {
  /// Absolute, without a trailing slash.
  package let path: String

  package init() throws {
    let name = "reprostore-test-" + UUID().uuidString.lowercased()
    path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit {
    // A test may have closed it already by removing it; nothing can be reported from here.
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The absolute path of `name`, which may have several components, in this directory.
  package func path(of name: String) -> String { path + "/" + name }
}
