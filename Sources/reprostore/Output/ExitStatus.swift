/// How the program ends. The numbers are a promise to scripts (docs/cli.md).
enum ExitStatus: Int32 {
  case done = 0
  /// A difference or a failed check was found.
  case difference = 1
  /// Wrong usage, or a state of things in which it cannot be done as asked.
  case usage = 2
  /// Stored data is corrupt or missing.
  case damage = 3
  case remote = 4
  /// Refused, because data would be lost or leaked.
  case refused = 5
  /// A fault of this program, or a failure of the system that no other code fits.
  case `internal` = 70
  case interrupted = 130
}
