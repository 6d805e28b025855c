package import StoreIO
package import StorePrimitives

/// Finds the parts of formats that say where their parts are: safetensors, and zip containers with
/// stored members (`.pt`, `.pth`, `.ckpt`, `.npz`). Told by content; a file's name says nothing.
package enum FileLayout {
  /// Where to cut `file`, which has `size` bytes, by its parts; nil when it has none that are known
  /// or when they are not worth it: then cut by content.
  ///
  /// Reads headers only, in bounded pieces. Any oddity of the file is nil; throws only what
  /// `file.read` throws.
  package static func plan<File: FileHandle>(
    of file: File, size: UInt64
  ) throws(StoreError) -> CutPlan? {
    guard let starts = try regionStarts(of: file, size: size) else { return nil }
    return CutPlan(regionStarts: starts, size: size)
  }

  /// The starts of the regions that a plan is made of: 0, then the starts and ends of tensors or
  /// large stored members and the starts of other members, ascending, none past `size`.
  ///
  /// Nil also when large parts make up less than half of the file: runs of small parts find no
  /// common cut again after an insertion, which cuts by content do.
  package static func regionStarts<File: FileHandle>(
    of file: File, size: UInt64, limits: LayoutLimits = LayoutLimits()
  ) throws(StoreError) -> [UInt64]? {
    guard size <= Limits.fileBytes else { return nil }
    do throws(LayoutFailure) {
      var reader = HeaderReader(file)
      reader.move(to: 0..<size)
      let head = try reader.bytes(9)
      let parts: FileParts
      if ZipDirectory<File>.isMagic(head) {
        var directory = ZipDirectory(reader: reader, size: size, limits: limits)
        parts = try directory.parts()
      } else if head[8] == UInt8(ascii: "{") {
        var header = SafetensorsHeader(reader: reader, size: size, limits: limits)
        parts = try header.parts()
      } else {
        return nil
      }
      return parts.largeBytes * 100 >= size * limits.largePercent ? parts.starts : nil
    } catch {
      switch error {
      case .unusable: return nil
      case .unreadable(let failure): throw failure
      }
    }
  }
}

/// What a layout may claim, and what is worth a cut; smaller in tests.
package struct LayoutLimits: Sendable {
  /// The longest header or zip directory that is read, in bytes: the safetensors library's limit.
  package var headerBytes: UInt64 = 100_000_000
  /// The most tensors or members of a file that is planned.
  package var partCount: UInt64 = 1 << 20
  /// A part of this many bytes is large.
  package var largeBytes = CutPlan.smallBytes
  /// The part of a file, in percent, that its large parts make up at least.
  package var largePercent: UInt64 = 50

  package init() {}
}

/// The parts of a file, as its header tells them.
struct FileParts {
  /// The starts of regions: 0 first, none before the one before it.
  var starts: [UInt64] = [0]
  /// The bytes of large parts whose starts are cuts.
  var largeBytes: UInt64 = 0
}
