import ArgumentParser
import SwarmControl
import SwarmModel

/// `swarm decide`.
struct DecideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decide",
        abstract: "Answer what waits for a person; alone, list it.",
        discussion: """
            A call whose outcome nobody knows is not made again by itself when that could do harm: \
            look whether it happened, and say so. A subtask whose policy is "ask" waits here after \
            it has failed. Decision and reason go into the journal, with your name.

              happened         the call had its effect; the subtask has succeeded, with the result
                               that --result gives, which what follows and its undo may need
              did-not-happen   it had none, and is made again
              retry            try the failed subtask once more
              skip             go on without it, and without what needs it
              undo             end the run and undo what it did; a call in doubt is undone too
              abort            end the run and leave what it did

            EXAMPLES
              swarm decide
              swarm decide r_17/post happened --reason "entry 4711 is in the ledger"
              swarm decide r_17/post happened --result '{"id":4711}' --reason "found by its key"
              swarm decide 'r_17/post[3]' did-not-happen --reason "nothing under this key"
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(help: "The subtask, such as r_17/post.")
    var subtask: String?

    @Argument(help: ArgumentHelp("What you decide.", valueName: "decision"))
    var decision: Decision?

    @Option(help: ArgumentHelp("Why; it goes into the journal.", valueName: "text"))
    var reason: String?

    @Option(
        help: ArgumentHelp(
            "With happened: what the call returned, as JSON or @FILE.",
            valueName: "json"
        )
    )
    var result: String?

    func validate() throws {
        guard result == nil || decision == .happened else {
            throw ValidationError("--result goes with happened.")
        }
        guard subtask != nil else { return }
        guard decision != nil else {
            throw ValidationError(
                "Say what you decide: "
                    + "\(Decision.allCases.map(\.rawValue).joined(separator: ", "))."
            )
        }
        guard let reason, !reason.allSatisfy(\.isWhitespace) else {
            throw ValidationError("A decision needs a --reason; it goes into the journal.")
        }
    }

    func run() async throws {
        let console = global.console
        let client = try global.client()
        guard let subtask, let decision, let reason else { return try await list(client, console) }
        let document = try await client.decide(
            DecisionRequest(
                subtask: subtask,
                decision: decision,
                result: try result.map { try JSONSource.read($0, called: "the result") },
                reason: reason,
                by: Operator.name
            )
        )
        guard !console.isJSON else { return console.print("show", document) }
        console.print("\(subtask): \(decision.rawValue), decided by \(Operator.name)")
        for line in RunText.waiting(document) { console.print(line) }
        console.note("  swarm show \(document.run)")
    }

    private func list(_ client: ControlClient, _ console: Console) async throws {
        let list = try await client.questions()
        guard !console.isJSON else { return console.print("decide", list) }
        guard !list.questions.isEmpty else { return console.print("Nothing waits for a decision.") }
        for question in list.questions {
            for line in RunText.lines(of: question) { console.print(line) }
        }
    }
}
