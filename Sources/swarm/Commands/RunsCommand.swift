import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm runs`.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "List runs, newest first.",
        discussion: """
            EXAMPLES
              swarm runs
              swarm runs --state failed --limit 5
              swarm runs --workflow package-audit --json | jq '.data.runs[0].run'
            """
    )

    @OptionGroup var global: GlobalOptions

    @Option(
        help: ArgumentHelp(
            "Only runs in this state; may be given several times.",
            valueName: "state"
        )
    )
    var state: [RunDocument.State] = []

    @Option(help: ArgumentHelp("Only runs of this workflow.", valueName: "name"))
    var workflow: String?

    @Option(help: ArgumentHelp("Only runs older than this one.", valueName: "run"))
    var before: RunID?

    @Option(help: ArgumentHelp("At most this many, up to 1000.", valueName: "n"))
    var limit = 20

    func validate() throws {
        guard (1...1000).contains(limit) else {
            throw ValidationError("--limit takes a number from 1 to 1000.")
        }
    }

    func run() async throws {
        let console = global.console
        let page = try await global.client().runs(
            RunListQuery(states: state, workflow: workflow, before: before, limit: limit)
        )
        guard !console.isJSON else { return console.print("runs", page) }
        guard !page.runs.isEmpty else {
            console.print(
                state.isEmpty && workflow == nil && before == nil
                    ? "No runs yet." : "No runs match."
            )
            return
        }
        for line in RunText.table(page.runs).lines(Style(isOn: console.hasColour)) {
            console.print(line)
        }
        if let next = page.nextBefore { console.note("older ones: swarm runs --before \(next)") }
    }
}
