import SwarmConfig

extension SchemaAgreementTests {
    /// What the levels may say about failures, and what they may not.
    static let policyChanges: [Change] = topologyPolicies + contractPolicies + workflowPolicies

    private static let note = #""x_note": "mine""#

    private static func topology(_ text: String, _ isRight: Bool) -> Change {
        Change(.topology, note, text, isRight)
    }

    private static let topologyPolicies: [Change] = [
        topology(#""failure": {}"#, true), topology(#""failure": []"#, false),
        topology(#""failure": { "on_failure": "skip" }"#, true),
        topology(#""failure": { "on_failure": "fallback" }"#, false),
        topology(#""failure": { "on_failure": { "fallback": { "capability": "quote" } } }"#, true),
        topology(
            #""failure": { "on_failure": { "fallback": { "capability": "quote@1" } } }"#,
            true
        ),
        topology(#""failure": { "on_failure": { "fallback": {} } }"#, false),
        topology(#""failure": { "on_failure": {} }"#, false),
        topology(#""failure": { "on_failure": ["undo"] }"#, false),
        topology(#""failure": { "on_unavailable": "fail" }"#, true),
        topology(#""failure": { "on_unavailable": "skip" }"#, false),
        topology(#""failure": { "unknown_outcome": "ask_human" }"#, true),
        topology(#""failure": { "retry": { "max_invalid_results": 0 } }"#, true),
        topology(#""failure": { "retry": { "max_invalid_results": 101 } }"#, false),
        topology(#""failure": { "retry": { "deadline": "90s" } }"#, true),
        topology(#""failure": { "retry": { "deadline": 90 } }"#, false),
        topology(#""failure": { "retry_policy": {} }"#, false),
        topology(#""circuit_breakers": { "tool": { "enabled": false } }"#, true),
        topology(#""circuit_breakers": { "tool": { "enabled": "no" } }"#, false),
        topology(#""circuit_breakers": { "tools": {} }"#, false),
        topology(#""circuit_breakers": { "agent": { "backoff": 1 } }"#, true),
        topology(#""circuit_breakers": { "agent": { "backoff": 0.9 } }"#, false),
        topology(
            #""circuit_breakers": { "workflow": { "error_rate": 1, "minimum_calls": 3 } }"#,
            true
        ),
        topology(
            #""circuit_breakers": { "workflow": { "error_rate": 0, "minimum_calls": 3 } }"#,
            false
        ),
        topology(#""circuit_breakers": { "workflow": { "half_open_calls": 0 } }"#, false),
        topology(#""retry_budget": { "tokens": 0 }"#, true),
        topology(#""retry_budget": { "tokens": -1 }"#, false),
        topology(#""retry_budget": null"#, false),
        Change(.topology, #""permits": 1"#, #""permits": 1, "max_hold": "5m""#, true),
        Change(.topology, #""permits": 1"#, #""permits": 1, "max_hold": 5"#, false),
        Change(.topology, #""concurrency": 4"#, #""budget": { "time": "5m" }"#, true),
        Change(.topology, #""concurrency": 4"#, #""budget": { "calls": 1.5 }"#, false),
        Change(.topology, #""concurrency": 4"#, #""circuit_breaker": { "window": "5s" }"#, true),
        Change(.topology, #""run_deadline": "30m""#, #""delegation_depth": 0"#, true),
        Change(.topology, #""run_deadline": "30m""#, #""delegation_depth": 65"#, false),
        Change(.topology, #""run_deadline": "30m""#, #""children": 0"#, true),
        Change(.topology, #""run_deadline": "30m""#, #""loop_window": 1"#, false),
        Change(.topology, #""run_deadline": "30m""#, #""loop_similarity": 1.1"#, false),
        Change(.topology, #""run_deadline": "30m""#, #""on_exhausted": "wrap_up""#, true),
    ]

    private static func pricing(_ text: String, _ isRight: Bool) -> Change {
        Change(.agent, #""side_effect": "read""#, #""side_effect": "read", \#(text)"#, isRight)
    }

    private static let contractPolicies: [Change] = [
        pricing(#""hedge": { "after": "1s" }"#, true), pricing(#""hedge": {}"#, false),
        pricing(#""hedge": { "after": "1s", "max": 17 }"#, false),
        pricing(#""retry_budget": { "success_return": 2 }"#, true),
        pricing(#""repeat_threshold": 1000"#, true), pricing(#""repeat_threshold": 0"#, false),
        pricing(#""on_failure": "ask""#, true), pricing(#""on_failure": "retry""#, false),
        pricing(#""on_unavailable": "wait""#, true),
        pricing(
            #""circuit_breaker": { "slow_call": "1s", "slow_rate": 0.5, "minimum_calls": 9 }"#,
            true
        ),
        pricing(#""circuit_breaker": { "slow_rate": 2 }"#, false),
        pricing(
            #""circuit_breaker": { "probe_timeout": "1s", "max_recovery_timeout": "1h" }"#,
            true
        ),
        pricing(#""retry": {}"#, false),
    ]

    private static func workflow(_ text: String, _ isRight: Bool) -> Change {
        Change(.workflow, #""version": "3""#, text, isRight)
    }

    private static func subtask(_ text: String, _ isRight: Bool) -> Change {
        Change(.workflow, #""timeout": "10s""#, text, isRight)
    }

    private static let workflowPolicies: [Change] = [
        workflow(#""failure": { "on_failure": "abort", "retry": { "jitter": 0 } }"#, true),
        workflow(#""failure": "abort""#, false),
        workflow(#""budget": { "usd": 0.01, "tokens": 0 }"#, true),
        workflow(#""budget": { "usd": "1" }"#, false),
        workflow(#""budget": { "euro": 1 }"#, false),
        workflow(#""on_exhausted": "stop""#, true), workflow(#""on_exhausted": "go_on""#, false),
        workflow(#""circuit_breaker": { "error_threshold": 3 }"#, true),
        workflow(#""circuit_breaker": { "threshold": 3 }"#, false),
        workflow(#""limits": { "children": 1, "delegated_subtasks": 0 }"#, true),
        workflow(#""limits": { "run_budget": {} }"#, false),
        subtask(#""pivot": true"#, true), subtask(#""pivot": "yes""#, false),
        subtask(#""finally": true"#, true), subtask(#""finally": 1"#, false),
        subtask(
            #""on_failure": { "fallback": { "capability": "quote", "args": {"sku":"A"} } }"#,
            true
        ),
        subtask(#""on_failure": { "fallback": { "capability": "quote", "args": [] } }"#, false),
        subtask(#""on_failure": { "fallback": { "capability": "Quote" } }"#, false),
        subtask(#""unknown_outcome": "verify""#, true),
        subtask(#""unknown_outcome": "retry""#, false),
    ]
}
