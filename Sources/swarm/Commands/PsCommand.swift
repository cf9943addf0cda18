import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm ps`.
struct PsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "Show the coordinator and every worker.",
        discussion: """
            EXAMPLES
              swarm ps
              swarm ps --json | jq '.data.workers[] | select(.ready | not)'
            """
    )

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let console = global.console
        let status = try await global.client().status()
        guard !console.isJSON else { return console.print("ps", status) }
        let coordinator = status.coordinator
        console.print(StatusText.headline(status))
        console.print(
            "coordinator pid \(coordinator.pid), durability \(coordinator.durability), journal at "
                + "\(coordinator.seq), state in \(coordinator.stateDirectory)"
        )
        console.print("")
        let style = Style(isOn: console.hasColour)
        for line in StatusText.table(status).lines(style) { console.print(line) }
        for line in StatusText.advice(status) { console.print(line) }
    }
}
