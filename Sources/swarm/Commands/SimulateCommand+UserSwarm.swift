import ArgumentParser
import FoundationEssentials
import SwarmConfig
import SwarmModel
import SwarmSimulation

/// What `swarm simulate` is told about somebody's own swarm.
struct UserSwarmArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Live this workflow of your own swarm: a name the topology knows, or a file.",
            valueName: "workflow"
        ),
        completion: .file(extensions: ["json"])
    )
    var workflow: String?

    @Option(
        help: ArgumentHelp("Your topology. Default: the nearest topology.json.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var topology: String?

    @Option(help: "How many runs of the workflow. Default: 100.")
    var runs: Int?

    @Option(
        help: ArgumentHelp(
            "The share of calls that go wrong, above 0 and at most 1. Default: 0.1.",
            valueName: "share"
        )
    )
    var rate: Double?

    @Option(
        name: .customLong("operator"),
        help:
            "Whether somebody looks after the swarm every 30 s: answers or absent. Default: answers."
    )
    var operators: UserSwarmOptions.Operators?

    @Option(
        name: [.long, .customShort("i")],
        parsing: .singleValue,
        help: ArgumentHelp("An input, as for `swarm run`.", valueName: "input")
    )
    var input: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "How long calls of a capability take about. Default: what its contract estimates.",
            valueName: "capability=duration"
        )
    )
    var duration: [UsualDuration] = []

    @Option(help: "How many elements made-up lists have. Default: 8.")
    var elements: Int?

    @Option(
        name: .customLong("require-completion"),
        help: ArgumentHelp("End with status 10 when fewer runs succeed.", valueName: "share")
    )
    var requiredCompletion: Double?

    @Option(
        help: ArgumentHelp("Show what happened in one run of the first life.", valueName: "r_N")
    )
    var history: RunID?

    /// Whether nothing was said that needs a workflow.
    var isEmpty: Bool {
        topology == nil && runs == nil && rate == nil && operators == nil && input.isEmpty
            && duration.isEmpty && elements == nil && requiredCompletion == nil && history == nil
    }

    func validate() throws {
        guard (1...UserSwarmOptions.runLimit).contains(runs ?? 1) else {
            throw ValidationError(
                "--runs takes a number from 1 to \(UserSwarmOptions.runLimit)."
            )
        }
        guard rate ?? 1 > 0, rate ?? 1 <= 1 else {
            throw ValidationError("--rate takes a share above 0 and at most 1, such as 0.1.")
        }
        guard (0...1).contains(requiredCompletion ?? 0) else {
            throw ValidationError("--require-completion takes a share from 0 to 1, such as 0.99.")
        }
        guard (1...100).contains(elements ?? 1) else {
            throw ValidationError("--elements takes a number from 1 to 100.")
        }
    }
}

/// How long calls of a capability take: `post_entry=200ms`.
struct UsualDuration: ExpressibleByArgument {
    let capability: String
    let duration: Duration

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="),
            let duration = Duration(
                configuration: String(argument[argument.index(after: equals)...])
            ),
            duration > .zero
        else { return nil }
        capability = String(argument[..<equals])
        self.duration = duration
    }
}

/// One campaign over somebody's own swarm, as the command line describes it.
struct UserSwarmCommand {
    let workflow: String
    let arguments: UserSwarmArguments
    let faults: String?
    let seed: UInt64?
    let threads: Int
    let global: GlobalOptions

    func run() async throws {
        let console = global.console
        let loaded = try load()
        let user = try userSwarm(loaded)
        let options = try UserSwarmOptions(
            runs: arguments.runs ?? 100,
            seed: seed ?? 1,
            faults: FaultChoice.userFaults(faults),
            rate: arguments.rate ?? 0.1,
            operators: arguments.operators ?? .answers
        )
        let report: UserSwarmReport
        do {
            var campaign = try UserSwarmCampaign(user, options)
            campaign.threads = threads
            campaign.command = command
            if let run = arguments.history {
                return try show(campaign.history(of: run.number), of: run, console)
            }
            let progress = SimulationProgress(of: options.runs, "runs", on: console)
            report = try await campaign.run { progress.reached($0) }
            progress.end()
        } catch let problem as UserSwarmProblem {
            throw ErrorDocument(.badInput, problem.message, hint: problem.hint)
        }
        if console.isJSON {
            console.print("simulated-runs", report)
        } else {
            for line in UserSwarmText(report, Style(isOn: console.hasColour)).lines {
                console.print(line)
            }
        }
        try judge(report, console)
    }

    /// The exit status: 1 for a bug of Swarm, 10 when too few runs succeeded.
    private func judge(_ report: UserSwarmReport, _ console: Console) throws {
        guard report.violations.isEmpty else { throw ExitCode(CommandExit.unexpected) }
        guard let required = arguments.requiredCompletion, report.completion < required else {
            return
        }
        if !console.isJSON {
            console.note(
                "\(UserSwarmText.percent(report.completion)) of the runs succeeded; "
                    + "\(UserSwarmText.percent(required)) are required"
            )
        }
        throw ExitCode(CommandExit.runFailed)
    }

    private func show(_ lines: [String], of run: RunID, _ console: Console) throws {
        guard !lines.isEmpty else {
            throw ErrorDocument(
                .badInput,
                "the first life has no run \(run)",
                hint: "it has the first \(UserSwarmOptions.runsOfLife) runs at most; --seed "
                    + "chooses it"
            )
        }
        guard !console.isJSON else {
            return console.print("simulated-history", SimulatedHistory(run: "\(run)", lines: lines))
        }
        for line in lines { console.print(String(line.prefix(400))) }
    }

    /// What happened in one run, as a document.
    private struct SimulatedHistory: Codable, Sendable {
        var run: String
        var lines: [String]
    }

    // MARK: Reading

    private func load() throws -> (plan: SwarmPlan, workflow: Workflow) {
        let source = try ConfigurationSource(arguments.topology, global)
        // Nothing is started, so programs need not be there yet.
        let loader = ConfigurationLoader(
            environment: ProcessInfo.processInfo.environment,
            stateDirectory: source.stateDirectory,
            checksExecutables: false
        )
        let loaded = loader.load(topology: source.topology)
        let isFile = workflow.hasSuffix(".json") || workflow.contains("/")
        guard let plan = loaded.plan, isFile || !loaded.diagnostics.hasErrors else {
            throw DiagnosticsError(diagnostics: loaded.diagnostics)
        }
        if isFile {
            let file = loader.loadWorkflow(workflow, against: plan)
            guard let workflow = file.workflow, !file.diagnostics.hasErrors else {
                throw DiagnosticsError(diagnostics: file.diagnostics)
            }
            return (plan, workflow)
        }
        let known = loaded.workflows.compactMap(\.workflow)
        guard let workflow = known.first(where: { $0.name == workflow }) else {
            let names = known.map(\.name).joined(separator: ", ")
            throw ErrorDocument(
                .badInput,
                "the topology has no workflow called \(workflow)",
                hint: names.isEmpty
                    ? "name a workflow file" : "it has \(names); a file is named by its path"
            )
        }
        return (plan, workflow)
    }

    private func userSwarm(_ loaded: (plan: SwarmPlan, workflow: Workflow)) throws -> UserSwarm {
        let (plan, workflow) = loaded
        for given in arguments.duration
        where !plan.agents.contains(where: {
            $0.manifest.capability(named: given.capability) != nil
        }) {
            throw ErrorDocument(
                .badInput,
                "--duration \(given.capability): no agent offers it",
                hint: "name a capability of the topology"
            )
        }
        let given = try RunInput(
            schema: workflow.input,
            workingDirectory: FileManager.default.currentDirectoryPath
        ).assemble(arguments.input)
        let elements = arguments.elements ?? 8
        let completed = UserSwarm.completing(given, by: workflow.input, elements: elements)
        let input: JSON
        switch try WorkflowInput(schema: workflow.input).prepare(completed.input) {
        case .success(let prepared): input = prepared
        case .failure(let invalid):
            throw ErrorDocument(
                .badInput,
                "the input of \(workflow.name) is wrong: \(invalid)",
                hint: completed.madeUp.isEmpty
                    ? nil : "give \(completed.madeUp.joined(separator: ", ")) with --input"
            )
        }
        var user = UserSwarm(
            plan: plan,
            workflow: workflow,
            input: input,
            durations: [:],
            elements: elements
        )
        for given in arguments.duration { user.durations[given.capability] = given.duration }
        user.notes =
            completed.madeUp.isEmpty
            ? [] : ["made-up input: \(completed.madeUp.joined(separator: ", "))"]
        user.notes += try doubtfulResults(user)
        return user
    }

    /// Made-up results that their own contracts would refuse, as far as the schemas are sound.
    private func doubtfulResults(_ user: UserSwarm) throws -> [String] {
        let results: [(subtask: String, result: JSON)]
        do { results = try user.madeUpResults() } catch {
            throw ErrorDocument(.badInput, error.message, hint: error.hint)
        }
        return results.compactMap { made in
            let subtask = user.workflow.subtasks.first { $0.name == made.subtask }
            let contract = subtask.flatMap {
                user.plan.offers(of: $0.capability, by: $0.agent).first?.contract
            }
            guard let returns = contract?.returns,
                let schema = try? JSONSchema(compiling: returns, assertsFormats: false),
                let violation = schema.validate(made.result).first
            else { return nil }
            return "the result made up for \(made.subtask) breaks its contract (\(violation)); "
                + "it counts all the same"
        }
    }

    /// The command line, without the number of runs and the seed.
    private var command: String {
        var words = ["swarm simulate --workflow \(workflow)"]
        if let topology = arguments.topology { words.append("--topology \(topology)") }
        if let faults { words.append("--faults \(faults)") }
        if let rate = arguments.rate { words.append("--rate \(rate)") }
        if let operators = arguments.operators { words.append("--operator \(operators.rawValue)") }
        for input in arguments.input { words.append("--input '\(input)'") }
        for given in arguments.duration {
            words.append("--duration \(given.capability)=\(given.duration.configurationText)")
        }
        if let elements = arguments.elements { words.append("--elements \(elements)") }
        return words.joined(separator: " ")
    }
}
