import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("Swarms that start at the same moment, and starts that were cut short")
    struct StartTests {
        @Test("Commands that find no swarm up and start at once share one, and leave none")
        func shared() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                try LifecycleTests.writeEchoWorkflow(folder)
                for round in 1...3 {
                    let runs = try (0..<4).map { number in
                        try folder.start(
                            "run",
                            "echoes",
                            "-i",
                            "values=[\(number),\(round),0]",
                            "--json"
                        )
                    }
                    for (number, run) in runs.enumerated() {
                        #expect(try await run.end() == 0, "\(run.errorText)\(run.outputText)")
                        let document = try JSON(parsing: Array(run.outputText.utf8))
                        #expect(
                            document["data"]?["output"]?["values"]
                                == [.integer(Int64(number)), .integer(Int64(round)), 0]
                        )
                    }
                    try await eventually("nothing is left running") {
                        ProcessTable.mentioning(folder.path) == []
                    }
                }
                let states = try await folder.journal("SELECT state, count(*) FROM runs GROUP BY 1")
                #expect(states == [["succeeded", 12]])
            }
        }

        @Test("Of two daemons started at once one is up, and the other start says so")
        func conflict() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                let starts = try (0..<2).map { _ in try folder.start("up", "-d", "--json") }
                var statuses: [Int32] = []
                for start in starts { statuses.append(try await start.end()) }
                #expect(statuses.sorted() == [0, 65])
                let loser = try #require(starts.first { $0.status == 65 })
                let error = try JSON(parsing: Array(loser.outputText.utf8))["error"]
                #expect(error?["code"] == "E_CONFLICT", "\(loser.outputText)")
                let winner = try #require(starts.first { $0.status == 0 })
                let up = try JSON(parsing: Array(winner.outputText.utf8))["data"]
                let status = try await folder.data("ps")
                #expect(status["coordinator"]?["pid"] == up?["coordinator"]?["pid"])
            }
        }

        @Test("A launch that was journaled and not carried out is carried out by the next start")
        func cutShort() async throws {
            try await SwarmFolder.with { folder in
                let echo = LifecycleTests.echo["echo"] ?? [:]
                // So long that waiting for the process that never began would end this test.
                try folder.writeTopology(
                    agents: ["echo": echo.with("ready", ["timeout": "30m"])]
                )
                let first = try await folder.coordinator()
                try await folder.allReady()
                first.send(SIGKILL)
                _ = try await first.end()
                for pid in ProcessTable.mentioning(folder.path) { kill(pid, SIGKILL) }
                try await eventually("no worker is left") {
                    ProcessTable.mentioning(folder.path) == []
                }
                // What a crash at that moment leaves: the intent, and neither process nor output.
                try FileManager.default.removeItem(atPath: "\(folder.state)/logs/output")
                try await folder.cutJournal(after: "worker_launching")
                let records = try await folder.journal(
                    "SELECT type FROM records ORDER BY seq DESC LIMIT 1"
                )
                #expect(records == [["worker_launching"]])

                let up = try await folder.swarm("up", "-d", "--wait", "--json")
                #expect(up.status == 0, "\(up)")
                let call = try await folder.data("call", "echo.echo", #"{"up":"again"}"#)
                #expect(call["result"] == ["up": "again"])
                let launches = try await folder.journal(
                    "SELECT count(*) FROM records WHERE type = 'worker_launching'"
                )
                #expect(launches == [[2]], "the launches are those of the first coordinator")
            }
        }

        @Test("A state directory that is deleted ends its coordinator, and no other with it")
        func deleted() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                let first = try await folder.coordinator()
                try await folder.allReady()
                try FileManager.default.removeItem(atPath: folder.state)
                // Before the first has noticed, another may be up in its place.
                let second = try await folder.coordinator()
                #expect(try await first.end() == 1)
                #expect(first.outputText.contains("state.deleted"), "\(first.outputText)")
                #expect(
                    first.errorText.contains(folder.state) || first.outputText.contains("E_INT")
                )
                try await folder.allReady()
                let call = try await folder.data("call", "echo.echo", #"{"still":"here"}"#)
                #expect(call["result"] == ["still": "here"])
                #expect(try await folder.data("down")["pid"] == .integer(Int64(second.pid)))
                #expect(ProcessTable.mentioning(folder.path) == [])
            }
        }

        @Test("A node that a run does not have, and a reason that is too long, are errors")
        func misuse() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                try LifecycleTests.writeEchoWorkflow(folder)
                try await folder.up()
                try await folder.data("run", "echoes", "-i", "values=[1,2,3]")
                let show = try await folder.swarm("show", "r_1", "--node", "nope", "--json")
                #expect(show.status == 65, "\(show)")
                #expect(try show.error["hint"]?.stringValue?.contains("each, all") == true)
                let long = String(repeating: "x", count: 1025)
                let cancel = try await folder.swarm("cancel", "r_1", "--reason", long)
                #expect(cancel.status == 64, "\(cancel)")
                #expect(cancel.errors.contains("1024"))
                let nowhere = try await folder.swarm("ps", "--state-dir", "")
                #expect(nowhere.status == 65, "\(nowhere)")
                #expect(nowhere.errors.contains("--state-dir"))
            }
        }
    }
}
