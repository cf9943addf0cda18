import ArgumentParser
import FoundationEssentials
import SwarmConfig
import SwarmControl
import SwarmModel
import SwarmRuntime

/// `swarm up`.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Start the swarm of a topology.",
        discussion: """
            In the foreground it prints its log, from the first line; Ctrl-C lets workers finish \
            what they hold, a second Ctrl-C does not wait for them. Runs that had not ended go on.

            EXAMPLES
              swarm up                               in the foreground
              swarm up -d --wait                     in the background, ready when this returns
              swarm up other/topology.json --state-dir /var/lib/other
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(
        help: "The topology. Default: the nearest topology.json.",
        completion: .file(extensions: ["json"])
    )
    var topology: String?

    @Flag(name: [.customShort("d"), .long], help: "Run in the background.")
    var detach = false

    @Flag(help: "With -d: return only when every worker is ready.")
    var wait = false

    @Option(
        help: ArgumentHelp(
            "What survives: full, process or none. Default: what the topology says.",
            valueName: "kind"
        )
    )
    var durability: Durability?

    @Option(
        help: ArgumentHelp(
            "The least of the coordinator's own lines that are logged; debug has each step of each "
                + "subtask.",
            valueName: "level"
        )
    )
    var logLevel = LogLevel.info

    @Flag(name: .customLong("background-child"), help: .hidden)
    var isBackgroundChild = false

    func validate() throws {
        guard !wait || detach else { throw ValidationError("--wait goes with -d.") }
    }

    func run() async throws {
        if isBackgroundChild { DaemonStart.detachFromTerminal() }
        let source = try ConfigurationSource(topology, global)
        // What is wrong is told here, by whoever typed the command, and not by a daemon's log.
        let loaded = source.load()
        guard let plan = loaded.plan, !loaded.diagnostics.hasErrors else {
            throw DiagnosticsError(diagnostics: loaded.diagnostics)
        }
        guard detach else {
            let host = try await CoordinatorLaunch(
                plan: plan,
                workflows: loaded.workflows.compactMap(\.workflow),
                topology: source.topology,
                stateDirectory: source.stateDirectory,
                durability: durability,
                logLevel: logLevel,
                printsLog: !isBackgroundChild,
                console: global.console
            ).host()
            return try await host.run {
                if isBackgroundChild {
                    DaemonStart.detachOutput(stateDirectory: source.stateDirectory)
                }
            }
        }
        let console = global.console
        if !console.isJSON {
            for warning in loaded.diagnostics where warning.severity == .warning {
                console.note(warning.description)
            }
        }
        let client = try await DaemonStart(
            topology: source.topology,
            stateDirectory: source.stateDirectory,
            durability: durability,
            logLevel: logLevel
        ).start(untilReady: wait)
        let status = try await client.status()
        guard !console.isJSON else { return console.print("up", status) }
        console.print(StatusText.headline(status))
        console.suggest([
            ("swarm ps", "the workers"), ("swarm run WORKFLOW", "give it work"),
            ("swarm down", "stop it"),
        ])
    }
}
