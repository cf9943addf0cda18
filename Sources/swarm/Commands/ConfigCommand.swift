import ArgumentParser
import FoundationEssentials
import SwarmConfig
import SwarmModel

/// `swarm config`.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check, show and describe configuration, without starting anything.",
        subcommands: [Check.self, Show.self, Schema.self],
        defaultSubcommand: Check.self
    )
}

extension ConfigCommand {
    /// `swarm config check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Find everything that is wrong, all at once.",
            discussion: """
                Checks the topology, the manifests of its agents, its workflows, and that programs \
                and secrets are there. Exit status 78 when there is an error.

                EXAMPLES
                  swarm config check
                  swarm config check other/topology.json --json
                """
        )

        @OptionGroup var global: GlobalOptions

        @Argument(
            help: "The topology. Default: the nearest topology.json.",
            completion: .file(extensions: ["json"])
        )
        var topology: String?

        func run() async throws {
            let console = global.console
            let loaded = try ConfigurationSource(topology, global).load()
            if console.isJSON {
                console.print(
                    "config-check",
                    JSON(members: [
                        ("ok", .bool(!loaded.diagnostics.hasErrors)),
                        ("diagnostics", .array(loaded.diagnostics.map(\.json))),
                    ])
                )
            } else {
                for diagnostic in loaded.diagnostics { console.print(diagnostic.description) }
                console.print(summary(loaded))
            }
            guard !loaded.diagnostics.hasErrors else {
                throw ExitCode(CommandExit.badConfiguration)
            }
        }

        private func summary(_ loaded: LoadedConfiguration) -> String {
            guard let plan = loaded.plan, !loaded.diagnostics.hasErrors else {
                return DiagnosticsError.summary(loaded.diagnostics)
            }
            let workers = plan.agents.map(\.configuration.replicas).reduce(0, +)
            let doubts =
                loaded.diagnostics.isEmpty
                ? "" : " (\(DiagnosticsError.summary(loaded.diagnostics)))"
            return "\(plan.topology.name) is in order: \(Self.count(plan.agents.count, "agent")), "
                + "\(Self.count(workers, "worker")), "
                + "\(Self.count(loaded.workflows.count, "workflow"))\(doubts)"
        }

        private static func count(_ count: Int, _ noun: String) -> String {
            "\(count) \(noun)\(count == 1 ? "" : "s")"
        }
    }

    /// `swarm config show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Print every setting in force and where it comes from.",
            discussion: """
                EXAMPLES
                  swarm config show
                  swarm config show --effective | grep post_entry.retry_policy
                  swarm config show --json | jq '.data[] | select(.origin != "built-in")'
                """
        )

        @OptionGroup var global: GlobalOptions

        @Argument(
            help: "The topology. Default: the nearest topology.json.",
            completion: .file(extensions: ["json"])
        )
        var topology: String?

        @Flag(
            name: .customLong("effective"),
            help: "Add what holds for each capability and each subtask once every level has spoken."
        )
        var explainsPolicies = false

        func run() async throws {
            let console = global.console
            let loaded = try ConfigurationSource(topology, global)
                .load(explainsPolicies: explainsPolicies)
            guard let effective = loaded.effective else {
                throw DiagnosticsError(diagnostics: loaded.diagnostics)
            }
            if console.isJSON {
                console.print("config-show", effective.json)
            } else {
                console.print(effective.text)
            }
        }
    }

    /// `swarm config schema`.
    struct Schema: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schema",
            abstract: "Print the JSON Schema of a kind of file.",
            discussion: """
                EXAMPLES
                  swarm config schema workflow > workflow-v1.json
                """
        )

        @Argument(help: "topology, agent or workflow.")
        var kind: ConfigurationSchema

        func run() async throws {
            Console.write(kind.text, to: 1)
        }
    }
}

/// The topology a command works on, and how to read it.
struct ConfigurationSource {
    /// Absolute path of the topology.
    let topology: String
    /// The state directory, where `${SWARM_RUN_DIR}` points.
    let stateDirectory: String

    /// The named topology, else the nearest.
    init(_ named: String?, _ global: GlobalOptions) throws {
        let chosen = try global.stateDirectory(topology: named)
        guard let topology = chosen.topology else {
            throw ErrorDocument(
                .badConfiguration,
                "there is no topology.json in \(FileManager.default.currentDirectoryPath) or "
                    + "above it",
                hint: "name the file, or write one: `swarm config schema topology` describes it"
            )
        }
        self.topology = topology
        stateDirectory = chosen.path
    }

    /// Reads it and everything it refers to; on request the effective configuration has what holds
    /// for each capability and subtask.
    func load(explainsPolicies: Bool = false) -> LoadedConfiguration {
        var loader = ConfigurationLoader(
            environment: ProcessInfo.processInfo.environment,
            stateDirectory: stateDirectory
        )
        loader.explainsPolicies = explainsPolicies
        return loader.load(topology: topology)
    }
}
