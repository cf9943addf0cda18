import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm release`.
struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Put a worker back into service that is quarantined or has ended.",
        discussion: """
            A worker that ends with status 0 is not started again by itself, unless its \
            restart.policy is always; one that fails too often is quarantined. Correct the cause \
            first: `swarm logs --level warn` says it. Its restarts are counted anew.

            EXAMPLES
              swarm release pricing-2
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The worker, such as pricing-2.")
    var worker: String

    func run() async throws {
        let console = global.console
        guard let id = WorkerID(worker) else {
            throw ErrorDocument(
                .badRequest,
                "\"\(worker)\" is not the name of a worker; expected one like pricing-2",
                hint: "`swarm ps` lists them"
            )
        }
        let document = try await global.client().release(id)
        guard !console.isJSON else { return console.print("release", document) }
        console.print("\(id) is started again; `swarm ps` shows it")
    }
}
