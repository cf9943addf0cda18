import Glibc
import SwarmSimulation

// Lives seeds until an invariant breaks: `driver FIRST COUNT [--mistake NAME] [--skip SEED ...]`.
//
// Prints each seed before it is lived, so that whoever reads knows where a trap came from, and then
// `broken INVARIANT MESSAGE` or, when all seeds are through, `clean`. With `--all` it goes on after
// a violation; with `--trace` it prints the history of each seed. A seed that takes longer than any
// should ends the process by SIGALRM.

/// The longest a seed may take, in seconds of real time.
let patience: UInt32 = 60

func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    bytes.withUnsafeBytes { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

var numbers: [UInt64] = []
var skipped: [UInt64] = []
var mistake: ShellMistake?
var goesOn = false
var isTraced = false
var words = CommandLine.arguments.dropFirst()
while let word = words.popFirst() {
    switch word {
    case "--all": goesOn = true
    case "--trace": isTraced = true
    case "--mistake": mistake = words.popFirst().flatMap { ShellMistake(rawValue: $0) }
    case "--skip": skipped += [words.popFirst().flatMap { UInt64($0) } ?? 0]
    case "--mistakes":
        for mistake in ShellMistake.allCases { say(mistake.rawValue) }
        exit(0)
    default: numbers += [UInt64(word) ?? 0]
    }
}
guard numbers.count == 2 else {
    say(
        "usage: driver FIRST COUNT [--all] [--trace] [--mistake NAME] [--skip SEED ...] | --mistakes"
    )
    exit(64)
}

for seed in numbers[0]..<(numbers[0] + numbers[1]) where !skipped.contains(seed) {
    say("seed \(seed)")
    alarm(patience)
    var options = SimulationOptions(seed: seed)
    options.mistake = mistake
    var simulation = Simulation(options)
    let result: SimulationResult
    if isTraced {
        let lines: [String]
        (result, lines) = simulation.runTraced()
        for line in lines { say(line) }
    } else {
        result = simulation.run()
    }
    guard let violation = result.violation else { continue }
    say("broken \(violation.invariant) \(violation.message)")
    if !goesOn { exit(1) }
}
say("clean")
