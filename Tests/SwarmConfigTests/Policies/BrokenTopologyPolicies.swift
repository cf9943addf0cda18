import SwarmConfig
import SwarmModel
import Testing

/// One mistake in what a topology says about failures, one report with the exact place.
@Suite("Broken policies of a topology")
struct BrokenTopologyPolicies {
    @Test("Each mistake is reported where it is", arguments: failures + breakers + limits)
    func mistake(_ mistake: Mistake) throws { try mistake.expectReport() }

    private static let file = "topology.json"
    private static let note = #""x_note": "mine""#

    private static let failures = [
        Mistake(
            file,
            note,
            #""failure": { "on_failure": @@"undoo" }"#,
            """
            error: "on_failure" is "undoo" in @@  (failure.on_failure)
              did you mean "undo"? expected one of: undo, abort, skip, ask
            """
        ),
        Mistake(
            file,
            note,
            #""failure": { "on_failure": @@{} }"#,
            """
            error: missing key "fallback" in @@  (failure.on_failure)
              expected an object: The call to make instead.
            """
        ),
        Mistake(
            file,
            note,
            #""failure": { "on_failure": { "fallback": { "capability": @@"quot" } } }"#,
            """
            error: no agent offers capability "quot" to fall back to in @@  \
            (failure.on_failure.fallback.capability)
              did you mean "quote"? there are: quote, post_entry, get_entry, reverse_entry
            """
        ),
        Mistake(
            file,
            note,
            """
            "failure": { "on_failure": { "fallback": {
              "capability": "quote", "args": { "sku": @@"$${input.sku}" } } } }
            """,
            """
            error: ${input.sku} means nothing here, where there is no run to refer to in @@  \
            (failure.on_failure.fallback.args.sku)
              name the fallback in the subtask, or leave out "args": it then gets the arguments of \
            the call that failed
            """
        ),
        Mistake(
            file,
            note,
            #""failure": { "retry": { "jitter": @@1.5 } }"#,
            """
            error: "jitter" is 1.5 in @@  (failure.retry.jitter)
              expected a number from 0.0 to 1.0
            """
        ),
        Mistake(
            file,
            note,
            #""failure": { "retry": { "initial": @@"20s", "max": "10s" } }"#,
            """
            error: "initial" is longer than "max", 10s in @@  (failure.retry.initial)
              expected initial to be no more than max
            """
        ),
        Mistake(
            file,
            note,
            #""failure": { @@"deadline": "1m" }"#,
            """
            error: unknown key "deadline" in @@  (failure)
              failure takes: retry, unknown_outcome, on_failure, on_unavailable; see: swarm config \
            schema topology
            """
        ),
        Mistake(
            file,
            note,
            #""retry_budget": { "tokens": @@4 }"#,
            """
            error: "tokens" is 4, and a retry takes 5 in @@  (retry_budget.tokens)
              expected enough for one retry, or 0 for none
            """
        ),
    ]

    private static let breakers = [
        Mistake(
            file,
            note,
            #""circuit_breakers": { "tool": { "window": @@"1500ms" } }"#,
            """
            error: "window" is 1s500ms in @@  (circuit_breakers.tool.window)
              expected whole seconds, which is what a breaker counts in
            """
        ),
        Mistake(
            file,
            note,
            #""circuit_breakers": { "tool": { "window": @@"2h" } }"#,
            """
            error: "window" is "2h" in @@  (circuit_breakers.tool.window)
              expected a duration with a unit, from 1s to 1h
            """
        ),
        Mistake(
            file,
            note,
            #""circuit_breakers": { "agent": { "error_threshold": @@0 } }"#,
            """
            error: "error_threshold" is 0 in @@  (circuit_breakers.agent.error_threshold)
              expected an integer from 1 to 1000000
            """
        ),
        Mistake(
            file,
            note,
            #""circuit_breakers": { "workflow": { "error_rate": @@0.5 } }"#,
            """
            error: "error_rate" needs "minimum_calls" in @@  (circuit_breakers.workflow.error_rate)
              one failure of one call would be a rate of 1
            """
        ),
        Mistake(
            file,
            note,
            #""circuit_breakers": { "agent": { "slow_rate": @@0.5, "minimum_calls": 9 } }"#,
            """
            error: "slow_rate" needs "slow_call" in @@  (circuit_breakers.agent.slow_rate)
              add the time above which a call is slow
            """
        ),
        Mistake(
            file,
            note,
            #""circuit_breakers": { "agent": { "slow_call": @@"1s" } }"#,
            """
            warning: "slow_call" does nothing without "slow_rate" in @@  \
            (circuit_breakers.agent.slow_call)
              add the share of slow calls that opens the breaker, from 0.001 to 1
            """
        ),
        Mistake(
            file,
            note,
            #""circuit_breakers": { "tool": { "recovery_timeout": @@"11m" } }"#,
            """
            error: "recovery_timeout" is longer than "max_recovery_timeout", 10m in @@  \
            (circuit_breakers.tool.recovery_timeout)
              expected recovery_timeout to be no more than max_recovery_timeout
            """
        ),
        Mistake(
            file,
            #""concurrency": 4"#,
            #""circuit_breaker": { "max_recovery_timeout": @@"10s" }"#,
            """
            error: "recovery_timeout" is longer than "max_recovery_timeout", 10s in @@  \
            (agents.pricing.circuit_breaker.max_recovery_timeout)
              expected recovery_timeout to be no more than max_recovery_timeout
            """
        ),
        Mistake(
            file,
            #""concurrency": 4"#,
            #""circuit_breaker": { "error_rate": @@1.01 }"#,
            """
            error: "error_rate" is 1.01 in @@  (agents.pricing.circuit_breaker.error_rate)
              expected a number from 0.001 to 1.0
            """
        ),
    ]

    private static let limits = [
        Mistake(
            file,
            #""run_deadline": "30m""#,
            #""loop_window": @@3"#,
            """
            error: "loop_window" is 3, and a loop shows at 4 calls in @@  \
            (coordinator.limits.loop_window)
              expected loop_window to be more than repeat_threshold
            """
        ),
        Mistake(
            file,
            #""run_deadline": "30m""#,
            #""repeat_threshold": @@64"#,
            """
            error: "loop_window" is 64, and a loop shows at 65 calls in @@  \
            (coordinator.limits.repeat_threshold)
              expected loop_window to be more than repeat_threshold
            """
        ),
        Mistake(
            file,
            #""run_deadline": "30m""#,
            #""loop_similarity": @@75"#,
            """
            error: "loop_similarity" is 75 in @@  (coordinator.limits.loop_similarity)
              expected a number from 0.0 to 1.0
            """
        ),
        Mistake(
            file,
            #""run_deadline": "30m""#,
            #""children": @@11, "delegated_subtasks": 10"#,
            """
            warning: "children" is 11, and a run may hold 10 delegated subtasks in all in @@  \
            (coordinator.limits.children)
              lower it, or raise "delegated_subtasks"
            """
        ),
        Mistake(
            file,
            #""run_deadline": "30m""#,
            #""run_budget": { "usd": @@-1 }"#,
            """
            error: "usd" is -1 in @@  (coordinator.limits.run_budget.usd)
              expected a number, 0.0 or more
            """
        ),
        Mistake(
            file,
            #""run_deadline": "30m""#,
            #""on_exhausted": @@"wrapup""#,
            """
            error: "on_exhausted" is "wrapup" in @@  (coordinator.limits.on_exhausted)
              did you mean "wrap_up"? expected one of: stop, wrap_up
            """
        ),
        Mistake(
            file,
            #""permits": 1"#,
            #""permits": 1, "max_hold": @@"0s""#,
            """
            error: "max_hold" is "0s" in @@  (semaphores.ledger-write.max_hold)
              expected a duration with a unit, at least 1ms
            """
        ),
    ]

    @Test("What one level leaves out is taken from the level below before it is judged")
    func levels() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            Self.note,
            with: """
                "circuit_breakers": { "agent": { "minimum_calls": 20, "slow_call": "1s",
                  "slow_rate": 0.9 } }
                """,
            in: Self.file
        )
        try folder.replace(
            #""defaults": {"#,
            with: #""defaults": { "circuit_breaker": { "max_recovery_timeout": "1h" },"#,
            in: Self.file
        )
        try folder.replace(
            #""concurrency": 4"#,
            with: """
                "circuit_breaker": { "error_rate": 0.5, "slow_rate": 0.5,
                  "recovery_timeout": "30m" }
                """,
            in: Self.file
        )
        let loaded = folder.load()
        #expect(folder.report(loaded.diagnostics) == [])
        let plan = try #require(loaded.plan)
        let breakers = plan.topology.circuitBreakers
        let nearest = plan.agent(named: "pricing")?.configuration.circuitBreaker
        let expected = CircuitBreakerPolicy(
            errorThreshold: 10,
            recoveryTimeout: .seconds(1800),
            errorRate: 0.5,
            minimumCalls: 20,
            slowCall: .seconds(1),
            slowRate: 0.5,
            maxRecoveryTimeout: .seconds(3600)
        )
        #expect(breakers.policy(for: .agent, nearest: nearest) == expected)
    }

    @Test("An agent that may spend more than a whole run is warned about")
    func agentBudget() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            #""run_deadline": "30m""#,
            with: #""run_budget": { "usd": 2, "tokens": 100, "calls": 5, "time": "1m" }"#,
            in: Self.file
        )
        try folder.replace(
            #""concurrency": 4"#,
            with: #""budget": { "usd": 2.5, "tokens": 100, "calls": 6, "time": "61s" }"#,
            in: Self.file
        )
        let warnings = folder.load().diagnostics.filter { $0.severity == .warning }
        #expect(
            warnings.map { "\($0.path): \($0.message)" } == [
                "agents.pricing.budget.usd: \"usd\" does nothing: a whole run may spend no more "
                    + "than 2.0",
                "agents.pricing.budget.calls: \"calls\" does nothing: a whole run may spend no "
                    + "more than 5",
                "agents.pricing.budget.time: \"time\" does nothing: a whole run may spend no more "
                    + "than 1m",
            ]
        )
    }
}
