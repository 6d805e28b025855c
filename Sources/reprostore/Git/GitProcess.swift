import StoreIO
import StorePrimitives

/// Runs git to its end, and lets it run nothing itself: no hook, no pager, no monitor, no download.
enum GitProcess {
  /// What a run of git left.
  struct Finished {
    let status: Int32
    let output: [UInt8]
    let errors: String
  }

  private static let settings = [
    "--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false",
    "-c", "log.showSignature=false", "-c", "core.pager=cat",
  ]
  private static let noHooks = ["-c", "core.hooksPath=/dev/null"]

  /// What `git rev-parse --local-env-vars` lists, and what names a program: a hook of git, which
  /// has some of them set, would lead us elsewhere.
  private static let unset = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX",
    "GIT_SHALLOW_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF",
  ]

  /// `GIT_ALLOW_PROTOCOL` keeps a version of git that does not know `GIT_NO_LAZY_FETCH` yet from
  /// fetching what a partial clone lacks.
  private static let set = [
    "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=",
    "GIT_PAGER=cat", "LC_ALL=C",
  ]

  /// Runs `git arguments`, with `paths` behind `--`, in `directory`, whatever its exit code.
  ///
  /// `limit` is for the bytes of its output; nil is returned when there are more. No argument that
  /// comes from outside may begin with `-`: that is for the caller to see to.
  static func run(
    _ arguments: [String], paths: [RelativePath] = [], in directory: [UInt8],
    input: [UInt8] = [], limit: Int, keepsHooks: Bool = false
  ) throws -> Finished? {
    var words = ["git", "-C"].map { Array($0.utf8) } + [directory]
    words += (settings + (keepsHooks ? [] : noHooks) + arguments).map { Array($0.utf8) }
    if !paths.isEmpty { words += [Array("--".utf8)] + paths.map(\.bytes) }
    let finished = try start(words, input, limit)
    if let status = finished?.status, status < 0 {
      throw GitErrors.killed(arguments.first ?? "", signal: -status)
    }
    return finished.map {
      Finished(
        status: $0.status, output: $0.output, errors: String(decoding: $0.errors, as: UTF8.self))
    }
  }

  private static func start(
    _ words: [[UInt8]], _ input: [UInt8], _ limit: Int
  ) throws -> ChildProcess.Finished? {
    do throws(StoreError) {
      return try ChildProcess.run(words, environment: environment, input: input, limit: limit)
    } catch {
      guard case .system(let failure) = error, failure.isNotFound else { throw error }
      throw GitErrors.notInstalled
    }
  }

  private static var environment: [[UInt8]] {
    let names = Set((unset + set.map { String($0.prefix { $0 != "=" }) }).map { Array($0.utf8) })
    let kept = Environment.entries.filter { entry in
      !names.contains(Array(entry.prefix { $0 != UInt8(ascii: "=") }))
    }
    return kept + set.map { Array($0.utf8) }
  }
}
