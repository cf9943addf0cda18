import Foundation
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("Circuit breakers of real workers")
    struct BreakerTests {
        /// Two workers of which the first fails as long as the file `sick` is there.
        private func start(_ folder: SwarmFolder) async throws {
            let contract: JSON = [
                "type": "function",
                "function": ["name": "work", "parameters": ["type": "object"]],
                "operational": [
                    "side_effect": "none", "idempotent": true, "timeout": "30s",
                    "retry_policy": ["max_attempts": 20, "initial": "1ms", "max": "5ms"],
                    "circuit_breaker": [
                        "error_threshold": 3, "window": "60s", "recovery_timeout": "10m",
                    ],
                ],
            ]
            let manifest: JSON = [
                "schema_version": 1, "name": "flaky", "version": "1.0.0",
                "exec": ["./worker.py"], "capabilities": [contract],
            ]
            try folder.write(manifest.description, to: "agents/flaky/agent.json")
            try folder.writePython(
                """
                import os
                from swarm_worker import Retryable, worker
                @worker.capability(side_effect="none", idempotent=True)
                def work() -> dict:
                    me = os.environ["SWARM_INSTANCE"]
                    if me == "flaky-1" and os.path.exists("sick"): raise Retryable("HTTP 503")
                    return {"by": me}
                worker.run()
                """,
                for: "flaky"
            )
            try folder.writeTopology(agents: [
                "flaky": ["replicas": 2, "ready": ["timeout": "30s"]]
            ])
            try folder.writeWorkflow(
                "many",
                input: ["type": "object", "properties": ["items": ["type": "array"]]],
                subtasks: [
                    "work": ["capability": "work", "for_each": "${input.items}", "args": [:]]
                ],
                output: ["by": "${work[*].by}"]
            )
            try await folder.up()
        }

        @Test("A breaker opens on a worker that fails, and its sibling takes over")
        func takesOver() async throws {
            try await SwarmFolder.with { folder in
                try await start(folder)
                try folder.write("", to: "sick")
                let items = JSON.array((0..<40).map { .integer($0) })
                let run = try await folder.data("run", "many", "-i", "items=\(items)")
                #expect(run["state"] == "succeeded")
                #expect(run["output"]?["by"] == .array(Array(repeating: "flaky-2", count: 40)))
                let breakers = try await folder.data("breaker", "ls")["breakers"]?.arrayValue ?? []
                let open = breakers.filter { $0["state"] == "open" }
                #expect(open.map { $0["breaker"] } == ["work@flaky-1"], "\(breakers)")
                #expect(open.first?["openings"] == 1)
                #expect(try await folder.worker("flaky-1")["open_breakers"] == ["work@flaky-1"])
                let logs = try await folder.swarm("logs", "--event", "breaker.opened")
                #expect(logs.output.contains("work@flaky-1"), "\(logs)")
                // It failed exactly as often as it took to open.
                let failed = try await folder.journal(
                    "SELECT worker, count(*) FROM records WHERE type = 'attempt_ended' GROUP BY 1"
                )
                #expect(failed == [["flaky-1", 3]])
            }
        }

        @Test("With every breaker open a subtask waits and says so, until an operator closes one")
        func forced() async throws {
            try await SwarmFolder.with { folder in
                try await start(folder)
                for worker in ["flaky-1", "flaky-2"] {
                    try await folder.data(
                        "breaker",
                        "open",
                        "work@\(worker)",
                        "--reason",
                        "maintenance"
                    )
                }
                _ = try await folder.data("run", "many", "-i", "items=[1]", "--detach")
                let blocked = try await eventually("the run says what it waits for") {
                    let shown = try await folder.data("show", "r_1")
                    return shown.when(shown["blocked"] != nil)
                }
                #expect(blocked["state"] == "running")
                #expect(blocked["next"] == ["swarm ps", "swarm breaker ls"])
                let text = try await folder.swarm("show", "r_1", "--node", "work", "--all")
                #expect(
                    text.output.contains("maintenance") || text.output.contains("open"),
                    "\(text)"
                )
                let unknown = try await folder.swarm("breaker", "reset", "nope@flaky-1", "--json")
                #expect(unknown.status == 65, "\(unknown)")

                try await folder.data("breaker", "close", "work@flaky-2", "--reason", "done")
                let ended = try await folder.ended("r_1")
                #expect(ended["output"]?["by"] == ["flaky-2"])
                try await folder.data("breaker", "reset", "work@flaky-1")
                let user = try await folder.journal(
                    """
                    SELECT body ->> '$.breaker', body ->> '$.state', body ->> '$.reason'
                    FROM records WHERE type = 'breaker_moved' ORDER BY seq
                    """
                )
                #expect(
                    user.prefix(3) == [
                        ["work@flaky-1", "forced_open", "maintenance"],
                        ["work@flaky-2", "forced_open", "maintenance"],
                        ["work@flaky-2", "closed", "done"],
                    ]
                )
            }
        }
    }
}
