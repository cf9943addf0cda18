import ArgumentParser
import FoundationEssentials
import SwarmControl
import SwarmModel
import UnixSignals

/// `swarm run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a workflow and wait for its result.",
        discussion: """
            The workflow is a name the topology knows, or the path of a file. Inputs are typed by \
            the workflow's input schema; those it marks as paths are relative to this folder. \
            Without a swarm that is up, one is started for the run and stopped after it.

            Ctrl-C once asks the run to cancel; twice leaves without waiting. The result goes to \
            standard output, everything else to standard error.

            EXAMPLES
              swarm run package-audit
              swarm run loan-reconciliation --input left=loans.tsv --input tolerance=0.01
              swarm run workflows/audit.json --input @input.json --detach
              swarm run package-audit --json | jq .data.output
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(
        help: "A workflow's name, or the path of its file.",
        completion: .file(extensions: ["json"])
    )
    var workflow: String

    @Option(
        name: [.long, .customShort("i")],
        parsing: .singleValue,
        help: ArgumentHelp(
            "One input as name=value, or many as @FILE.json or @- ; may be given several times.",
            valueName: "input"
        )
    )
    var input: [String] = []

    @Flag(name: [.long, .customShort("d")], help: "Print the run's id and do not wait.")
    var detach = false

    @Flag(
        name: .customLong("no-ask"),
        help: "End with status 16 when the run waits for a person, and leave it waiting."
    )
    var isUnattended = false

    @Option(
        help: ArgumentHelp(
            "The topology of a swarm started for the run. Default: the nearest topology.json.",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var topology: String?

    func run() async throws {
        let console = global.console
        let choice: WorkflowChoice
        if let file = try WorkflowChoice.file(workflow) {
            choice = file
        } else {
            choice = try await .named(workflow, global, topology: topology)
        }
        let request = SubmitRequest(
            workflow: choice.reference,
            input: try RunInput(
                schema: choice.input,
                workingDirectory: FileManager.default.currentDirectoryPath
            ).assemble(input)
        )
        let (end, run) = try await ShortLivedSwarm.with(
            global,
            topology: topology,
            keep: detach,
            isAbandoned: { end, _ in if case .left? = end { true } else { false } },
            begin: { client in
                let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
                return (try await client.submit(request), signals)
            }
        ) { client, begun -> (RunWatch.End?, RunDocument) in
            let (submitted, signals) = begun
            guard !detach, let id = RunID(submitted.run) else { return (nil, submitted) }
            if !console.isJSON && !console.isAnimated {
                console.note("\(submitted.run) \(submitted.workflow) submitted")
            }
            let watch = RunWatch(
                client: client,
                console: console,
                run: id,
                signals: signals,
                isUnattended: isUnattended
            )
            return (try await watch.end(), submitted)
        }
        switch end {
        case nil: report(detached: run, console)
        case .left?:
            console.note("left \(run.run)\n  swarm show \(run.run)")
            throw ExitCode(CommandExit.interrupted)
        case .ended(let ended)?: try report(ended, console)
        }
    }

    private func report(detached run: RunDocument, _ console: Console) {
        guard !console.isJSON else { return console.print("run", run) }
        console.print(run.run)
        console.note("  swarm show \(run.run)")
    }

    private func report(_ run: RunDocument, _ console: Console) throws {
        if console.isJSON {
            console.print("run", run)
        } else {
            console.note(RunText.outcome(run, Style(isOn: console.isAnimated)))
            if let failure = run.failure { console.note("  \(RunText.failure(failure))") }
            for line in RunText.waiting(run) { console.note(line) }
            if let output = run.output { console.print(output.pretty()) }
            if run.state != .succeeded {
                console.note("  swarm show \(run.run)   swarm logs --run \(run.run)")
            }
        }
        guard run.state == .succeeded else { throw ExitCode(run.exit) }
    }
}
