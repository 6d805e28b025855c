import ArtifactStore
import StoreIO
import StorePrimitives

extension Workspace {
  /// How the files of this workspace are scanned; links that lead out of a pin can be followed.
  func scanOptions() -> ScanOptions<LinuxDirectory> {
    var options = ScanOptions<LinuxDirectory>()
    options.resolveLink = { (directory, target) throws(StoreError) in
      try LinkContent.find(target, from: directory, in: self)
    }
    return options
  }
}

/// What a link that leads out of a pin points at.
private enum LinkContent {
  static func find(
    _ target: [UInt8], from directory: LinuxDirectory, in workspace: Workspace
  ) throws(StoreError) -> ScanOptions<LinuxDirectory>.LinkedContent {
    let isAbsolute = target.first == RelativePath.slash
    let place = PathText.unescape(directory.displayPath) ?? []
    let path = isAbsolute ? target : PathArgument.join(place, target)
    // A link to nothing, or in a circle, is counted with those that leave.
    guard let real = try? Environment.realPath(path),
      let cut = real.lastIndex(of: RelativePath.slash), cut + 1 < real.count
    else { return .nothing }
    try PathArgument.checkStore(real, shown: PathText.escape(path), in: workspace)
    let parent = try LinuxDirectory.open(pathBytes: Array(real[..<max(cut, 1)]))
    let name = try RelativePath.checked([real[(cut + 1)...]], below: nil)
    switch try parent.status(name)?.kind {
    case .directory: return .directory(try parent.openDirectory(name))
    case .file: return .file(parent, name: name)
    default: return .nothing
    }
  }
}
