import SwarmConfig
import SwarmModel
import Testing

/// One mistake in what a contract says about failures, one report with the exact place.
@Suite("Broken policies of a contract")
struct BrokenContractPolicies {
    @Test("Each mistake is reported where it is", arguments: policies + verification + undo)
    func mistake(_ mistake: Mistake) throws { try mistake.expectReport() }

    private static let ledger = "agents/ledger/agent.json"
    private static let pricing = "agents/pricing/agent.json"
    private static let free = #""side_effect": "none""#

    private static let policies = [
        Mistake(
            ledger,
            #""idempotent": true,"#,
            #""hedge": @@{ "after": "1s" },"#,
            """
            error: "hedge" may make a call twice, and this one is not safe to repeat in @@  \
            (capabilities[0].operational.hedge)
              expected "side_effect" none or read, or "idempotent": true; remove it, or make the \
            capability idempotent
            """
        ),
        Mistake(
            pricing,
            free,
            #""side_effect": "none", "hedge": { "after": @@"1m" }"#,
            """
            warning: "after" is no shorter than the timeout of an attempt, 1m in @@  \
            (capabilities[0].operational.hedge.after)
              hedge sooner, or remove "hedge"
            """
        ),
        Mistake(
            pricing,
            free,
            #""side_effect": "none", "hedge": @@{ "max": 2 }"#,
            """
            error: missing key "after" in @@  (capabilities[0].operational.hedge)
              expected a duration with a unit, at least 1ms: How long an attempt runs before the \
            next copy starts.
            """
        ),
        Mistake(
            pricing,
            free,
            #""side_effect": "none", "circuit_breaker": { "error_rate": @@0.5 }"#,
            """
            error: "error_rate" needs "minimum_calls" in @@  \
            (capabilities[0].operational.circuit_breaker.error_rate)
              one failure of one call would be a rate of 1
            """
        ),
        Mistake(
            pricing,
            free,
            #""side_effect": "none", "retry_budget": { "tokens": @@3 }"#,
            """
            error: "tokens" is 3, and a retry takes 5 in @@  \
            (capabilities[0].operational.retry_budget.tokens)
              expected enough for one retry, or 0 for none
            """
        ),
        Mistake(
            pricing,
            free,
            #""side_effect": "none", "repeat_threshold": @@0"#,
            """
            error: "repeat_threshold" is 0 in @@  (capabilities[0].operational.repeat_threshold)
              expected an integer from 1 to 1000000
            """
        ),
        Mistake(
            pricing,
            free,
            #""side_effect": "none", "on_failure": { "fallback": { "capability": @@"quote" } }"#,
            """
            error: "quote" falls back to itself in @@  \
            (capabilities[0].operational.on_failure.fallback.capability)
              name another capability or another agent; "retry_policy" repeats a call
            """
        ),
        Mistake(
            pricing,
            free,
            """
            "side_effect": "none", "on_failure": {
              "fallback": { "capability": "quote", "agent": @@"ledgr" } }
            """,
            """
            error: there is no agent "ledgr" in @@  \
            (capabilities[0].operational.on_failure.fallback.agent)
              did you mean "ledger"? there are: pricing, ledger
            """
        ),
        Mistake(
            pricing,
            free,
            """
            "side_effect": "none", "on_failure": {
              "fallback": { "capability": @@"quote", "agent": "ledger" } }
            """,
            """
            error: agent "ledger" does not offer capability "quote" to fall back to in @@  \
            (capabilities[0].operational.on_failure.fallback.capability)
              there are: post_entry, get_entry, reverse_entry
            """
        ),
        Mistake(
            pricing,
            free,
            #""side_effect": "none", "compensation": @@{ "capability": "reverse_entry" }"#,
            """
            warning: "compensation" does nothing: a call that is none leaves nothing to undo in \
            @@  (capabilities[0].operational.compensation)
            """
        ),
        Mistake(
            pricing,
            free,
            #""side_effect": "additive", "compensation": @@"keep""#,
            """
            error: only the effect of a call that is additive and idempotent may be kept in @@  \
            (capabilities[0].operational.compensation)
              write "none" when nothing undoes it: a run that fails then lists it
            """
        ),
    ]

    private static let get = #""function": { "name": "get_entry" }"#
    private static let asked = """
        it is called with "key", the idempotency key of the call in doubt, and "arguments", what \
        that was given
        """

    private static let verification = [
        Mistake(
            ledger,
            get,
            """
            "function": { "name": "get_entry", "parameters": { "type": "object",
              "additionalProperties": false, "properties": { "key": true } } }
            """,
            """
            error: "get_entry" (verification of ledger.post_entry) takes no "arguments" in \
            agents/ledger/agent.json:33:24  (capabilities[0].operational.verify_with)
              \(asked)
            """
        ),
        Mistake(
            ledger,
            get,
            """
            "function": { "name": "get_entry", "parameters": { "required": ["key", "entry_id"] } }
            """,
            """
            error: "get_entry" (verification of ledger.post_entry) needs "entry_id" in \
            agents/ledger/agent.json:33:24  (capabilities[0].operational.verify_with)
              \(asked)
            """
        ),
        Mistake(
            ledger,
            get,
            #""function": { "name": "get_entry" }, "returns": { "properties": { "found": true } }"#,
            """
            error: "get_entry" (verification of ledger.post_entry) does not return "happened" in \
            agents/ledger/agent.json:33:24  (capabilities[0].operational.verify_with)
              it returns "happened", true or false, and "result", what the call in doubt would \
            have returned
            """
        ),
    ]

    private static let plain = #"{ "capability": "reverse_entry" }"#
    private static let reverse = #"{ "name": "reverse_entry" }"#

    private static func args(_ args: String) -> String {
        #"{ "capability": "reverse_entry", "args": \#(args) }"#
    }

    private static let undo = [
        Mistake(
            ledger,
            plain,
            args(#"{ "id": @@"$result.entryid" }"#),
            """
            error: what "post_entry" returns has no "entryid" in $result.entryid in @@  \
            (capabilities[0].operational.compensation.args.id)
              did you mean "entry_id"? there are: entry_id
            """
        ),
        Mistake(
            ledger,
            plain,
            args(#"{ "list": ["$args.account", @@"$args.acount"] }"#),
            """
            error: what "post_entry" takes has no "acount" in $args.acount in @@  \
            (capabilities[0].operational.compensation.args.list[1])
              did you mean "account"? there are: account, amount_cents
            """
        ),
        Mistake(
            ledger,
            plain,
            args(#"{ "id": @@"$result.entry_id.first" }"#),
            """
            error: $result.entry_id.first asks for a part of a value of type string in @@  \
            (capabilities[0].operational.compensation.args.id)
            """
        ),
        Mistake(
            ledger,
            plain,
            args(#"{ "id": @@"$result[*]" }"#),
            """
            error: "$result[*]" is not a part of the undone call: "[*]" has no meaning here in \
            @@  (capabilities[0].operational.compensation.args.id)
              write $$ for a text that begins so
            """
        ),
        Mistake(
            ledger,
            """
            "idempotent": true,
                    "timeout": "5s",
                    "retry_policy": { "max_attempts": 4, "retry_on": ["transient"] },
                    "unknown_outcome": "verify",
                    "verify_with": "get_entry",
                    "compensation": { "capability": "reverse_entry" }
            """,
            #""compensation": { "capability": "reverse_entry", "#
                + #""args": @@{ "id": "$result.entry_id" } }"#,
            """
            warning: the undo of ledger.post_entry needs its result, which nobody knows when a \
            worker dies in the call in @@  (capabilities[0].operational.compensation.args)
              add "verify_with", which says it, or undo by what $args has
            """
        ),
        Mistake(
            ledger,
            #""compensation": "none", "idempotent": true"#,
            #""compensation": "none""#,
            """
            warning: "reverse_entry" (compensation of ledger.post_entry) is not safe to repeat and \
            names nothing to verify with in agents/ledger/agent.json:34:41  \
            (capabilities[0].operational.compensation.capability)
              make it idempotent: else a person decides whenever nobody knows if an undo happened
            """
        ),
    ]

    @Test(
        "The arguments of an undo must fit what undoes, as far as the schemas say",
        arguments: [
            (#"{ "id": "$result.entry_id" }"#, nil),
            (#"{ "id": "$result.entry_id", "why": "undone" }"#, nil),
            (#"{ "id": "e", "lines": ["$args.amount_cents", 3] }"#, nil),
            ("{}", #"args: capability "reverse_entry" needs "id""#),
            (
                #"{ "id": "$args.amount_cents" }"#,
                "args.id: capability \"reverse_entry\" takes type string here, and "
                    + "$args.amount_cents is of type integer"
            ),
            (
                #"{ "id": 5 }"#,
                "args.id: the argument does not fit capability \"reverse_entry\": "
                    + "must be a string, found a number"
            ),
            (
                #"{ "id": "e", "lines": ["$args.account"] }"#,
                "args.lines[0]: capability \"reverse_entry\" takes type integer here, and "
                    + "$args.account is of type string"
            ),
            (
                #"{ "id": "e", "reason": "$args.account" }"#,
                #"args.reason: capability "reverse_entry" takes no "reason""#
            ),
        ] as [(String, String?)]
    )
    func undoArguments(args: String, problem: String?) throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(Self.plain, with: Self.args(args), in: Self.ledger)
        try folder.replace(
            Self.reverse,
            with: """
                { "name": "reverse_entry", "parameters": { "type": "object",
                  "required": ["id"], "additionalProperties": false, "properties": {
                    "id": { "type": "string" }, "why": { "type": "string" },
                    "lines": { "type": "array", "items": { "type": "integer" } } } } }
                """,
            in: Self.ledger
        )
        let found = folder.load().diagnostics.filter { $0.severity == .error }
        let prefix = "capabilities[0].operational.compensation."
        #expect(
            found.map { "\($0.path): \($0.message)".replacing(prefix, with: "") }
                == (problem.map { [$0] } ?? [])
        )
        #expect(found.allSatisfy { $0.position != nil && $0.file.hasSuffix(Self.ledger) })
    }

    @Test("A part that the undone call need not have is warned about")
    func optionalParts() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(#" "required": ["entry_id"],"#, with: "", in: Self.ledger)
        let place = try folder.replace(
            Self.plain,
            with: Self.args(#"{ "id": @@"$result.entry_id", "of": "$args.account" }"#),
            in: Self.ledger
        )
        #expect(
            folder.report(folder.load().diagnostics) == [
                """
                warning: "entry_id" need not be in what "post_entry" returns, and without it there \
                is no $result.entry_id in agents/ledger/agent.json:\(place ?? "")  \
                (capabilities[0].operational.compensation.args.id)
                  list it under "required": an undo without its arguments fails
                """
            ]
        )
    }

    @Test("A contract's breaker is judged over the topology's")
    func breakerLevels() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            Self.free,
            with: #""side_effect": "none", "circuit_breaker": { "error_rate": 0.5 }"#,
            in: Self.pricing
        )
        try folder.replace(
            #""x_note": "mine""#,
            with: #""circuit_breakers": { "tool": { "minimum_calls": 20 } }"#,
            in: "topology.json"
        )
        #expect(folder.report(folder.load().diagnostics) == [])
    }
}
