import CStoreShims
import Glibc
import StorePrimitives

/// How a path of several components is resolved; the same files are found either way.
package enum PathResolution: Sendable, CaseIterable {
  /// By `openat2` where the kernel and the container's filter let it through.
  case kernel
  /// One component at a time with `O_NOFOLLOW`.
  case componentwise
}

/// Opens what lies below a directory without ever passing through a symbolic link, so that
/// nobody who plants one can lead a read or a write out of the directory.
enum PathResolver {
  /// Whether `openat2` works here. Asked once: old kernels know it not (`ENOSYS`), and the filters
  /// of some containers answer `EPERM`, which later could not be told from a refusal of the file.
  private static let kernelResolves: Bool = {
    let flags = store_flag_path() | O_DIRECTORY | O_CLOEXEC
    let outcome = attempt(.openat2) { unsafe store_openat2(AT_FDCWD, ".", flags, 0) }
    guard !outcome.failed else { return false }
    _ = Descriptor(Int32(outcome.value))
    return true
  }()

  /// `openat2` answers `EAGAIN` when a rename disturbs it. Then the components are walked.
  private static let kernelAttempts = 8

  /// Opens `path`, at least one component, below `directory`; the value is the descriptor.
  /// Any symbolic link on the way or at the end is `ELOOP`.
  static func open(
    _ path: Span<UInt8>, below directory: Int32, flags: Int32, mode: UInt32 = 0,
    by resolution: PathResolution
  ) -> Outcome {
    guard path.lastSlash != nil else {
      return openComponent(path, in: directory, flags: flags, mode: mode)
    }
    if resolution == .kernel, kernelResolves {
      for _ in 0..<kernelAttempts {
        let outcome = attempt(.openat2) {
          unsafe withCString(path) {
            unsafe store_openat2(directory, $0, flags | O_CLOEXEC, mode)
          }
        }
        guard outcome.code == EAGAIN else { return outcome }
      }
    }
    return walk(path, below: directory, flags: flags, mode: mode)
  }

  /// Calls `body` with a descriptor of the directory that holds `path`, and the last component.
  static func withParent(
    of path: Span<UInt8>, below directory: Int32, by resolution: PathResolution,
    _ body: (Int32, UnsafePointer<CChar>) -> Outcome
  ) -> Outcome {
    guard let cut = path.lastSlash else {
      return unsafe withCString(path) { unsafe body(directory, $0) }
    }
    let parent = open(
      path.extracting(0..<cut), below: directory, flags: store_flag_path() | O_DIRECTORY,
      by: resolution)
    guard !parent.failed else { return parent }
    let descriptor = Descriptor(Int32(parent.value))
    let name = path.extracting((cut + 1)..<path.count)
    return unsafe withCString(name) { unsafe body(descriptor.number, $0) }
  }

  private static func walk(
    _ path: Span<UInt8>, below directory: Int32, flags: Int32, mode: UInt32
  ) -> Outcome {
    var start = 0
    var current: Descriptor?
    while let cut = path.firstSlash(from: start) {
      let outcome = openComponent(
        path.extracting(start..<cut), in: current?.number ?? directory,
        flags: store_flag_path() | O_DIRECTORY, mode: 0)
      guard !outcome.failed else { return outcome }
      current = Descriptor(Int32(outcome.value))
      start = cut + 1
    }
    return openComponent(
      path.extracting(start..<path.count), in: current?.number ?? directory, flags: flags,
      mode: mode)
  }

  private static func openComponent(
    _ name: Span<UInt8>, in directory: Int32, flags: Int32, mode: UInt32
  ) -> Outcome {
    unsafe withCString(name) { name in
      let outcome = attempt(.openat) {
        unsafe store_openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
      }
      // With O_DIRECTORY a link is ENOTDIR; it must not look like a plain file in the way.
      guard outcome.code == ENOTDIR, unsafe isLink(name, in: directory) else { return outcome }
      return .failure(outcome.call, ELOOP)
    }
  }

  private static func isLink(_ name: UnsafePointer<CChar>, in directory: Int32) -> Bool {
    let status = unsafe store_statx(directory, name)
    return status.error == 0 && status.mode & S_IFMT == S_IFLNK
  }
}

extension Span<UInt8> {
  fileprivate func firstSlash(from start: Int) -> Int? {
    for index in start..<count where self[index] == RelativePath.slash { return index }
    return nil
  }

  fileprivate var lastSlash: Int? {
    for index in indices.reversed() where self[index] == RelativePath.slash { return index }
    return nil
  }
}
