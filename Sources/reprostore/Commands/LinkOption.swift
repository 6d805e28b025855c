import ArgumentParser
import ArtifactStore
import StoreIO

/// How files of the workspace share the bytes of the store.
enum LinkOption: String, CaseIterable, ExpressibleByArgument {
  case copy, reflink, hardlink

  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  var mode: LinkMode {
    switch self {
    case .copy: .copy
    case .reflink: .reflink
    case .hardlink: .hardlink(user: Environment.userNumber)
    }
  }
}
