import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm budget`.
struct BudgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "budget",
        abstract: "Show what a run has used up, and what it may.",
        discussion: """
            Money, tokens and calls count over the whole tree of calls; what is reserved is set \
            aside for calls under way. Once a run has ended only what it used is left to show.

            EXAMPLES
              swarm budget r_17
              swarm budget r_17 --json | jq '.data.lines[] | select(.dimension == "usd")'
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The run, such as r_17.")
    var run: RunID

    func run() async throws {
        let console = global.console
        let budget = try await global.client().budget(run)
        guard !console.isJSON else { return console.print("budget", budget) }
        var table = Table(["WHOSE", "WHAT", "USED", "RESERVED", "LIMIT"])
        for line in budget.lines {
            table.add([
                .init(line.agent ?? budget.run), .init(line.dimension.rawValue),
                .init(Self.text(line.used)), .init(line.reserved.map(Self.text) ?? "-"),
                .init(line.limit.map(Self.text) ?? "-"),
            ])
        }
        for line in table.lines(Style(isOn: console.hasColour)) { console.print(line) }
        for sentence in budget.exhausted { console.print(sentence) }
    }

    /// Without decimals when there are none.
    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
