import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm sem`.
struct SemaphoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sem",
        abstract: "See who holds the named semaphores.",
        subcommands: [List.self],
        defaultSubcommand: List.self
    )
}

extension SemaphoreCommand {
    /// `swarm sem ls`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls",
            abstract: "List the named semaphores, who holds them and how many wait.",
            discussion: """
                EXAMPLES
                  swarm sem ls
                  swarm sem ls --json | jq '.data.semaphores[] | select(.waiting > 0)'
                """
        )

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let console = global.console
            let list = try await global.client().semaphores()
            guard !console.isJSON else { return console.print("sem", list) }
            guard !list.semaphores.isEmpty else {
                return console.print("The topology declares no semaphores.")
            }
            var table = Table(["SEMAPHORE", "HELD", "WAITING", "HOLDERS"])
            for semaphore in list.semaphores {
                let holders = semaphore.holders.prefix(3).map { holder in
                    "\(holder.subtask) on \(holder.worker) "
                        + ShortDuration.text(milliseconds: holder.elapsedMs)
                }
                let more = semaphore.holders.count - holders.count
                table.add([
                    .init(semaphore.name),
                    .init(
                        "\(semaphore.held)/\(semaphore.permits)",
                        semaphore.held >= semaphore.permits ? .yellow : nil
                    ), .init("\(semaphore.waiting)"),
                    .init(
                        holders.isEmpty
                            ? "-"
                            : holders.joined(separator: ", ") + (more > 0 ? ", +\(more)" : "")
                    ),
                ])
            }
            for line in table.lines(Style(isOn: console.hasColour)) { console.print(line) }
        }
    }
}
