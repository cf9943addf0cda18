import SwarmModel
import SwarmSimulation
import Testing

/// A swarm with policies of every kind: doubt, undo, a pivot, fallbacks, questions, semaphores,
/// budgets and breakers.
enum RichSwarm {
    static func swarm() throws -> UserSwarm {
        let topology = try Topology(json: json(topology))
        let agents = try topology.agents.map { configuration in
            AgentPlan(
                configuration: configuration,
                manifest: try AgentManifest(
                    json: json(
                        """
                        {"schema_version": 1, "name": "\(configuration.name)", "version": "1.0.0",
                         "description": "Works", "exec": ["worker"], "capabilities": [
                         \(capabilities(of: configuration.name).joined(separator: ","))]}
                        """
                    )
                ),
                manifestDigest: Digest(words: (1, 2, 3, 4)),
                directory: "/"
            )
        }
        return UserSwarm(
            plan: SwarmPlan(topology: topology, agents: agents, directory: "/"),
            workflow: try Workflow(json: json(workflow)),
            input: .object([:])
        )
    }

    private static func json(_ text: String) throws -> JSON {
        try JSON(parsing: Array(text.utf8))
    }

    private static func capabilities(of agent: String) -> [String] {
        contracts.filter { agent == "desk" || ["guess", "cheap"].contains($0.name) }.map {
            """
            {"type": "function", "function": {"name": "\($0.name)", "description": "Works",
             "parameters": {"type": "object"}}, "returns": \($0.returns),
             "operational": \($0.operational)}
            """
        }
    }

    private static let topology = """
        {"schema_version": 1, "name": "rich",
         "coordinator": {"limits": {"run_deadline": "10m", "run_budget": {"usd": 0.5}}},
         "supervision": {"max_restarts": 3, "within": "30s"},
         "failure": {"retry": {"max_attempts": 4, "initial": "100ms", "max": "2s"}},
         "retry_budget": {"tokens": 60},
         "semaphores": {"gate": {"permits": 2, "max_hold": "3s"},
                        "seat": {"permits": 1, "max_wait": "20s"}},
         "agents": {
           "desk": {"manifest": "desk.json", "replicas": 2, "concurrency": 2},
           "aide": {"manifest": "aide.json", "concurrency": 3, "semaphores": ["seat"],
                    "restart": {"policy": "on_failure"},
                    "circuit_breaker": {"error_threshold": 4, "recovery_timeout": "3s",
                                        "half_open_calls": 3}}}}
        """

    private static let contracts: [(name: String, returns: String, operational: String)] = [
        (
            "plan",
            """
            {"type": "object", "properties": {"trips": {"type": "array", "items":
             {"type": "object", "properties": {"id": {"type": "string"}}}}}}
            """,
            """
            {"side_effect": "none", "idempotent": true, "timeout": "5s",
             "cost_estimate": {"usd": 0.01, "tokens": 100, "latency": "300ms"}}
            """
        ),
        (
            "book",
            #"{"type": "object", "required": ["ref"], "properties": {"ref": {"type": "string"}}}"#,
            """
            {"side_effect": "additive", "idempotent": false, "timeout": "8s",
             "verify_with": "look", "cost_estimate": {"usd": 0.02, "latency": "100ms"},
             "circuit_breaker": {"error_threshold": 3, "recovery_timeout": "5s",
                                 "half_open_calls": 2},
             "compensation": {"capability": "cancel",
                              "args": {"id": "$args.id", "ref": "$result.ref"}}}
            """
        ),
        (
            "cancel", "{}",
            """
            {"side_effect": "additive", "idempotent": false, "timeout": "8s",
             "compensation": "none"}
            """
        ),
        ("look", "{}", #"{"side_effect": "read", "idempotent": true, "timeout": "3s"}"#),
        (
            "charge", "{}",
            """
            {"side_effect": "destructive", "idempotent": false, "timeout": "8s",
             "start": "confirmed", "unknown_outcome": "ask_human", "compensation": "none"}
            """
        ),
        (
            "mail", "{}",
            """
            {"side_effect": "additive", "idempotent": true, "timeout": "3s",
             "compensation": "keep", "retry_policy": {"max_attempts": 2, "deadline": "20s"}}
            """
        ),
        (
            "guess", "{}",
            """
            {"side_effect": "none", "idempotent": true, "timeout": "2s",
             "cost_estimate": {"usd": 0.001}, "retry_policy": {"max_attempts": 1}}
            """
        ),
        (
            "cheap", "{}",
            #"{"side_effect": "none", "idempotent": true, "timeout": "2s"}"#
        ),
        (
            "opine", "{}",
            """
            {"side_effect": "read", "idempotent": true, "timeout": "2s",
             "cost_estimate": {"usd": 0.001}, "hedge": {"after": "500ms"}}
            """
        ),
        (
            "log", "{}",
            """
            {"side_effect": "additive", "idempotent": true, "timeout": "2s",
             "on_failure": "skip", "compensation": "keep"}
            """
        ),
    ]

    private static let workflow = """
        {"schema_version": 1, "name": "trips", "subtasks": {
          "plan": {"capability": "plan", "args": {}},
          "opinion": {"capability": "opine", "args": {"plan": "${plan}"}, "on_failure": "skip"},
          "guess": {"capability": "guess", "args": {"text": "${opinion.text}"},
            "on_failure": {"fallback": {"capability": "cheap",
                                        "args": {"why": "${plan.trips[0].id}"}}}},
          "book": {"capability": "book", "for_each": "${plan.trips}", "max_parallel": 3,
            "semaphores": ["gate"], "retry": {"max_attempts": 3},
            "args": {"id": "${item.id}", "n": "${item_index}", "guess": "${guess}"}},
          "charge": {"capability": "charge", "args": {"refs": "${book[*].ref}"}, "pivot": true,
            "timeout": "6s"},
          "mail": {"capability": "mail", "args": {"of": "${charge}"}, "on_failure": "ask"},
          "log": {"capability": "log", "args": {"text": "trip ${plan.trips[1].id}"},
            "needs": ["mail"], "priority": 3}},
         "output": {"refs": "${book[*].ref}", "mail": "${mail}", "log": "${log}"},
         "budget": {"usd": 0.3}, "circuit_breaker": {"error_threshold": 3}}
        """
}
