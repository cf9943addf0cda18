import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("Workers that say what they should not")
    struct MisbehavingWorkerTests {
        /// One worker without an SDK, and a workflow that tells it what to say.
        private func start(in folder: SwarmFolder) async throws {
            let agent = try folder.writeAgent(
                "raw",
                exec: [
                    "/usr/bin/python3",
                    "\(File.project)/Tests/IntegrationTests/Workers/raw_worker.py",
                ],
                settings: [
                    "ready": ["timeout": "30s"], "shutdown": ["grace": "60s"], "concurrency": 4,
                ]
            )
            try folder.writeTopology(agents: ["raw": agent])
            try folder.writeWorkflow(
                "say",
                input: ["type": "object", "properties": ["say": ["type": "array"]]],
                subtasks: ["say": ["capability": "work", "args": ["say": "${input.say}"]]],
                output: ["result": "${say}"]
            )
            try await folder.up()
        }

        /// What the coordinator said to the worker, once it has said so much.
        private func said(_ count: Int, in folder: SwarmFolder) async throws -> [JSON] {
            try await eventually("the coordinator has answered \(count) messages") {
                let lines = (File.text("\(folder.path)/said.jsonl") ?? "").split(separator: "\n")
                guard lines.count >= count else { return nil }
                return try lines.map { try JSON(parsing: Array($0.utf8)) }
            }
        }

        /// The worker is where it was and still gets work.
        private func stillServes(_ pid: pid_t?, in folder: SwarmFolder) async throws {
            let again = try await folder.data("run", "say", "-i", #"say=["ok"]"#)
            #expect(again["state"] == "succeeded")
            #expect(try await folder.pid(of: "raw-1") == pid)
            #expect(try await folder.worker("raw-1")["inflight"] == 0)
        }

        @Test("A result for a lease that was never given is stale and journaled as ignored")
        func unknownLease() async throws {
            try await SwarmFolder.with { folder in
                try await start(in: folder)
                let pid = try await folder.pid(of: "raw-1")
                let run = try await folder.data("run", "say", "-i", #"say=["unknown","ok"]"#)
                #expect(run["output"] == ["result": ["said": true]])
                let said = try await said(3, in: folder)
                #expect(said[0]["verb"] == "TASK")
                #expect(said[1]["lease"] == "L900000000")
                #expect(said[1]["disposition"] == "stale")
                #expect(said[2]["lease"] == said[0]["lease"])
                #expect(said[2]["disposition"] == "accepted")
                let ignored = try await folder.journal(
                    "SELECT worker, lease FROM records WHERE type = 'ignored'"
                )
                #expect(ignored == [["raw-1", "L900000000"]])
                try await stillServes(pid, in: folder)
            }
        }

        @Test("A result that comes twice counts once")
        func twice() async throws {
            try await SwarmFolder.with { folder in
                try await start(in: folder)
                let pid = try await folder.pid(of: "raw-1")
                let run = try await folder.data("run", "say", "-i", #"say=["ok","ok","ok"]"#)
                #expect(run["state"] == "succeeded")
                let said = try await said(4, in: folder)
                #expect(said.dropFirst().allSatisfy { $0["lease"] == said[0]["lease"] })
                #expect(said[1]["disposition"] == "accepted")
                #expect(said[2...].allSatisfy { $0["disposition"] == "stale" }, "\(said)")
                let successes = try await folder.journal(
                    "SELECT count(*) FROM records WHERE type = 'subtask_succeeded'"
                )
                #expect(successes == [[1]])
                try await stillServes(pid, in: folder)
            }
        }

        @Test("An old HELLO that comes late takes neither session nor leases from its worker")
        func oldHello() async throws {
            try await SwarmFolder.with { folder in
                try await start(in: folder)
                let pid = try await folder.pid(of: "raw-1")
                let run = try await folder.data("run", "say", "-i", #"say=["old_hello","ok"]"#)
                #expect(run["state"] == "succeeded")
                let said = try await said(3, in: folder)
                #expect(said.map { $0["verb"] } == ["TASK", "REFUSE", "RESULT_ACK"])
                #expect(said[2]["disposition"] == "accepted")
                let joined = try await folder.journal(
                    "SELECT count(*) FROM records WHERE type = 'worker_ready'"
                )
                #expect(joined == [[1]])
                let logs = try await folder.swarm("logs")
                #expect(logs.output.contains("this one came late"), "\(logs)")
                try await stillServes(pid, in: folder)
            }
        }

        @Test("A result after the cancellation was confirmed leaves the run cancelled")
        func afterCancel() async throws {
            try await SwarmFolder.with { folder in
                try await start(in: folder)
                let pid = try await folder.pid(of: "raw-1")
                let plan = #"say=["await_cancel","cancelled","ok"]"#
                _ = try await folder.data("run", "say", "-i", plan, "--detach")
                _ = try await said(1, in: folder)
                try await folder.data("cancel", "r_1")
                #expect(try await folder.ended("r_1")["state"] == "cancelled")
                let said = try await said(4, in: folder)
                #expect(said[1]["verb"] == "CANCEL")
                #expect(said[2]["disposition"] == "accepted")
                #expect(said[3]["disposition"] == "stale")
                #expect(try await folder.data("show", "r_1")["state"] == "cancelled")
                let successes = try await folder.journal(
                    "SELECT count(*) FROM records WHERE type = 'subtask_succeeded'"
                )
                #expect(successes == [[0]])
                try await stillServes(pid, in: folder)
            }
        }

        @Test(
            "A worker that breaks the protocol again and again is replaced, and its subtask goes on"
        )
        func rubbish() async throws {
            try await SwarmFolder.with { folder in
                try await start(in: folder)
                let pid = try #require(try await folder.pid(of: "raw-1"))
                let run = try await folder.data("run", "say", "-i", #"say=["rubbish_once","ok"]"#)
                #expect(run["state"] == "succeeded")
                #expect(!ProcessTable.isAlive(pid))
                let worker = try await folder.worker("raw-1")
                #expect(worker["restarts"] == 1)
                let outcomes = try await folder.journal(
                    "SELECT outcome FROM attempts ORDER BY attempt"
                )
                #expect(outcomes == [["worker_lost"], ["succeeded"]])
                let logs = try await folder.swarm("logs")
                #expect(logs.output.contains("malformed_json"), "\(logs)")
            }
        }

        @Test("Thirty thousand messages of rubbish from strangers disturb no worker")
        func flood() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                try LifecycleTests.writeEchoWorkflow(folder)
                try await folder.up()
                let before = ProcessTable.mentioning(folder.path)
                let flood = try StartedProgram(
                    "/usr/bin/python3",
                    [
                        "\(File.project)/Tests/IntegrationTests/Workers/flood.py",
                        "ipc://\(folder.state)/bus.sock", "30000", "7",
                    ],
                    in: folder.path,
                    environment: ["PATH": "/usr/bin"],
                    output: "\(folder.path)/flood"
                )
                let values = JSON.array((0..<200).map { JSON.integer(Int64($0)) })
                var runs = 0
                repeat {
                    let run = try await folder.data("run", "echoes", "-i", "values=\(values)")
                    #expect(run["output"]?["values"] == values)
                    runs += 1
                } while flood.status == nil
                #expect(try await flood.end() == 0)
                #expect(flood.outputText == "30000\n", "\(flood.errorText)")
                #expect(ProcessTable.mentioning(folder.path) == before)
                let attempts = try await folder.journal(
                    "SELECT count(*), sum(outcome = 'succeeded') FROM attempts"
                )
                #expect(attempts == [[.integer(Int64(201 * runs)), .integer(Int64(201 * runs))]])
                // Its log tells of it in a few lines, and of how much there was.
                try await folder.data("down")
                let log = File.text("\(folder.state)/logs/coordinator.jsonl") ?? ""
                let lines = try log.split(separator: "\n").map {
                    try JSON(parsing: Array($0.utf8))
                }.filter { ["protocol.violated", "worker.refused"].contains($0["event"]) }
                let suppressed = lines.compactMap { $0["suppressed"]?.integerValue }.reduce(0, +)
                #expect(suppressed > 10_000)
                // At most one of a kind in ten seconds, and one with the count.
                #expect(lines.count < 200, "\(lines.count) lines for 30,000 messages")
            }
        }
    }
}
