import FoundationEssentials
import SwarmConfig
import SwarmModel
import Testing

/// One mistake in a manifest, one report with the exact place.
@Suite("A broken manifest")
struct BrokenManifestTests {
    @Test("Each mistake is reported where it is", arguments: mistakes)
    func mistake(_ mistake: Mistake) throws { try mistake.expectReport() }

    private static let ledger = "agents/ledger/agent.json"
    private static let pricing = "agents/pricing/agent.json"

    private static let mistakes = [
        Mistake(
            ledger,
            #""idempotent": true,"#,
            #"@@"idempotant": true,"#,
            """
            error: unknown key "idempotant" in @@  (capabilities[0].operational)
              did you mean "idempotent"? operational takes: version, side_effect, idempotent, \
            open_world, risk, timeout, cost_estimate, retry_policy, unknown_outcome, on_failure, \
            on_unavailable, verify_with, circuit_breaker, retry_budget, hedge, repeat_threshold, \
            compensation, start, audit_level, data_classification; see: swarm config schema agent
            """
        ),
        Mistake(
            ledger,
            #""timeout": "5s""#,
            #""timeout": @@5"#,
            """
            error: "timeout" is the bare number 5 in @@  (capabilities[0].operational.timeout)
              did you mean "5s"? expected a duration with a unit, at least 1ms
            """
        ),
        Mistake(
            ledger,
            #"["transient"]"#,
            #"[@@"transcient"]"#,
            """
            error: element 0 of "retry_on" is "transcient" in @@  \
            (capabilities[0].operational.retry_policy.retry_on[0])
              did you mean "transient"? expected one of: transient, timeout, unavailable, \
            validation, permission, conflict, internal, rate_limited, not_found, worker_lost, \
            lease_expired, version_skew
            """
        ),
        Mistake(
            ledger,
            #""name": "get_entry""#,
            #""name": @@"getEntry""#,
            """
            error: no agent offers capability "get_entry" (verification of ledger.post_entry) in \
            agents/ledger/agent.json:33:24  (capabilities[0].operational.verify_with)
              did you mean "getEntry"? there are: quote, post_entry, getEntry, reverse_entry
            """,
            """
            error: "name" is "getEntry" in @@  (capabilities[1].function.name)
              expected a name like post_entry: a lower-case letter, then up to 63 of a-z, 0-9, _ and -
            """
        ),
        Mistake(
            ledger,
            #""name": "reverse_entry""#,
            #""name": @@"get_entry""#,
            """
            error: no agent offers capability "reverse_entry" (compensation of ledger.post_entry) \
            in agents/ledger/agent.json:34:41  (capabilities[0].operational.compensation.capability)
              there are: quote, post_entry, get_entry
            """,
            """
            error: a second capability is named "get_entry" in @@  (capabilities[2].function.name)
              each capability of an agent needs a name of its own
            """
        ),
        Mistake(
            ledger,
            #"{ "type": "integer" }"#,
            #"@@{ "type": "int" }"#,
            """
            error: "parameters" is not a valid JSON Schema: there is no type 'int'; use one of \
            string, number, integer, boolean, array, object, null in @@  \
            (capabilities[0].function.parameters.properties.amount_cents)
            """
        ),
        Mistake(
            ledger,
            #"["account", "amount_cents"]"#,
            #"["account"]"#,
            """
            error: "strict" needs every property to be required, and "amount_cents" is not in \
            agents/ledger/agent.json:18:13  \
            (capabilities[0].function.parameters.properties.amount_cents)
              require it, and write an optional one as a union with null
            """
        ),
        Mistake(
            ledger,
            #""verify_with": "get_entry","#,
            #""verify_with": @@"get_enrty","#,
            """
            error: no agent offers capability "get_enrty" (verification of ledger.post_entry) in \
            @@  (capabilities[0].operational.verify_with)
              did you mean "get_entry"? there are: quote, post_entry, get_entry, reverse_entry
            """
        ),
        Mistake(
            ledger,
            #""verify_with": "get_entry","#,
            #""verify_with": @@"reverse_entry","#,
            """
            error: "reverse_entry" (verification of ledger.post_entry) is additive, not read in \
            @@  (capabilities[0].operational.verify_with)
              a question must not change what it asks about
            """
        ),
        Mistake(
            ledger,
            """
            "unknown_outcome": "verify",
                    "verify_with": "get_entry",
            """,
            #""unknown_outcome": @@"verify","#,
            """
            error: "unknown_outcome" is "verify", and nothing is named to verify with in @@  \
            (capabilities[0].operational.unknown_outcome)
              add "verify_with": the read capability that answers whether it happened
            """
        ),
        Mistake(
            ledger,
            #""capability": "reverse_entry""#,
            #""capability": @@"revert_entry""#,
            """
            error: no agent offers capability "revert_entry" (compensation of ledger.post_entry) \
            in @@  (capabilities[0].operational.compensation.capability)
              did you mean "reverse_entry"? there are: quote, post_entry, get_entry, reverse_entry
            """
        ),
        Mistake(
            ledger,
            #""side_effect": "additive", "compensation": "none""#,
            #""side_effect": @@"additive""#,
            """
            warning: "reverse_entry" is additive and does not say how it is undone in @@  \
            (capabilities[2].operational.side_effect)
              add "compensation" with a capability, "keep" when its effect may stay, or "none"
            """
        ),
        Mistake(
            ledger,
            #""compensation": "none""#,
            #""compensation": @@"nothing""#,
            """
            error: "compensation" is "nothing" in @@  (capabilities[2].operational.compensation)
              expected one of: none, keep
            """
        ),
        Mistake(
            ledger,
            #"["./ledger.sh"]"#,
            #"[@@"./ledgre.sh"]"#,
            """
            error: no such program: ./ledgre.sh (agents/ledger/ledgre.sh) in @@  (exec[0])
              a path is relative to the manifest's folder; check it, or build the program
            """
        ),
        Mistake(
            ledger,
            #"["./ledger.sh"]"#,
            #"[@@"./agent.json"]"#,
            """
            error: agents/ledger/agent.json may not be executed by this user in @@  (exec[0])
              chmod +x agents/ledger/agent.json
            """
        ),
        Mistake(
            ledger,
            #""exec": ["./ledger.sh"],"#,
            "",
            """
            error: nothing says which program to start in topology.json:19:15  (agents.ledger)
              add "exec" to agents/ledger/agent.json, or here
            """
        ),
        Mistake(
            pricing,
            #""min": 1, "max": 1"#,
            #""min": 2, "max": 3"#,
            """
            error: the agent speaks protocol 2 to 3, the coordinator 1 in \
            agents/pricing/agent.json:5:15  (protocol)
              build the agent with an SDK of this version
            """
        ),
        Mistake(
            pricing,
            #""min": 1, "max": 1"#,
            #""min": 2, "max": 1"#,
            """
            error: "min" is 2 and "max" is 1 in agents/pricing/agent.json:5:15  (protocol)
              expected min to be no more than max
            """
        ),
    ]

    @Test("Two agents that mean different things by one name are warned about")
    func conflict() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            #""name": "quote","#,
            with: #""name": "post_entry","#,
            in: Self.pricing
        )
        let warnings = folder.load().diagnostics.filter { $0.code == .contractConflict }
        #expect(
            folder.report(warnings) == [
                """
                warning: "post_entry" takes other parameters here than at agent "pricing" in \
                agents/ledger/agent.json:10:17  (capabilities[0].function.name)
                  either may be asked; give one of them another name, or name the agent in the \
                workflow
                """
            ]
        )
    }

    @Test("A program that is there and may not be executed is an error")
    func notExecutable() throws {
        let folder = try ConfigurationFolder()
        defer { folder.remove() }
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644],
            ofItemAtPath: "\(folder.path)/agents/ledger/ledger.sh"
        )
        #expect(
            folder.report(folder.load().diagnostics) == [
                """
                error: agents/ledger/ledger.sh may not be executed by this user in \
                agents/ledger/agent.json:5:12  (exec[0])
                  chmod +x agents/ledger/ledger.sh
                """
            ]
        )
    }

    @Test("A capability that says nothing about its side effect is named in a note")
    func pessimisticDefault() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        let place = try folder.replace(
            #""operational": { "side_effect": "read" }"#,
            with: #""operational": @@{ }"#,
            in: Self.ledger
        )
        let notes = folder.load().diagnostics.filter { $0.code == .pessimisticDefault }
        #expect(
            notes.map { folder.short($0.description) } == [
                """
                note: "get_entry" says nothing about its side effect and counts as destructive in \
                agents/ledger/agent.json:\(place ?? "")  (capabilities[1].operational)
                  add "side_effect": none, read, additive or destructive
                """
            ]
        )
    }
}
