import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm cancel`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Cancel a run, and wait until it has ended.",
        discussion: """
            Workers are told at once; one that does not stop in time is ended with its process group.

            EXAMPLES
              swarm cancel r_17
              swarm cancel r_17 --reason "wrong input" --no-wait
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The run, such as r_17.")
    var run: RunID

    @Option(help: ArgumentHelp("Why; it goes into the journal.", valueName: "text"))
    var reason: String?

    @Flag(inversion: .prefixedNo, help: "Wait until the run has ended.")
    var wait = true

    func validate() throws {
        guard (reason?.utf8.count ?? 0) <= CancelRequest.reasonLimit else {
            throw ValidationError("--reason takes at most \(CancelRequest.reasonLimit) bytes.")
        }
    }

    func run() async throws {
        let console = global.console
        let client = try global.client()
        let before = try await client.run(run, including: RunParts())
        guard before.state != .compensationFailed || before.finishedAt != nil else {
            throw ErrorDocument(
                .conflict,
                "\(run) runs no more, but could not be undone in full, and waits",
                hint: "mend the cause and `swarm compensate \(run)`, or accept what stands: "
                    + "`swarm compensate \(run) --accept --reason TEXT`"
            )
        }
        guard !before.state.isTerminal else {
            throw ErrorDocument(
                .conflict,
                "\(run) has ended already: \(before.state.rawValue)",
                hint: "`swarm show \(run)` shows how"
            )
        }
        var document = try await client.cancel(run, reason: reason)
        if wait { document = try await PlainProgress.ended(run, of: client, on: console) }
        guard !console.isJSON else { return console.print("cancel", document) }
        console.print(RunText.outcome(document, Style(isOn: console.hasColour)))
    }
}
