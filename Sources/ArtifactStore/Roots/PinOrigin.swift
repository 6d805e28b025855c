package import StorePrimitives
import StoreIO

/// Where a version of a pin comes from: filled into its ref, for people and for gc.
package struct PinOrigin: Hashable, Sendable {
  /// The directory of the workspace.
  package var workspace: String?
  /// The commit that was checked out, 40 or 64 hexadecimal digits.
  package var gitCommit: String?
  package var who: String?

  package init(workspace: String? = nil, gitCommit: String? = nil, who: String? = nil) {
    self.workspace = workspace
    self.gitCommit = gitCommit
    self.who = who
  }
}

extension RefRecord {
  /// The record of a version of the pin `path`, made now.
  package init(pin path: RelativePath, _ target: Target, from origin: PinOrigin) {
    self.init(target: target, created: .now())
    self.path = path
    workspace = origin.workspace
    gitCommit = origin.gitCommit
    who = origin.who
  }
}
