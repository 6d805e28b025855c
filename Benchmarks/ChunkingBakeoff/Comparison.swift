import ArtifactStore
import StoreIO
import StorePrimitives

/// What a store gains by taking in NEW after OLD.
struct Outcome {
  /// Bytes of NEW in chunks that OLD has not, each counted once.
  var newBytes = 0
  /// Such chunks.
  var newChunks = 0
  /// All chunks of NEW.
  var chunks = 0
  /// Chunks of NEW in files of several chunks: each costs a place in a recipe.
  var recipeChunks = 0
  /// Chunks of NEW that end where the maximum length forced it.
  var forcedCuts = 0
  /// All bytes of NEW.
  var bytes = 0

  /// 56 bytes of index for a new chunk, 36 of a recipe for each chunk of a file with several.
  var overheadBytes: Int { 56 * newChunks + 36 * recipeChunks }
  var grownBytes: Int { newBytes + overheadBytes }
}

/// Cuts two versions of a file or folder with one contestant.
struct Comparison {
  let contestant: Contestant

  func run(old: FileSet, new: FileSet) throws -> Outcome {
    var known: Set<Digest> = []
    var hasher = SHA256Hasher()
    try old.forEach { file, bytes in
      try contestant.cut(bytes, of: file) { range, _ in
        known.insert(hasher.digest(of: bytes.span.extracting(range)))
      }
    }
    var outcome = Outcome()
    try new.forEach { file, bytes in
      let before = outcome.chunks
      outcome.bytes += bytes.count
      try contestant.cut(bytes, of: file) { range, isForced in
        outcome.chunks += 1
        if isForced { outcome.forcedCuts += 1 }
        guard known.insert(hasher.digest(of: bytes.span.extracting(range))).inserted else { return }
        outcome.newChunks += 1
        outcome.newBytes += range.count
      }
      let count = outcome.chunks - before
      if count > 1 { outcome.recipeChunks += count }
    }
    return outcome
  }
}
