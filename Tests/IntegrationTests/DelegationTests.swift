import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("Delegation between real workers")
    struct DelegationTests {
        /// A worker that delegates and one that is delegated to.
        ///
        /// `ask` delegates one call: to itself, one level less deep, and at level 0 to `work`. That
        /// notes that it began, and waits until the file `go` is there.
        private static let program = """
            import os, time
            from swarm_worker import DelegatedFailure, worker

            def note(line):
                with open("notes", "a", encoding="utf-8") as file:
                    file.write(line + "\\n")

            @worker.capability(side_effect="none", idempotent=True)
            def ask(levels: int, *, ctx):
                inner = {"name": ctx.task} if levels == 0 else {"levels": levels - 1}
                try:
                    value = ctx.delegate("work" if levels == 0 else "ask", inner)
                except DelegatedFailure as failure:
                    chain = " ".join(call["task"] for call in failure.chain)
                    return [f"{failure.kind} at {ctx.depth_left}: {chain}"]
                return [ctx.task] + (value if isinstance(value, list) else [value])

            @worker.capability(side_effect="none", idempotent=True)
            def work(name: str, *, ctx) -> str:
                note(f"began {name}")
                try:
                    while not os.path.exists("go"):
                        ctx.sleep(0.01)
                except Exception:
                    note("stopped")
                    raise
                note("ended")
                return f"done by {ctx.task}"

            worker.run()
            """

        private func prepare(_ folder: SwarmFolder, limits: JSON = [:]) throws {
            try folder.writePython(Self.program, for: "both")
            let both = try folder.writeAgent(
                "both",
                exec: ["./worker.py"],
                capabilities: ["ask", "work"],
                // One subtask at a time: whoever waits for another must make room for it.
                settings: ["concurrency": 1, "replicas": 1]
            )
            try folder.writeTopology(
                agents: ["both": both],
                coordinator: ["orphan_timeout": "20s", "limits": limits]
            )
            try folder.writeWorkflow(
                "chain",
                subtasks: ["top": ["capability": "ask", "args": ["levels": 2]]],
                output: ["names": "${top}"]
            )
        }

        private func notes(_ folder: SwarmFolder) -> [String] {
            (File.text("\(folder.path)/notes") ?? "").split(separator: "\n").map(String.init)
        }

        private func began(_ folder: SwarmFolder) async throws {
            try await eventually("the innermost call has begun") { !notes(folder).isEmpty }
        }

        @Test("Calls inside calls end although their one worker does one thing at a time")
        func nested() async throws {
            try await SwarmFolder.with { folder in
                try prepare(folder)
                try await folder.up()
                try folder.write("", to: "go")
                let run = try await folder.swarm("run", "chain", "--json")
                try #require(run.status == 0, "\(run)")
                let expected: JSON = [
                    "r_1/top", "r_1/top/1", "r_1/top/1/1", "done by r_1/top/1/1/1",
                ]
                #expect(try run.data["output"]?["names"] == expected)
                #expect(notes(folder) == ["began r_1/top/1/1", "ended"])
            }
        }

        @Test("A restart of the coordinator in the middle of a call is not noticed by who waits")
        func restart() async throws {
            try await SwarmFolder.with { folder in
                try prepare(folder)
                var coordinator = try await folder.coordinator()
                try await folder.allReady()
                _ = try await folder.data("run", "chain", "--detach")
                try await began(folder)
                for _ in 0..<2 {
                    coordinator.send(SIGKILL)
                    #expect(try await coordinator.end() == 128 + SIGKILL)
                    coordinator = try await folder.coordinator()
                    try await folder.allReady()
                }
                try folder.write("", to: "go")
                let run = try await folder.ended("r_1")
                #expect(run["state"] == "succeeded", "\(run)")
                // Nothing was done twice: the worker held on to all of it.
                #expect(notes(folder) == ["began r_1/top/1/1", "ended"])
            }
        }

        @Test("Cancelling a run reaches the last of the calls that it led to")
        func cancelled() async throws {
            try await SwarmFolder.with { folder in
                try prepare(folder)
                try await folder.up()
                _ = try await folder.data("run", "chain", "--detach")
                try await began(folder)
                try await folder.swarm("cancel", "r_1")
                let run = try await folder.ended("r_1")
                #expect(run["state"] == "cancelled", "\(run)")
                try await eventually("the innermost call has stopped") {
                    notes(folder).last == "stopped"
                }
                // The worker is free again, for all of its leases.
                try folder.write("", to: "go")
                let next = try await folder.swarm("run", "chain", "--json")
                #expect(next.status == 0, "\(next)")
            }
        }

        @Test("A call deeper than allowed is refused, and who made it can say so")
        func tooDeep() async throws {
            try await SwarmFolder.with { folder in
                try prepare(folder, limits: ["delegation_depth": 2])
                try await folder.up()
                try folder.write("", to: "go")
                let run = try await folder.swarm("run", "chain", "--json")
                try #require(run.status == 0, "\(run)")
                let chain = "r_1/top r_1/top/1 r_1/top/1/1"
                let expected: JSON = [
                    "r_1/top", "r_1/top/1", .string("depth_exceeded at 0: \(chain)"),
                ]
                #expect(try run.data["output"]?["names"] == expected)
                #expect(notes(folder).isEmpty)
            }
        }
    }
}
