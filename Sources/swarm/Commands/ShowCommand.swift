import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm show`.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one run: its nodes, its subtasks, what failed.",
        discussion: """
            Without options: the nodes, and the subtasks that failed or run now. Subtasks come in \
            pages of --limit.

            EXAMPLES
              swarm show r_17
              swarm show r_17 --node check --state failed
              swarm show r_17 --payloads --limit 5   with arguments and results
              swarm show r_17 --tree                 what was delegated, and what undone
              swarm show r_17 --json | jq .data.output
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The run, such as r_17.")
    var run: RunID

    @Option(help: ArgumentHelp("Only subtasks of this node.", valueName: "name"))
    var node: String?

    @Option(
        help: ArgumentHelp(
            "Only subtasks in this state; may be given several times.",
            valueName: "state"
        )
    )
    var state: [SubtaskDocument.State] = []

    @Flag(help: "All subtasks, whatever their state.")
    var all = false

    @Flag(help: "Who called whom: what was delegated, asked and undone, below its subtask.")
    var tree = false

    @Flag(help: "Arguments and results of subtasks too.")
    var payloads = false

    @Option(help: ArgumentHelp("How many matching subtasks to leave out first.", valueName: "n"))
    var offset = 0

    @Option(help: ArgumentHelp("At most this many subtasks, up to 1000.", valueName: "n"))
    var limit = 50

    func validate() throws {
        guard (1...1000).contains(limit) else {
            throw ValidationError("--limit takes a number from 1 to 1000.")
        }
        guard !tree || (state.isEmpty && node == nil) else {
            throw ValidationError(
                "--tree shows all subtasks; --state and --node do not go with it."
            )
        }
        guard offset >= 0 else { throw ValidationError("--offset takes no negative number.") }
    }

    func run() async throws {
        let console = global.console
        guard !tree else { return try await draw(console) }
        var states = state
        if states.isEmpty && !all && !console.isJSON { states = [.failed, .retrying, .running] }
        let document = try await global.client().run(
            run,
            including: RunParts(
                input: true,
                nodes: true,
                subtasks: SubtaskQuery(
                    states: states,
                    node: node,
                    offset: offset,
                    limit: limit,
                    payloads: payloads
                )
            )
        )
        guard !console.isJSON else { return console.print("show", document) }
        for line in RunText.lines(document, Style(isOn: console.hasColour)) { console.print(line) }
        if let next = document.nextOffset { console.note("more: --offset \(next)") }
    }

    /// The most subtasks a tree is drawn of; more than anybody reads.
    private static let treeLimit = 10_000

    private func draw(_ console: Console) async throws {
        let client = try global.client()
        var document: RunDocument?
        var subtasks: [SubtaskDocument] = []
        var offset: Int? = 0
        while let next = offset, next < Self.treeLimit {
            let page = try await client.run(
                run,
                including: RunParts(
                    subtasks: SubtaskQuery(offset: next, limit: 1000, payloads: payloads)
                )
            )
            subtasks += page.subtasks ?? []
            offset = page.nextOffset
            document = page
        }
        guard var document else { return }
        document.subtasks = subtasks
        guard !console.isJSON else { return console.print("show", document) }
        let style = Style(isOn: console.hasColour)
        console.print(RunText.outcome(document, style))
        if let failure = document.failure { console.print("  \(RunText.failure(failure))") }
        for line in RunText.waiting(document) { console.print(line) }
        for line in RunTree(style: style).lines(subtasks) { console.print(line) }
        if let offset { console.note("the first \(offset) subtasks") }
    }
}
