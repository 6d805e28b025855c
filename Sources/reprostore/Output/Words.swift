import StoreIO

/// Text as people read it: the one place for sizes, counts, durations and dates.
enum Words {
  /// `text` with every character escaped that a terminal would obey instead of showing it:
  /// controls, and those that turn the direction of writing. Names come from stores and files of
  /// others.
  static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if isControl(scalar) {
        shown += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x200e...0x200f, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }

  /// Bytes in decimal units, as disks are sold: `999 B`, `1.2 kB`, `45 MB`, `1.1 GB`.
  static func size(_ bytes: UInt64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
    guard bytes >= 1000 else { return "\(bytes) B" }
    // Tenths, rounded; a value that rounds up to 1000 belongs to the next unit.
    var unit = 0
    var divisor: UInt64 = 1000
    while unit < units.count - 1, rounded(bytes, divisor) >= 1000 {
      unit += 1
      divisor *= 1000
    }
    let tenths = rounded(bytes, divisor / 10)
    guard tenths < 100 else { return "\(rounded(bytes, divisor)) \(units[unit])" }
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }

  static func size(_ bytes: Int) -> String { size(UInt64(max(0, bytes))) }

  private static func rounded(_ value: UInt64, _ divisor: UInt64) -> UInt64 {
    value / divisor + (value % divisor >= (divisor + 1) / 2 ? 1 : 0)
  }

  /// Digits in groups of three: `20,000`.
  static func number(_ value: some BinaryInteger) -> String {
    let digits = Array("\(value)")
    var text = ""
    for (index, digit) in digits.enumerated() {
      let left = digits.count - index
      if index > 0, left % 3 == 0, digits[index - 1] != "-" { text += "," }
      text.append(digit)
    }
    return text
  }

  /// `1 file`, `2 files`.
  static func count(_ value: some BinaryInteger, _ one: String, _ many: String) -> String {
    "\(number(value)) \(value == 1 ? one : many)"
  }

  static func files(_ value: some BinaryInteger) -> String { count(value, "file", "files") }

  /// `0.3 s`, `12 s`, `3 min 20 s`, `2 h 05 min`.
  static func duration(nanoseconds: UInt64) -> String {
    let tenths = (nanoseconds + 50_000_000) / 100_000_000
    guard tenths >= 100 else { return "\(tenths / 10).\(tenths % 10) s" }
    let seconds = (nanoseconds + 500_000_000) / 1_000_000_000
    guard seconds >= 60 else { return "\(seconds) s" }
    guard seconds >= 3600 else { return "\(seconds / 60) min \(two(seconds % 60)) s" }
    return "\(seconds / 3600) h \(two(seconds % 3600 / 60)) min"
  }

  /// `2026-07-30 12:01`, in UTC.
  static func date(_ time: Timestamp) -> String {
    let parts = civil(time.seconds)
    return "\(parts.day) \(parts.time.prefix(5))"
  }

  /// `2026-07-30T12:01:02Z` (RFC 3339).
  static func timestamp(_ time: Timestamp) -> String {
    let parts = civil(time.seconds)
    return "\(parts.day)T\(parts.time)Z"
  }

  /// The proleptic Gregorian date of a time in seconds since 1970, by counting in eras of 400 years
  /// that begin on 1 March (Hinnant, "chrono-compatible low-level date algorithms", 2013).
  private static func civil(_ seconds: Int64) -> (day: String, time: String) {
    // Times beyond the year 9999 are no times that a clock has set.
    let seconds = min(max(seconds, 0), 253_402_300_799)
    let (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let time = "\(two(second / 3600)):\(two(second % 3600 / 60)):\(two(second % 60))"
    return ("\(year)-\(two(month))-\(two(day))", time)
  }

  private static func two(_ value: some BinaryInteger) -> String {
    value < 10 ? "0\(value)" : "\(value)"
  }
}
