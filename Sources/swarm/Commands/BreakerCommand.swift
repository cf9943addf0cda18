import ArgumentParser
import SwarmCore
import SwarmModel

/// `swarm breaker`.
struct BreakerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breaker",
        abstract: "See and move circuit breakers.",
        subcommands: [List.self, Open.self, Close.self, Reset.self, Trace.self]
    )
}

extension BreakerCommand {
    /// `swarm breaker trace`.
    struct Trace: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trace",
            abstract: "Play tables of events against a circuit breaker.",
            discussion: """
                The file holds traces: the settings of a breaker and what happens to it, with \
                times. They are printed again with the breaker's answer and state on each event, \
                so that they can be compared with what another implementation does. No swarm is \
                needed. docs/circuit-breaker.md describes the document.

                The output is one JSON document, with an event on a line, or with --json on one \
                line as a whole.

                EXAMPLES
                  swarm breaker trace table.json
                  generate-traces | swarm breaker trace - --json | jq -c '.traces[].events[]'
                """
        )

        /// A file larger than this is refused; it would need some twenty times as much memory.
        private static let sizeLimit = 256 << 20

        @OptionGroup var global: GlobalOptions

        @Argument(
            help: "The file with the traces; - for standard input.",
            completion: .file(extensions: ["json"])
        )
        var file: String

        func run() async throws {
            let input = InputFile(file)
            let bytes = try input.read(limit: Self.sizeLimit)
            let document: JSON
            do {
                document = try JSON(parsing: bytes, limits: JSONLimits(bytes: Self.sizeLimit))
            } catch {
                throw ErrorDocument(
                    .badInput,
                    "\(input.name):\(error)",
                    hint: "the file must hold JSON"
                )
            }
            let played: JSON
            do {
                played = try BreakerTrace.play(document)
            } catch {
                throw ErrorDocument(
                    .badInput,
                    "\(input.name): \(error)",
                    hint: "docs/circuit-breaker.md describes the document"
                )
            }
            let console = global.console
            console.print(console.isJSON ? played.description : BreakerTrace.text(played))
        }
    }
}
