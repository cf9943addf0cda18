import ArgumentParser
import SwarmControl
import SwarmModel

extension BreakerCommand {
    /// `swarm breaker ls`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls",
            abstract: "List the circuit breakers of the swarm.",
            discussion: """
                EXAMPLES
                  swarm breaker ls
                  swarm breaker ls --json | jq '.data.breakers[] | select(.state != "closed")'
                """
        )

        @OptionGroup var global: GlobalOptions

        func run() async throws {
            let console = global.console
            let list = try await global.client().breakers()
            guard !console.isJSON else { return console.print("breaker", list) }
            guard !list.breakers.isEmpty else {
                return console.print("No circuit breaker has counted anything yet.")
            }
            var table = Table(["BREAKER", "STATE", "UNTIL", "CALLS", "FAILED", "SLOW", "OPENED"])
            for breaker in list.breakers {
                table.add([
                    .init(breaker.breaker),
                    .init(breaker.state.rawValue, Self.colour(of: breaker.state)),
                    .init(breaker.until ?? "-"), .init("\(breaker.calls)"),
                    .init("\(breaker.failures)", breaker.failures > 0 ? .yellow : nil),
                    .init("\(breaker.slow)"), .init("\(breaker.openings)"),
                ])
            }
            for line in table.lines(Style(isOn: console.hasColour)) { console.print(line) }
        }

        private static func colour(of state: BreakerState) -> Style.Colour? {
            switch state {
            case .closed: .green
            case .halfOpen: .yellow
            case .open, .forcedOpen: .red
            case .disabled: .dim
            }
        }
    }

    /// `swarm breaker open`.
    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "open",
            abstract: "Let no call pass until told otherwise.",
            discussion: """
                EXAMPLES
                  swarm breaker open post_entry@ledger-1 --reason "the ledger is closed"
                  swarm breaker open ledger-1            whatever it is asked
                  swarm breaker open workflow:month-end  submissions of it are refused
                """
        )

        @OptionGroup var global: GlobalOptions
        @OptionGroup var order: BreakerOrderOptions

        func run() async throws { try await order.give(.open, global) }
    }

    /// `swarm breaker close`.
    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "close",
            abstract: "Let calls pass again.",
            discussion: """
                EXAMPLES
                  swarm breaker close post_entry@ledger-1 --reason "the ledger is open again"
                """
        )

        @OptionGroup var global: GlobalOptions
        @OptionGroup var order: BreakerOrderOptions

        func run() async throws { try await order.give(.close, global) }
    }

    /// `swarm breaker reset`.
    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset",
            abstract: "Forget what was counted, and let calls pass.",
            discussion: """
                EXAMPLES
                  swarm breaker reset ledger-1
                """
        )

        @OptionGroup var global: GlobalOptions
        @OptionGroup var order: BreakerOrderOptions

        func run() async throws { try await order.give(.reset, global) }
    }
}

/// Which breaker an operator means, and why.
struct BreakerOrderOptions: ParsableArguments {
    @Argument(
        help: "The breaker: post_entry@ledger-1, ledger-1 or workflow:month-end."
    )
    var breaker: String

    @Option(help: ArgumentHelp("Why; it goes into the journal.", valueName: "text"))
    var reason: String?

    /// Tells the breaker, and prints how it stands.
    func give(_ command: SwarmModel.BreakerCommand, _ global: GlobalOptions) async throws {
        let console = global.console
        let document = try await global.client().command(
            BreakerRequest(
                breaker: breaker,
                command: command,
                reason: reason,
                by: Operator.name
            )
        )
        guard !console.isJSON else { return console.print("breaker", document) }
        let now = document.breakers.first { $0.breaker == breaker }
        console.print("\(breaker) is \(now?.state.rawValue ?? "closed")")
    }
}
