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

            With --workflow it is your own swarm that lives: your topology, contracts and policies, \
            with made-up results, so that nothing is started and nothing happens. The report says \
            how many runs come out right, how long they take, what breaks and what would help.

            Kinds of faults then: \(UserFault.all.map(\.name).joined(separator: ", ")); all means \
            all of them but refusals and cancel.

            EXAMPLES
              swarm simulate --seeds 1..10000
              swarm simulate --seed 175 --faults crash,stop,fail
              swarm simulate --workflow month-end --runs 200 --faults kill,hang,errors
              swarm simulate --workflow audit.json --faults all --require-completion 0.99
            """
    )

    @OptionGroup var global: GlobalOptions

    @OptionGroup(title: "Your own swarm") var user: UserSwarmArguments

    @Option(help: "One seed; a failing one is shrunk and shown.")
    var seed: UInt64?

    @Option(help: ArgumentHelp("The first and the last seed.", valueName: "a..b"))
    var seeds: SeedRange?

    @Option(
        help: ArgumentHelp(
            "Only these kinds of faults, all or none. Default: all.",
            valueName: "kinds"
        )
    )
    var faults: String?

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
        guard user.workflow != nil else {
            guard user.isEmpty else {
                throw ValidationError(
                    "--topology, --runs, --rate, --operator, --input, --duration, --elements, "
                        + "--require-completion and --history go with --workflow."
                )
            }
            return
        }
        guard seeds == nil, maximumRuns == nil, maximumSubtasks == nil, maximumReplicas == nil,
            horizon == nil, mistake == nil
        else {
            throw ValidationError(
                "--seeds, --max-runs, --max-subtasks, --max-replicas and --horizon are for swarms "
                    + "made up from seeds; with --workflow say --runs and --seed."
            )
        }
    }

    func run() async throws {
        TrapNote.install()
        let processors = ProcessInfo.processInfo.activeProcessorCount
        if let workflow = user.workflow {
            return try await UserSwarmCommand(
                workflow: workflow,
                arguments: user,
                faults: faults,
                seed: seed,
                threads: threads ?? processors,
                global: global
            ).run()
        }
        let faults = try FaultChoice.kinds(faults)
        if let seed { return try live(seed, faults) }
        let console = global.console
        let campaign = Campaign(
            seeds: seeds?.range ?? 1..<1001,
            faults: faults,
            threads: threads ?? processors,
            mistake: mistake?.mistake
        )
        let clock = ContinuousClock()
        let begin = clock.now
        let count = Int(clamping: campaign.seeds.upperBound - campaign.seeds.lowerBound)
        let progress = SimulationProgress(of: count, "seeds", on: console)
        let report = await campaign.run { progress.reached($0.seeds) }
        progress.end()
        let elapsed = clock.now - begin
        print(SimulationDocument(report, elapsed: elapsed), console)
        guard let failed = report.failures.first else { return }
        var options = SimulationOptions(seed: failed.seed, faults: campaign.faults)
        options.mistake = mistake?.mistake
        for line in Shrinking(options).report() { console.note(line) }
        throw ExitCode(1)
    }

    /// Lives one seed, with everything that was said about its size.
    private func live(_ seed: UInt64, _ faults: FaultSet) throws {
        var options = SimulationOptions(seed: seed, faults: faults)
        if let maximumRuns { options.maximumRuns = maximumRuns }
        if let maximumSubtasks { options.maximumSubtasks = maximumSubtasks }
        if let maximumReplicas { options.maximumReplicas = maximumReplicas }
        if let horizon { options.horizon = horizon.duration.wholeMicroseconds }
        options.mistake = mistake?.mistake
        var simulation = Simulation(options)
        let result = simulation.run()
        let report = CampaignReport(of: result, options: options)
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

    enum CodingKeys: String, CodingKey {
        case seeds, runs, succeeded, subtasks, records, lives, processes
        case runsPerMinute = "runs_per_minute"
        case violations
    }

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

/// Kinds of faults as a command line names them: separated by commas, `all` or `none`.
enum FaultChoice {
    /// Kinds for swarms made up from seeds.
    static func kinds(_ names: String?) throws(ErrorDocument) -> FaultSet {
        let known = FaultKind.allCases.map(\.rawValue)
        return FaultSet(
            try read(names, FaultKind.allCases, known) { FaultKind(rawValue: $0) }
        )
    }

    /// Kinds for somebody's own swarm.
    static func userFaults(_ names: String?) throws(ErrorDocument) -> [UserFault] {
        try read(names, UserFault.bearable, UserFault.all.map(\.name)) { UserFault.named($0) }
    }

    private static func read<Kind: Equatable>(
        _ names: String?,
        _ all: [Kind],
        _ known: [String],
        _ kind: (String) -> Kind?
    ) throws(ErrorDocument) -> [Kind] {
        guard let names, names != "all" else { return all }
        guard names != "none" else { return [] }
        var kinds: [Kind] = []
        for name in names.split(separator: ",", omittingEmptySubsequences: false) {
            guard let kind = kind(String(name)) else {
                throw ErrorDocument(
                    .badInput,
                    "--faults: there is no kind of fault called \"\(name)\"",
                    hint: "there are all, none, \(known.joined(separator: ", "))"
                )
            }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return kinds
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
