import ArgumentParser
import FoundationEssentials
import SwarmModel
import SwarmSimulation

/// `swarm simulate`.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Live whole swarms in virtual time, with faults, and check what must hold.",
        discussion: """
            Each seed is the life of a swarm that is made up from it: agents, contracts, workflows, \
            runs, and what goes wrong. The coordinator's decisions and the journal's encoding are \
            the real ones; processes, network, disk and people are simulated. Every record is \
            checked. A seed that breaks an invariant is shrunk and shown, with the command that \
            repeats it; the exit status is 1 then.

            Kinds of faults: \(FaultKind.allCases.map(\.rawValue).joined(separator: ", ")).

            EXAMPLES
              swarm simulate --seeds 1..10000
              swarm simulate --seed 175 --faults crash,stop,fail
            """
    )

    @OptionGroup var global: GlobalOptions

    @Option(help: "One seed; a failing one is shrunk and shown.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("The first and the last seed.", valueName: "a..b"))
    var seeds: SeedRange?

    @Option(
        help: ArgumentHelp("Only these kinds of faults, or none. Default: all.", valueName: "kinds")
    )
    var faults: FaultNames?

    @Option(help: "How many seeds are lived at once. Default: one for each processor.")
    var threads: Int?

    @Option(name: .customLong("max-runs"), help: "The most runs of a swarm.")
    var maximumRuns: Int?

    @Option(name: .customLong("max-subtasks"), help: "The most subtasks a workflow is drawn with.")
    var maximumSubtasks: Int?

    @Option(name: .customLong("max-replicas"), help: "The most instances of an agent.")
    var maximumReplicas: Int?

    @Option(help: "When faults end at the latest, in virtual time.")
    var horizon: DurationArgument?

    @Option(help: .hidden)
    var mistake: MistakeName?

    func validate() throws {
        guard seed == nil || seeds == nil else {
            throw ValidationError("Give --seed or --seeds, not both.")
        }
        guard threads ?? 1 > 0, maximumRuns ?? 1 > 0, maximumSubtasks ?? 1 > 0,
            maximumReplicas ?? 1 > 0
        else { throw ValidationError("--threads and the limits take a number above 0.") }
    }

    func run() async throws {
        TrapNote.install()
        if let seed { return try live(seed) }
        let console = global.console
        let campaign = Campaign(
            seeds: seeds?.range ?? 1..<1001,
            faults: faults?.set ?? .all,
            threads: threads ?? ProcessInfo.processInfo.activeProcessorCount,
            mistake: mistake?.mistake
        )
        let clock = ContinuousClock()
        let begin = clock.now
        let isAnimated = console.isAnimated
        let report = await campaign.run { report in
            guard isAnimated else { return }
            Console.write("\r\(report.seeds) seeds, \(report.runs) runs", to: 2)
        }
        if isAnimated { Console.write("\r\u{1B}[K", to: 2) }
        let elapsed = clock.now - begin
        print(SimulationDocument(report, elapsed: elapsed), console)
        guard let failed = report.failures.first else { return }
        var options = SimulationOptions(seed: failed.seed, faults: campaign.faults)
        options.mistake = mistake?.mistake
        for line in Shrinking(options).report() { console.note(line) }
        throw ExitCode(1)
    }

    /// Lives one seed, with everything that was said about its size.
    private func live(_ seed: UInt64) throws {
        var options = SimulationOptions(seed: seed, faults: faults?.set ?? .all)
        if let maximumRuns { options.maximumRuns = maximumRuns }
        if let maximumSubtasks { options.maximumSubtasks = maximumSubtasks }
        if let maximumReplicas { options.maximumReplicas = maximumReplicas }
        if let horizon { options.horizon = horizon.duration.wholeMicroseconds }
        options.mistake = mistake?.mistake
        var simulation = Simulation(options)
        let result = simulation.run()
        var report = CampaignReport()
        report.add(result, of: options)
        print(SimulationDocument(report, elapsed: nil), global.console)
        guard result.violation != nil else { return }
        for line in Shrinking(options).report() { global.console.note(line) }
        throw ExitCode(1)
    }

    private func print(_ document: SimulationDocument, _ console: Console) {
        guard !console.isJSON else { return console.print("simulation", document) }
        var line =
            "\(document.seeds) seeds: \(document.runs) runs, \(document.succeeded) of them "
            + "succeeded; \(document.subtasks) subtasks handed out, \(document.records) records, "
            + "\(document.lives) lives of the coordinator, \(document.processes) processes"
        if let rate = document.runsPerMinute { line += "; \(rate) runs a minute" }
        console.print(line)
        if document.violations.isEmpty { console.print("No invariant was broken.") }
        for violation in document.violations {
            console.print("seed \(violation.seed): \(violation.invariant): \(violation.message)")
        }
    }
}

/// What a campaign came to, as a document.
struct SimulationDocument: Codable, Sendable {
    struct Broken: Codable, Sendable {
        var seed: UInt64
        var invariant: String
        var message: String
    }

    var seeds: Int
    var runs: Int
    var succeeded: Int
    var subtasks: Int
    var records: Int
    var lives: Int
    var processes: Int
    var runsPerMinute: Int?
    var violations: [Broken]

    init(_ report: CampaignReport, elapsed: Duration?) {
        seeds = report.seeds
        runs = report.runs
        succeeded = report.succeeded
        subtasks = report.dispatches
        records = report.records
        lives = report.lives
        processes = report.processes
        runsPerMinute = elapsed.map {
            Int(Double(report.runs) * 60_000_000 / Double(max($0.wholeMicroseconds, 1)))
        }
        violations = report.failures.map {
            Broken(
                seed: $0.seed,
                invariant: $0.violation.invariant,
                message: $0.violation.message
            )
        }
    }
}

/// The first and the last seed: `1..10000`.
struct SeedRange: ExpressibleByArgument {
    let range: Range<UInt64>

    init?(argument: String) {
        let parts = argument.split(separator: ".", omittingEmptySubsequences: true)
        guard parts.count == 2, let first = UInt64(parts[0]), let last = UInt64(parts[1]),
            first <= last, last < .max
        else { return nil }
        range = first..<(last + 1)
    }
}

/// Kinds of faults, separated by commas, or `none`.
struct FaultNames: ExpressibleByArgument {
    let set: FaultSet

    init?(argument: String) {
        guard argument != "none" else {
            set = []
            return
        }
        var kinds: [FaultKind] = []
        for name in argument.split(separator: ",") {
            guard let kind = FaultKind(rawValue: String(name)) else { return nil }
            kinds.append(kind)
        }
        set = FaultSet(kinds)
    }
}

/// A mistake of the simulated shell, to see that it is caught.
struct MistakeName: ExpressibleByArgument {
    let mistake: ShellMistake

    init?(argument: String) {
        guard let mistake = ShellMistake(rawValue: argument) else { return nil }
        self.mistake = mistake
    }
}
