import StoreIO
import StorePrimitives
import Subprocess

/// Runs git to its end, and lets it run nothing itself: no hook, no pager, no monitor, no download.
enum GitProcess {
  /// What a run of git left.
  struct Finished {
    let status: Int32
    let output: [UInt8]
    let errors: String
  }

  /// Bytes of messages that are read.
  private static let messageBytes = 1 << 20

  private static let settings = [
    "--no-pager", "--literal-pathspecs", "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "core.pager=cat",
  ]

  /// The first of these are what `git rev-parse --local-env-vars` lists: a hook of git would lead
  /// us elsewhere by them.
  private static let unset = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX",
    "GIT_SHALLOW_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF",
  ]

  /// `GIT_ALLOW_PROTOCOL` keeps a version of git that does not know `GIT_NO_LAZY_FETCH` yet from
  /// fetching what a partial clone lacks.
  private static let set = [
    "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "", "GIT_PAGER": "cat", "LC_ALL": "C",
  ]

  /// Runs `git arguments`, with `paths` behind `--`, in `directory`, whatever its exit code.
  ///
  /// `limit` is for the bytes of its output; nil is returned when there are more. No argument that
  /// comes from outside may begin with `-`: that is for the caller to see to.
  static func run(
    _ arguments: [String], paths: [RelativePath] = [], in directory: [UInt8],
    input: [UInt8] = [], limit: Int
  ) throws -> Finished? {
    var words = [Array("-C".utf8), directory] + (settings + arguments).map { Array($0.utf8) }
    if !paths.isEmpty { words += [Array("--".utf8)] + paths.map(\.bytes) }
    let name = arguments.first ?? ""
    let outcome = Monitor<Result<Finished?, any Error>?>(nil)
    // The program is synchronous; the threads of the asynchronous run-time start here, if at all.
    Task.detached { [words] in
      let result = await launch(words, name, input, limit)
      outcome.withLock { $0 = .some(result) }
    }
    return try outcome.wait { $0 }.get()
  }

  private static func launch(
    _ words: [[UInt8]], _ name: String, _ input: [UInt8], _ limit: Int
  ) async -> Result<Finished?, any Error> {
    var changes: [Subprocess.Environment.Key: String?] = [:]
    for name in unset { changes[.init(stringLiteral: name)] = .some(nil) }
    for (name, value) in set { changes[.init(stringLiteral: name)] = value }
    do {
      let result = try await Subprocess.run(
        .name("git"), arguments: Arguments(words.map { $0 + [0] }),
        environment: .inherit.updating(changes),
        input: .array(input), output: .bytes(limit: limit), error: .bytes(limit: messageBytes))
      guard case .exited(let status) = result.terminationStatus else {
        return .failure(failure(of: result.terminationStatus, name))
      }
      return .success(
        Finished(
          status: status, output: result.standardOutput,
          errors: String(decoding: result.standardError, as: UTF8.self)))
    } catch let error as SubprocessError where error.code == .outputLimitExceeded {
      return .success(nil)
    } catch let error as SubprocessError where error.code == .executableNotFound {
      return .failure(GitErrors.notInstalled)
    } catch {
      return .failure(GitErrors.notRun(name, "\(error)"))
    }
  }

  private static func failure(of status: TerminationStatus, _ name: String) -> any Error {
    // The terminal sends Ctrl-C to git as well.
    InterruptSignal.isRaised
      ? StoreError.interrupted : GitErrors.notRun(name, "it was ended: \(status)")
  }
}
