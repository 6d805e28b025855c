import Foundation
import Testing

/// Reads JSON with Foundation, which the file of the tests must not import: its `Progress` is
/// another one.
enum JSONCheck {
  /// `text` is an object with one member, `key`: an array that begins with `key` and ends with -5.
  static func check(_ text: String, key: String) throws {
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    let object = try #require(value as? [String: [Any]])
    // Keys of a dictionary are equal when they are canonically equivalent.
    let array = try #require(object[key], "\(text)")
    #expect((array.first as? String).map { Array($0.utf8) } == Array(key.utf8))
    #expect(array[1] is NSNull)
    #expect(array[2] as? Bool == true)
    #expect(array[3] as? UInt64 == .max)
    #expect(array[4] as? Int == -5)
  }
}
