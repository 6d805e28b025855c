// Compares ways to cut files into chunks: how much a store grows when it takes in NEW after OLD.
//
//   chunking-bakeoff [TITLE OLD NEW]...     a Markdown table for each pair of files or folders
//   chunking-bakeoff --speed                the speed of the content-defined chunker

/// `value` with `digits` digits behind the point.
func text(_ value: Double, digits: Int) -> String {
  var scale = 1
  for _ in 0..<digits { scale *= 10 }
  let scaled = Int((value * Double(scale)).rounded())
  guard digits > 0 else { return String(scaled) }
  let fraction = String(scaled % scale)
  return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
}

func mebibytes(_ bytes: Int) -> String { text(Double(bytes) / 1_048_576, digits: 2) }

func compare(title: String, old: String, new: String) throws {
  let oldFiles = try FileSet(path: old)
  let newFiles = try FileSet(path: new)
  let outcomes = try Contestant.all.map { contestant in
    (contestant, try Comparison(contestant: contestant).run(old: oldFiles, new: newFiles))
  }
  guard let ours = outcomes.first?.1 else { return }
  print("### \(title)\n\nNEW: \(newFiles.entries.count) files, \(mebibytes(ours.bytes)) MiB.\n")
  print("| cutter | new, MiB | overhead, KiB | grown | chunks | mean, KiB | forced |")
  print("|---|--:|--:|--:|--:|--:|--:|")
  for (contestant, outcome) in outcomes {
    let cells = [
      contestant.name, mebibytes(outcome.newBytes),
      text(Double(outcome.overheadBytes) / 1024, digits: 1),
      text(Double(outcome.grownBytes) / Double(max(1, ours.grownBytes)), digits: 2) + "x",
      String(outcome.chunks),
      text(Double(outcome.bytes) / Double(max(1, outcome.chunks)) / 1024, digits: 1),
      text(100 * Double(outcome.forcedCuts) / Double(max(1, outcome.chunks)), digits: 1) + " %",
    ]
    print("| " + cells.joined(separator: " | ") + " |")
  }
  print("")
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments == ["--speed"] {
  let speed = Speed.measure()
  print("scanned \(text(speed.scanned / 1e9, digits: 2)) GB/s of what is not skipped,")
  print("cut \(text(speed.passed / 1e9, digits: 2)) GB/s")
} else if arguments.isEmpty || arguments.count % 3 != 0 {
  print("usage: chunking-bakeoff --speed | TITLE OLD NEW [TITLE OLD NEW]...")
} else {
  for start in stride(from: 0, to: arguments.count, by: 3) {
    try compare(
      title: arguments[start], old: arguments[start + 1], new: arguments[start + 2])
  }
}
