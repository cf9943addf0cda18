import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("Calls within calls, and what they may spend")
    struct CallTreeTests {
        /// Planners that delegate as their arguments say, and workers that count what they did.
        private func start(
            _ folder: SwarmFolder,
            workflow: JSON = [:]
        ) async throws {
            func contract(_ name: String) -> JSON {
                [
                    "type": "function",
                    "function": ["name": .string(name), "parameters": ["type": "object"]],
                    "operational": [
                        "side_effect": "none", "idempotent": true, "timeout": "60s",
                        "retry_policy": ["max_attempts": 5, "initial": "10ms", "max": "50ms"],
                    ],
                ]
            }
            let manifest: JSON = [
                "schema_version": 1, "name": "team", "version": "1.0.0",
                "exec": ["./worker.py"],
                "capabilities": [contract("plan"), contract("work")],
            ]
            try folder.write(manifest.description, to: "agents/team/agent.json")
            try folder.writePython(
                """
                from swarm_worker import worker
                @worker.capability(side_effect="none", idempotent=True)
                def plan(levels: int, items: list, *, ctx) -> dict:
                    if levels > 0:
                        return ctx.delegate("plan", {"levels": levels - 1, "items": items})
                    return {"done": [ctx.delegate("work", {"item": item}) for item in items]}
                @worker.capability(side_effect="none", idempotent=True)
                def work(item: str, *, ctx) -> dict:
                    open("log", "a").write(item + "\\n")
                    ctx.report_cost(usd=0.25, tokens=10)
                    return {"item": item, "depth_left": ctx.depth_left}
                worker.run()
                """,
                for: "team"
            )
            // One worker with one permit: whoever waits for a call must give its permit back.
            try folder.writeTopology(
                agents: ["team": ["concurrency": 1, "ready": ["timeout": "30s"]]],
                coordinator: ["orphan_timeout": "60s"]
            )
            try folder.writeWorkflow(
                "job",
                input: [
                    "type": "object",
                    "properties": ["levels": ["type": "integer"], "items": ["type": "array"]],
                ],
                subtasks: [
                    "top": [
                        "capability": "plan",
                        "args": ["levels": "${input.levels}", "items": "${input.items}"],
                    ]
                ],
                output: ["result": "${top}"],
                extra: workflow
            )
            try await folder.up()
        }

        private func job(_ folder: SwarmFolder, _ levels: Int, _ items: String) async throws
            -> CommandResult
        {
            try await folder.swarm(
                "run",
                "job",
                "-i",
                "levels=\(levels)",
                "-i",
                "items=\(items)",
                "--json"
            )
        }

        @Test("A worker with one permit delegates to itself, three deep, and the tree shows it")
        func nested() async throws {
            try await SwarmFolder.with { folder in
                try await start(folder)
                let run = try await job(folder, 2, #"["a","b"]"#)
                #expect(run.status == 0, "\(run)")
                #expect(
                    try run.data["output"]?["result"]?["done"] == [
                        ["item": "a", "depth_left": 1], ["item": "b", "depth_left": 1],
                    ]
                )
                let tree = try await folder.swarm("show", "r_1", "--tree")
                for line in [
                    "top  plan  succeeded", "└─ top/1  plan  succeeded",
                    "   └─ top/1/1  plan  succeeded", "      ├─ top/1/1/1  work  succeeded",
                    "      └─ top/1/1/2  work  succeeded",
                ] { #expect(tree.output.contains(line), "\(line)\n\(tree)") }
                #expect(File.text("\(folder.path)/log") == "a\nb\n")
            }
        }

        @Test("A run that has used up its calls ends with 14, and says what was used")
        func budget() async throws {
            try await SwarmFolder.with { folder in
                try await start(folder, workflow: ["budget": ["calls": 3]])
                let run = try await job(folder, 0, #"["alpha","beta","gamma","delta"]"#)
                #expect(run.status == 14, "\(run)")
                #expect(try run.data["failure"]?["kind"] == "budget_exhausted")
                #expect(File.text("\(folder.path)/log") == "alpha\nbeta\n")
                let budget = try await folder.data("budget", "r_1")
                let lines = budget["lines"]?.arrayValue ?? []
                let calls = lines.first { $0["dimension"] == "calls" }
                #expect(calls?["used"] == 3, "\(budget)")
                let money = lines.first { $0["dimension"] == "usd" }
                #expect(money?["used"] == 0.5, "\(budget)")
                let logs = try await folder.swarm("logs", "--event", "budget.exhausted")
                #expect(logs.output.contains("3 of 3 calls"), "\(logs)")
            }
        }
    }
}
