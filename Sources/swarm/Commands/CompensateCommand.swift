import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm compensate`.
struct CompensateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compensate",
        abstract: "Undo what a run did, or accept what could not be undone.",
        discussion: """
            A run that could not be undone in full waits: mend what kept it, then have it undone \
            again. A run that still goes on is ended and undone. With --accept what stands is \
            accepted, and the run ends.

            EXAMPLES
              swarm compensate r_17
              swarm compensate r_17 --accept --reason "written off, ticket 4711"
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The run, such as r_17.")
    var run: RunID

    @Flag(help: "Accept what stands; the run ends as compensation_failed.")
    var accept = false

    @Option(help: ArgumentHelp("Why; it goes into the journal.", valueName: "text"))
    var reason: String?

    @Flag(inversion: .prefixedNo, help: "Wait until it is undone, or cannot be.")
    var wait = true

    func validate() throws {
        guard !accept || reason?.allSatisfy(\.isWhitespace) == false else {
            throw ValidationError("--accept needs a --reason; it goes into the journal.")
        }
    }

    func run() async throws {
        let console = global.console
        let client = try global.client()
        var document = try await client.compensate(
            run,
            CompensationRequest(
                accept: accept ? true : nil,
                reason: reason ?? "an operator wants it undone",
                by: Operator.name
            )
        )
        if wait { document = try await PlainProgress.ended(run, of: client, on: console) }
        if console.isJSON {
            console.print("show", document)
        } else {
            console.print(RunText.outcome(document, Style(isOn: console.hasColour)))
            for line in RunText.waiting(document) { console.print(line) }
        }
        // What was asked for has happened when all is undone, or when what stands was accepted.
        guard wait, !accept, document.state == .compensationFailed else { return }
        throw ExitCode(document.exit)
    }
}
