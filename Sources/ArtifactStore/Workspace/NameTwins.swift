package import StorePrimitives

/// Two names in one directory that are the same text (canonically equivalent in Unicode, such as
/// the composed and the decomposed form of `é`) and different bytes: two files on Linux, and one on
/// file systems that compare text.
package struct NameTwins: Hashable, Sendable {
  /// The one that comes first in path order.
  package let first: RelativePath
  package let second: RelativePath
}

/// Finds twins among the paths of a tree, which it is shown in path order.
///
/// Keeps the names of the directories on the way to the last path only, and of those the ones that
/// are no ASCII: paths in ASCII cost a look at their bytes.
struct TwinFinder: Sendable {
  private(set) var twins: [NameTwins] = []
  /// The components of the last path that was no ASCII.
  private var last: [ArraySlice<UInt8>] = []
  /// The names that were seen in the directory of each of them, by their text.
  private var names: [[String: RelativePath]] = []

  mutating func look(at path: RelativePath) {
    guard path.bytes.contains(where: { $0 >= 0x80 }) else { return }
    let components = path.components
    let known = zip(components, last).prefix { $0 == $1 }.count
    // The directory of the first new component stays; those below it are left.
    if names.count > known + 1 { names.removeLast(names.count - known - 1) }
    while names.count < components.count { names.append([:]) }
    for index in known..<components.count { check(components[...index], at: index) }
    last = components
  }

  private mutating func check(_ components: ArraySlice<ArraySlice<UInt8>>, at index: Int) {
    let name = components[index]
    guard name.contains(where: { $0 >= 0x80 }),
      let text = String(validating: name, as: UTF8.self),
      let path = try? RelativePath(Array(components.joined(separator: [RelativePath.slash])))
    else { return }
    if let first = names[index][text] {
      twins.append(NameTwins(first: first, second: path))
    } else {
      names[index][text] = path
    }
  }
}
