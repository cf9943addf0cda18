import ArgumentParser
import SwarmControl
import SwarmModel

/// The command line: one file a subcommand, presentation only.
@main
struct SwarmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swarm",
        abstract: "Coordinates a swarm of workers from one topology file.",
        discussion: """
            A swarm is what topology.json describes: worker programs, how many of each, and the \
            workflows they can carry out together. Every decision is in the journal of its state \
            directory, .swarm beside the topology.

              swarm up -d --wait                     start the swarm in the background
              swarm run package-audit                run a workflow and watch it
              swarm ps                               see the workers
              swarm show r_1                         look at a run
              swarm logs -f --level warn             follow what goes wrong
              swarm down                             stop it

            Every command takes --json. Exit status: 0 done, 10 the run failed, 11 it was undone, \
            12 it could not be undone, 13 cancelled, 14 deadline passed or budget used up, \
            15 stopped because it repeated itself, 16 waits for a person, 64 usage, 65 bad input, \
            69 no swarm answers, 75 still running, 77 refused, 78 bad configuration, \
            130 interrupted.
            """,
        version: SwarmVersion.text,
        subcommands: [
            UpCommand.self, DownCommand.self, PsCommand.self, RunCommand.self, RunsCommand.self,
            ShowCommand.self, CancelCommand.self, DecideCommand.self, CompensateCommand.self,
            ReleaseCommand.self, LogsCommand.self,
            CallCommand.self, BreakerCommand.self, SemaphoreCommand.self, BudgetCommand.self,
            ConfigCommand.self, GraphCommand.self, BenchCommand.self, SimulateCommand.self,
            CompletionCommand.self,
        ]
    )

    @OptionGroup var global: GlobalOptions

    /// Without a subcommand: how things stand, and what to do next.
    func run() async throws {
        let console = global.console
        let stateDirectory = try global.stateDirectory()
        let client = try ControlClient(socket: ControlSocket(stateDirectory: stateDirectory.path))
        guard client.socket.isServed else {
            guard !console.isJSON else { throw StateDirectory.unreachable(stateDirectory.path) }
            console.print("No swarm is up in \(stateDirectory.path).")
            console.print("")
            console.suggest([
                ("swarm config check", "see whether topology.json is in order"),
                ("swarm up -d --wait", "start the swarm it describes"),
                ("swarm run WORKFLOW", "or run a workflow at once, with a swarm for just that"),
            ])
            return
        }
        let status = try await client.status()
        guard !console.isJSON else { return console.print("ps", status) }
        console.print(StatusText.headline(status))
        console.print("")
        console.suggest([
            ("swarm ps", "the workers"),
            status.activeRuns > 0
                ? ("swarm runs", "what is running") : ("swarm run WORKFLOW", "give it work"),
            ("swarm logs -f", "what happens, as it happens"),
        ])
    }

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            ErrorReport.exit(with: error)
        }
    }
}
