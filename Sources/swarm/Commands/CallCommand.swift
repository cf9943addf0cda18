import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm call`.
struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Call one capability once and print what it returns.",
        discussion: """
            A call is a run of one subtask: journaled, retried and reassigned like any other. \
            Without a swarm that is up, one is started for the call and stopped after it.

            EXAMPLES
              swarm call echo.echo '{"text":"hello"}'
              swarm call echo '{"text":"hello"}'      any agent that offers it
              swarm call ledger.post_entry @entry.json
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("What to call.", valueName: "agent.capability"))
    var target: String

    @Argument(help: "The arguments as JSON, @FILE, or @- for standard input.")
    var args = "{}"

    @Option(
        help: ArgumentHelp(
            "How long one attempt may take, such as 500ms or 2m. Default: what the capability "
                + "declares.",
            valueName: "duration"
        )
    )
    var timeout: DurationArgument?

    func run() async throws {
        let console = global.console
        let parts = target.split(separator: ".", maxSplits: 1).map(String.init)
        let request = CallRequest(
            agent: parts.count == 2 ? parts[0] : nil,
            capability: parts.last ?? target,
            args: try JSONSource.read(args, called: "the arguments"),
            timeoutMs: timeout?.duration.wholeMilliseconds
        )
        let outcome = try await ShortLivedSwarm.with(
            global,
            topology: nil,
            begin: { client in
                // Not the call itself: one that a swarm broke off must not be made again.
                if try await client.health().status == .stopping {
                    throw ErrorDocument(.stopping, "the swarm is shutting down")
                }
            },
            { client, _ in try await CallWatch(client: client, console: console).call(request) }
        )
        if console.isJSON {
            console.print("call", outcome)
        } else if let result = outcome.result {
            console.print(result.pretty())
        } else if let failure = outcome.failure {
            console.note("\(outcome.run) \(outcome.state.rawValue): \(RunText.failure(failure))")
        } else {
            console.note("\(outcome.run) is still \(outcome.state.rawValue)")
            console.note("  swarm show \(outcome.run)")
        }
        guard outcome.state == .succeeded else {
            throw ExitCode(outcome.state.exit(after: outcome.failure?.kind))
        }
    }
}

/// JSON as a command line gives it: itself, or the name of a file that holds it.
enum JSONSource {
    /// Reads JSON text, `@FILE` or `@-`.
    static func read(_ argument: String, called name: String) throws(ErrorDocument) -> JSON {
        guard argument.hasPrefix("@") else {
            do { return try JSON(parsing: Array(argument.utf8)) } catch {
                throw ErrorDocument(
                    .badInput,
                    "\(name) are not JSON: \(error)",
                    hint: "quote them for the shell, as in '{\"text\":\"hello\"}', or use @FILE"
                )
            }
        }
        let file = InputFile(String(argument.dropFirst()))
        let bytes = try file.read()
        do { return try JSON(parsing: bytes) } catch {
            throw ErrorDocument(
                .badInput,
                "\(file.name):\(error)",
                hint: "the file must hold JSON"
            )
        }
    }
}
