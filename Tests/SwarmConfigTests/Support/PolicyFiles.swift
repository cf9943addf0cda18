extension ConfigurationFolder {
    /// Lets every file say something about failures, breakers, budgets and loops.
    mutating func addPolicies() throws {
        try replace(
            #""x_note": "mine""#,
            with: """
                "failure": {
                  "on_failure": { "fallback": { "capability": "get_entry", "args": { "a": [1] } } },
                  "unknown_outcome": "ask_human", "on_unavailable": "fail",
                  "retry": { "factor": 3, "deadline": "5m", "retry_on": ["conflict"] }
                },
                "circuit_breakers": {
                  "tool": { "window": "20s", "error_rate": 0.5, "minimum_calls": 9 },
                  "agent": { "enabled": false },
                  "workflow": { "slow_call": "1s", "slow_rate": 1, "minimum_calls": 3 }
                },
                "retry_budget": { "tokens": 50, "timeout_cost": 7 }
                """,
            in: "topology.json"
        )
        try replace(
            #""run_deadline": "30m""#,
            with: """
                "children": 3, "on_exhausted": "wrap_up",
                "run_budget": { "usd": 0.5, "tokens": 9, "calls": 9, "time": "5m" }
                """,
            in: "topology.json"
        )
        try replace(#""permits": 1"#, with: #""permits": 1, "max_hold": "1h""#, in: "topology.json")
        try replace(
            #""concurrency": 4"#,
            with: #""circuit_breaker": { "backoff": 3 }, "budget": { "calls": 2 }"#,
            in: "topology.json"
        )
        try replace(
            #""compensation": { "capability": "reverse_entry" }"#,
            with: """
                "hedge": { "after": "1s" }, "retry_budget": { "tokens": 10 },
                "circuit_breaker": { "probe_timeout": "1s" }, "repeat_threshold": 9,
                "compensation": { "capability": "reverse_entry", "deadline": "1h",
                  "args": { "id": "$result.entry_id", "of": ["$args.account"] } }
                """,
            in: "agents/ledger/agent.json"
        )
        try replace(
            #""version": "3","#,
            with: """
                "failure": { "on_failure": "abort", "retry": { "jitter": 0.5 } },
                "budget": { "usd": 0.25 }, "on_exhausted": "stop",
                "circuit_breaker": { "max_recovery_timeout": "1h" },
                "limits": { "children": 2, "deadline": "5m" },
                """,
            in: "workflows/order.json"
        )
        try replace(
            #""timeout": "10s","#,
            with: """
                "pivot": true, "on_failure": { "fallback": { "capability": "post_entry",
                  "agent": "ledger",
                  "args": { "account": "a", "amount_cents": "${first.cents}" } } },
                """,
            in: "workflows/order.json"
        )
    }
}
