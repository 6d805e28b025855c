import StorePrimitives

/// Paths for messages.
enum DisplayPath {
  static func join(_ directory: [UInt8], _ name: [UInt8]) -> String {
    PathText.escape(bytes(directory, name))
  }

  static func bytes(_ directory: [UInt8], _ name: [UInt8]) -> [UInt8] {
    guard directory.last != RelativePath.slash else { return directory + name }
    return directory + [RelativePath.slash] + name
  }
}
