import Foundation
import SwarmControl
import SwarmModel
import Testing

@testable import swarm

@Suite("The program, with a real swarm", .serialized, .timeLimit(.minutes(5)))
struct LifecycleTests {
    @Test("A swarm goes up, works, is looked at, and goes down without a trace")
    func lifecycle() async throws {
        try await SwarmProgram.with { swarm in
            let up = try await swarm("up", "-d", "--wait", "--json")
            #expect(up.status == 0, "\(up.messages)")
            let started = try up.document("up").decoded(as: SwarmStatusDocument.self)
            #expect(started.workers.map(\.worker) == ["echo-1", "echo-2"])
            #expect(started.workers.map(\.ready) == [true, true])

            let status = try await swarm("ps", "--json").document("ps")
                .decoded(as: SwarmStatusDocument.self)
            let pids = [status.coordinator.pid] + status.workers.compactMap(\.pid)
            #expect(Set(pids).count == 3)
            #expect(pids.filter(ProcessState.isAlive) == pids)
            #expect(status.coordinator.endpoints.bus.hasPrefix("ipc://"))
            #expect(status.coordinator.endpoints.control.hasSuffix("/.swarm/control.sock"))
            #expect(try await swarm("ps").output.contains("echo-2  \(pids[2])"))

            let call = try await swarm("call", "echo.echo", #"{"n":1.10}"#, "--json")
            #expect(try call.document("call")["result"]?.description == #"{"n":1.10}"#)

            let run = try await swarm(
                "run",
                "demo",
                "--input",
                "items=[1,2,3]",
                "--input",
                "file=a/../b.tsv"
            )
            #expect(run.status == 0)
            let result = try JSON(parsing: Array(run.output.utf8))
            #expect(result["given"]?["file"] == .string("\(swarm.folder)/b.tsv"))
            #expect(result["slept"] == [["ms": 1], ["ms": 1], ["ms": 1]])
            #expect(run.messages.contains("demo succeeded"))

            let runs = try await swarm("runs", "--json", "--workflow", "demo").document("runs")
                .decoded(as: RunListDocument.self)
            let id = try #require(runs.runs.first?.run)
            let shown = try await swarm("show", id, "--json", "--payloads").document("show")
                .decoded(as: RunDocument.self)
            #expect(shown.counts == Counts(succeeded: 4))
            #expect(shown.version == "7")
            #expect(shown.subtasks?.map(\.subtask).contains("\(id)/each[2]") == true)
            #expect(shown.nodes?.first { $0.name == "each" }?.needs == ["first"])
            let graph = try await swarm("graph", id)
            #expect(graph.output.contains(#"n1[["each[]<br/>sleep<br/>3/3"]]:::succeeded"#))

            let logs = try await swarm("logs", "--json", "--run", id)
            let events = try logs.output.split(separator: "\n").map {
                try JSON(parsing: Array($0.utf8))["event"]?.stringValue
            }
            #expect(events == ["run.submitted", "run.succeeded"])

            let down = try await swarm("down")
            #expect(down.status == 0)
            #expect(pids.filter(ProcessState.isAlive) == [])
            #expect(!FileManager.default.fileExists(atPath: "\(swarm.folder)/.swarm/control.sock"))
            #expect(try await swarm("down", "--json").document("down") == ["was_up": false])
        }
    }

    @Test("A run without a swarm starts one, gives the result, and stops it")
    func shortLived() async throws {
        try await SwarmProgram.with { swarm in
            let run = try await swarm("run", "./demo.workflow.json", "-i", "items=[1]", "--json")
            #expect(run.status == 0, "\(run.messages)")
            let document = try run.document("run")
            #expect(document["run"] == "r_1")
            #expect(document["state"] == "succeeded")
            #expect(document["output"]?["slept"] == [["ms": 1]])
            #expect(try await swarm("ps").status == 69)

            // From elsewhere, by the topology's path, with the journal of the same folder.
            let other = FileManager.default.temporaryDirectory
                .appending(path: "swarm-else-\(UUID().uuidString.prefix(8))").path
            try FileManager.default.createDirectory(
                atPath: other,
                withIntermediateDirectories: false
            )
            defer { try? FileManager.default.removeItem(atPath: other) }
            let elsewhere = try RunningProgram(
                ["run", "demo", "--topology", "\(swarm.folder)/topology.json", "-i", "items=[]"],
                in: other
            )
            #expect(await elsewhere.outcome().status == 0)
            let again = try await swarm("run", "demo", "-i", "items=[]", "--json")
            #expect(try again.document("run")["run"] == "r_3")
        }
    }

    @Test("Whoever has a run in a swarm that ends with it is still told how it ended")
    func toldAtTheEnd() async throws {
        try await SwarmProgram.with { swarm in
            #expect(try await swarm("up", "-d", "--wait").status == 0)
            let run = try await swarm("run", "demo", "-i", "items=[1]", "-i", "ms=300", "--detach")
            #expect(run.status == 0, "\(run.messages)")
            let client = try swarm.client
            _ = try await client.stop(StopRequest(drain: true, whenIdle: true))
            // By then both have ended, and nothing but the answer keeps the process.
            try await Task.sleep(for: .milliseconds(900))
            #expect(try await client.run(RunID(1), including: RunParts()).state == .succeeded)
        }
    }

    @Test("At the level debug each step of each subtask is logged, also in the background")
    func debugLog() async throws {
        try await SwarmProgram.with { swarm in
            let up = try await swarm("up", "-d", "--wait", "--log-level", "debug")
            #expect(up.status == 0, "\(up.messages)")
            let call = try await swarm("call", "echo.echo", "{}")
            #expect(call.status == 0)
            let logs = try await swarm("logs", "--json", "--event", "subtask.*")
            let events = try logs.output.split(separator: "\n").map {
                try JSON(parsing: Array($0.utf8))["event"]?.stringValue
            }
            #expect(events.contains("subtask.dispatched"))
            #expect(events.last == "subtask.succeeded")
            #expect(try await swarm("up", "--log-level", "loud").status == 64)
        }
    }

    @Test("A run that fails says why and ends with 10")
    func failure() async throws {
        try await SwarmProgram.with { swarm in
            let run = try await swarm("run", "broken")
            #expect(run.status == 10)
            #expect(run.output.isEmpty)
            #expect(run.messages.contains("validation: nothing fits"))
        }
    }

    @Test("Ctrl-C cancels a run; a second one leaves without waiting")
    func interrupts() async throws {
        try await SwarmProgram.with { swarm in
            #expect(try await swarm("up", "-d", "--wait").status == 0)
            let client = try swarm.client
            let run = try swarm.started(["run", "demo", "-i", "items=[1,2]", "-i", "ms=60000"])
            try await eventually {
                try await client.runs(RunListQuery()).runs.first?.counts.running == 2
            }
            #expect(try await client.status().activeRuns == 1)
            run.interrupt()
            let cancelled = await run.outcome()
            #expect(cancelled.status == 13)
            #expect(cancelled.messages.contains("interrupted by the user"))
            #expect(try await client.run(RunID(1), including: RunParts()).state == .cancelled)

            let stuck = try swarm.started(["run", "stuck"])
            try await eventually {
                try await client.runs(RunListQuery()).runs.first?.counts.running == 1
            }
            // Before its worker has begun to hang, it would still stop when asked.
            try await eventually {
                try await swarm("logs", "--grep", "hanging as told").output.contains("hanging")
            }
            stuck.interrupt()
            try await eventually { stuck.messages.contains("cancelling r_2") }
            stuck.interrupt()
            #expect(await stuck.outcome().status == 130)
        }
    }

    @Test("A run can be left to itself and cancelled later")
    func detached() async throws {
        try await SwarmProgram.with { swarm in
            #expect(try await swarm("up", "-d", "--wait").status == 0)
            let run = try await swarm(
                "run",
                "demo",
                "-i",
                "items=[1]",
                "-i",
                "ms=60000",
                "--detach"
            )
            #expect(run.status == 0)
            #expect(run.output == "r_1\n")
            let cancel = try await swarm("cancel", "r_1", "--reason", "enough", "--json")
            #expect(cancel.status == 0)
            #expect(try cancel.document("cancel")["state"] == "cancelled")
            let again = try await swarm("cancel", "r_1")
            #expect(again.status == 65)
            #expect(again.messages.contains("r_1 has ended already: cancelled"))
        }
    }

    @Test("In the foreground the log is printed from the first line, and Ctrl-C ends in order")
    func foreground() async throws {
        try await SwarmProgram.with { swarm in
            let up = try swarm.started(["up"])
            try await eventually { up.output.components(separatedBy: "worker.joined").count == 3 }
            #expect(up.output.contains("swarm.started"))
            let second = try await swarm("up", "-d")
            #expect(second.status == 65)
            #expect(second.messages.contains("a swarm is up already"))
            up.interrupt()
            let ended = await up.outcome()
            #expect(ended.status == 0)
            #expect(try await swarm("ps").status == 69)
        }
    }
}
