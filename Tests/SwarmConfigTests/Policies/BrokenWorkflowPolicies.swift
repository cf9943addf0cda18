import SwarmConfig
import SwarmModel
import Testing

/// One mistake in what a workflow says about failures, one report with the exact place.
@Suite("Broken policies of a workflow")
struct BrokenWorkflowPolicies {
    @Test("Each mistake is reported where it is", arguments: policies + order + bounds)
    func mistake(_ mistake: Mistake) throws { try mistake.expectReport() }

    private static let file = "workflows/order.json"
    private static let ledger = "agents/ledger/agent.json"
    private static let version = #""version": "3","#
    private static let timeout = #""timeout": "10s","#
    private static let first = #""first": { "capability": "quote", "args": { "sku": "A" } },"#

    private static let policies = [
        Mistake(
            file,
            timeout,
            #""on_failure": @@"compensate","#,
            """
            error: "on_failure" is "compensate" in @@  (subtasks.post.on_failure)
              expected one of: undo, abort, skip, ask
            """
        ),
        Mistake(
            file,
            timeout,
            #""on_failure": { "fallback": { "capability": @@"reverse_entri" } },"#,
            """
            error: no agent offers capability "reverse_entri" to fall back to in @@  \
            (subtasks.post.on_failure.fallback.capability)
              did you mean "reverse_entry"? there are: quote, post_entry, get_entry, reverse_entry
            """
        ),
        Mistake(
            file,
            timeout,
            """
            "on_failure": { "fallback": { "capability": "reverse_entry",
              "args": { "id": @@"${frist.cents}" } } },
            """,
            """
            error: no subtask is named "frist" in ${frist.cents} in @@  \
            (subtasks.post.on_failure.fallback.args.id)
              did you mean "first"? there are: prices, first, input
            """
        ),
        Mistake(
            file,
            timeout,
            """
            "on_failure": { "fallback": { "capability": "quote",
              "args": { "sku": @@"${first.cents}" } } },
            """,
            """
            error: "sku" of capability "quote" is of type string, and ${first.cents} is of type \
            integer in @@  (subtasks.post.on_failure.fallback.args.sku)
            """
        ),
        Mistake(
            file,
            #""args": { "sku": "A" }"#,
            #""args": @@{ "sku": "A" }, "on_failure": { "fallback": { "capability": "post_entry" } }"#,
            """
            error: capability "post_entry" needs "account" in @@  (subtasks.first.args)
              it takes: account, amount_cents
            """,
            """
            error: capability "post_entry" needs "amount_cents" in @@  (subtasks.first.args)
              it takes: account, amount_cents
            """,
            """
            error: capability "post_entry" takes no "sku" in workflows/order.json:23:49  \
            (subtasks.first.args.sku)
              it takes: account, amount_cents
            """
        ),
        Mistake(
            file,
            version,
            #""failure": { "on_failure": { "fallback": { "capability": @@"q" } } },"#,
            """
            error: no agent offers capability "q" to fall back to in @@  \
            (failure.on_failure.fallback.capability)
              there are: quote, post_entry, get_entry, reverse_entry
            """
        ),
        Mistake(
            file,
            version,
            #""failure": { "retry": { "retry_on": [@@"denied"] } },"#,
            """
            error: element 0 of "retry_on" is "denied" in @@  (failure.retry.retry_on[0])
              expected one of: transient, timeout, unavailable, validation, permission, conflict, \
            internal, rate_limited, not_found, worker_lost, lease_expired, version_skew
            """
        ),
        Mistake(
            file,
            first,
            """
            "first": { "capability": "quote", "args": { "sku": "A" },
              "unknown_outcome": @@"verify" },
            """,
            """
            error: "unknown_outcome" is "verify", and "quote" names nothing to verify with in @@  \
            (subtasks.first.unknown_outcome)
              add "verify_with" to its contract, or ask a person: "ask_human"
            """
        ),
        Mistake(
            file,
            version,
            #""circuit_breaker": { "error_rate": @@0.2 },"#,
            """
            error: "error_rate" needs "minimum_calls" in @@  (circuit_breaker.error_rate)
              one failure of one call would be a rate of 1
            """
        ),
    ]

    private static let order = [
        Mistake(
            file,
            #""timeout": "10s","#,
            #""finally": true, "pivot": @@true,"#,
            """
            error: "post" is both "pivot" and "finally" in @@  (subtasks.post.pivot)
              what runs when a run is ending cannot be what makes it final; keep one
            """
        ),
        Mistake(
            file,
            first,
            """
            "first": { "capability": "quote", "finally": @@true, "args": { "sku": "A" } },
            """,
            """
            error: "post" waits for "first", which is marked "finally" in @@  \
            (subtasks.first.finally)
              mark "post" too, or let it wait for another
            """
        ),
        Mistake(
            file,
            first,
            """
            "first": { "capability": "quote", "pivot": true, "args": { "sku": "A" },
              "needs": ["last"] },
            "last": { "capability": "quote", "pivot": true, "args": { "sku": "A" } },
            """,
            """
            error: "first" is a second point of no return on its path: it comes after "last" in \
            workflows/order.json:23:48  (subtasks.first.pivot)
              mark one of them; what follows it must be safe to repeat
            """
        ),
    ]

    private static let bounds = [
        Mistake(
            file,
            version,
            #""limits": { "delegation_depth": @@5 },"#,
            """
            error: "delegation_depth" is 5, and the topology allows 4 in @@  \
            (limits.delegation_depth)
              expected no more than 4; a workflow may only lower it; raise it in \
            "coordinator.limits"
            """
        ),
        Mistake(
            file,
            version,
            #""limits": { "max_subtasks": @@1 },"#,
            """
            error: "max_subtasks" is 1, and each run holds at least 2 subtasks in @@  \
            (limits.max_subtasks)
            """
        ),
        Mistake(
            file,
            version,
            #""on_exhausted": @@"wrap_up","#,
            """
            warning: "on_exhausted" is "wrap_up", and no subtask is marked "finally" in @@  \
            (on_exhausted)
              mark what is to run when the budget is spent
            """
        ),
        Mistake(
            file,
            version,
            #""budget": { "calls": @@"5" },"#,
            """
            error: "calls" is "5" in @@  (budget.calls)
              expected an integer of 0 or more
            """
        ),
    ]

    @Test("What nothing undoes and nobody may repeat is an error where it is called")
    func irreversible() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            """
            "idempotent": true,
                    "timeout": "5s",
            """,
            with: #""timeout": "5s","#,
            in: Self.ledger
        )
        try folder.replace(
            #""compensation": { "capability": "reverse_entry" }"#,
            with: #""compensation": "none""#,
            in: Self.ledger
        )
        let place = try folder.replace(
            #""capability": "post_entry""#,
            with: #""capability": @@"post_entry""#,
            in: Self.file
        )
        #expect(
            folder.report(folder.load().diagnostics) == [
                """
                error: its capability, "post_entry", is additive, not safe to repeat, and its \
                contract says that nothing undoes it in workflows/order.json:\(place ?? "")  \
                (subtasks.post.capability)
                  add "pivot": true, the point of no return of the run, or name its "compensation"
                """
            ]
        )
        try folder.replace(Self.timeout, with: #""timeout": "10s", "pivot": true,"#, in: Self.file)
        let loaded = folder.load()
        #expect(folder.report(loaded.diagnostics) == [])
        #expect(loaded.workflows.first?.workflow?.subtasks.map(\.isPivot) == [false, false, true])
    }

    @Test("A run budget is lowered by a workflow, never raised")
    func budget() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            #""run_deadline": "30m""#,
            with: #""run_budget": { "usd": 2 }"#,
            in: "topology.json"
        )
        try folder.replace(
            Self.version,
            with: #""budget": { "usd": 2, "calls": 9 },"#,
            in: Self.file
        )
        #expect(folder.report(folder.load().diagnostics) == [])
        let place = try folder.replace(
            #""usd": 2, "calls""#,
            with: #""usd": @@2.5, "calls""#,
            in: Self.file
        )
        #expect(
            folder.report(folder.load().diagnostics) == [
                """
                error: "usd" is 2.5, and the topology allows 2.0 in \
                workflows/order.json:\(place ?? "")  (budget.usd)
                  expected no more than 2.0; a workflow may only lower it; raise it in \
                "coordinator.limits"
                """
            ]
        )
    }

    @Test("Without a swarm the order of steps is checked as far as the marks go")
    func alone() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(Self.version, with: #""limits": { "children": 99 },"#, in: Self.file)
        try folder.replace(Self.timeout, with: #""finally": true, "pivot": true,"#, in: Self.file)
        let loaded = ConfigurationLoader(environment: [:])
            .loadWorkflow("\(folder.path)/\(Self.file)", against: nil)
        #expect(loaded.diagnostics.map(\.code) == [.finally])
        #expect(loaded.workflow == nil)
    }

    @Test("Everything a workflow may say about failures is read")
    func reading() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            Self.version,
            with: """
                "failure": { "on_failure": "abort", "unknown_outcome": "fail",
                  "on_unavailable": "fail", "retry": { "factor": 3 } },
                "circuit_breaker": { "enabled": false }, "budget": { "calls": 7 },
                "on_exhausted": "stop", "limits": { "children": 3, "repeat_threshold": 2 },
                """,
            in: Self.file
        )
        try folder.replace(
            Self.timeout,
            with: """
                "on_failure": { "fallback": { "capability": "post_entry@1", "agent": "ledger" } },
                "unknown_outcome": "ask_human", "on_unavailable": "wait",
                """,
            in: Self.file
        )
        let loaded = folder.load()
        #expect(folder.report(loaded.diagnostics) == [])
        let workflow = try #require(loaded.workflows.first?.workflow)
        #expect(
            workflow.failure
                == FailurePolicy(
                    onFailure: .abort,
                    retry: PartialRetryPolicy(factor: 3),
                    unknownOutcome: .fail,
                    onUnavailable: .fail
                )
        )
        #expect(workflow.circuitBreaker == PartialCircuitBreakerPolicy(isEnabled: false))
        #expect(workflow.budget == Budget(calls: 7))
        #expect(workflow.onExhausted == .stop)
        #expect(workflow.limits.children == 3)
        #expect(workflow.limits.repeatThreshold == 2)
        let post = try #require(workflow.subtasks.last)
        #expect(
            post.failure
                == FailurePolicy(
                    onFailure: .fallback(Fallback(capability: "post_entry@1", agent: "ledger")),
                    retry: PartialRetryPolicy(maxAttempts: 2),
                    unknownOutcome: .askHuman,
                    onUnavailable: .wait
                )
        )
    }
}
