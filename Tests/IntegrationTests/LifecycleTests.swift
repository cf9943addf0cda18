import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("A swarm's life from the command line")
    struct LifecycleTests {
        static let echo: JSON = [
            "echo": ["manifest": .string("\(File.project)/agents/echo/agent.json"), "replicas": 2]
        ]

        /// A workflow that gives back its input twice: each element, then all of them.
        static func writeEchoWorkflow(_ folder: SwarmFolder) throws {
            try folder.writeWorkflow(
                "echoes",
                input: [
                    "type": "object", "required": ["values"],
                    "properties": ["values": ["type": "array"]],
                ],
                subtasks: [
                    "each": [
                        "capability": "echo", "for_each": "${input.values}",
                        "args": ["value": "${item}", "position": "${item_index}"],
                    ],
                    "all": ["capability": "echo", "args": ["values": "${each[*].value}"]],
                ],
                output: ["values": "${all.values}", "last": "${each[2].position}"]
            )
        }

        @Test("A swarm is started, used, looked at and stopped, each step with its document")
        func wholeLife() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: Self.echo)
                try Self.writeEchoWorkflow(folder)

                let up = try await folder.up()
                #expect(try up.document["schema"] == "swarm.up/v1")
                let status = try await folder.data("ps")
                let coordinator = try #require(status["coordinator"])
                #expect(coordinator["durability"] == "full")
                #expect(
                    coordinator["endpoints"]?["bus"] == .string("ipc://\(folder.state)/bus.sock")
                )
                let pid = try #require(coordinator["pid"]?.integerValue)
                #expect(ProcessTable.isAlive(pid_t(pid)))
                let workers = try #require(status["workers"]?.arrayValue)
                #expect(workers.map { $0["worker"] } == ["echo-1", "echo-2"])
                #expect(workers.allSatisfy { $0["state"] == "ready" && $0["restarts"] == 0 })
                let pids = workers.compactMap { $0["pid"]?.integerValue }
                #expect(Set(pids).count == 2)
                #expect(pids.allSatisfy { ProcessTable.isAlive(pid_t($0)) })

                let call = try await folder.data("call", "echo.echo", #"{"a":[1,2.50,"x"]}"#)
                #expect(call["result"] == ["a": [1, 2.5, "x"]])
                #expect(call["state"] == "succeeded")

                let run = try await folder.data("run", "echoes", "-i", #"values=["a",2,null]"#)
                #expect(run["state"] == "succeeded")
                #expect(run["output"] == ["values": ["a", 2, nil], "last": 2])
                #expect(run["counts"]?["succeeded"] == 4)
                let id = try #require(run["run"]?.stringValue)

                let runs = try await folder.data("runs")
                #expect(runs["runs"]?.arrayValue?.map { $0["run"] } == ["r_2", "r_1"])
                let shown = try await folder.data("show", id)
                let subtasks = try #require(shown["subtasks"]?.arrayValue)
                #expect(
                    subtasks.compactMap { $0["subtask"]?.stringValue }.sorted() == [
                        "r_2/all", "r_2/each[0]", "r_2/each[1]", "r_2/each[2]",
                    ]
                )
                #expect(subtasks.allSatisfy { $0["attempts"] == 1 })
                let graph = try await folder.data("graph", id, "--format", "json")
                #expect(graph.description.contains("each"))
                let logs = try await folder.swarm("logs", "--json", "--run", id)
                #expect(logs.status == 0)
                let lines = try logs.output.split(separator: "\n").map {
                    try JSON(parsing: Array($0.utf8))
                }
                #expect(lines.contains { $0["event"] == "run.succeeded" })
                #expect(lines.allSatisfy { $0["run"] == .string(id) })

                let down = try await folder.data("down")
                #expect(down == ["pid": .integer(pid), "was_up": true])
                #expect(ProcessTable.mentioning(folder.path) == [])
                let again = try await folder.data("down")
                #expect(again == ["was_up": false])
                let afterwards = try await folder.swarm("ps", "--json")
                #expect(afterwards.status == 69)
                #expect(try afterwards.error["code"] == "E_UNREACHABLE")

                let states = try await folder.journal("SELECT run, state FROM runs ORDER BY run")
                #expect(states == [["r_1", "succeeded"], ["r_2", "succeeded"]])
            }
        }

        @Test("What failed has its own exit status and says which subtask and why")
        func failures() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: Self.echo)
                try folder.writeWorkflow(
                    "fails",
                    subtasks: [
                        "first": ["capability": "echo", "args": [:]],
                        "broken": [
                            "capability": "fail", "needs": ["first"],
                            "args": ["kind": "not_found", "message": "no such loan"],
                        ],
                        "never": ["capability": "echo", "needs": ["broken"], "args": [:]],
                    ]
                )
                try await folder.up()
                let failed = try await folder.swarm("run", "fails", "--json")
                #expect(failed.status == 10)
                let failure = try failed.data["failure"]
                #expect(failure?["message"]?.stringValue?.contains("no such loan") == true)
                let shown = try await folder.data("show", "r_1")
                let states = (shown["subtasks"]?.arrayValue ?? []).map {
                    [$0["name"], $0["state"]]
                }
                #expect(states.contains(["broken", "failed"]))
                #expect(states.contains(["first", "succeeded"]))
                #expect(!states.contains(["never", "succeeded"]))

                let unknown = try await folder.swarm("call", "echo.ecko", "{}", "--json")
                #expect(unknown.status == 69)
                #expect(try unknown.error["code"] == "E_NO_CAPABLE_AGENT")
                let missing = try await folder.swarm("run", "nonesuch", "--json")
                #expect(missing.status == 65)
                let badJSON = try await folder.swarm("call", "echo.echo", "{a:1}", "--json")
                #expect(badJSON.status == 65)
                let badType = try await folder.swarm("call", "echo.sleep", #"{"ms":"1"}"#, "--json")
                #expect(badType.status == 10)
                #expect(try badType.data["failure"]?["kind"] == "validation")
            }
        }

        @Test("A run without a swarm starts one, ends, and leaves nothing running")
        func shortLived() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: Self.echo)
                try Self.writeEchoWorkflow(folder)
                let run = try await folder.swarm("run", "echoes", "-i", "values=[1,2,3]", "--json")
                #expect(run.status == 0, "\(run)")
                #expect(try run.data["output"]?["values"] == [1, 2, 3])
                #expect(ProcessTable.mentioning(folder.path) == [])
            }
        }

        @Test("Ctrl-C lets a subtask finish what it does, and the swarm then ends with status 0")
        func interruptOnce() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: Self.echo)
                try folder.writeWorkflow(
                    "nap",
                    subtasks: ["nap": ["capability": "sleep", "args": ["ms": 800]]]
                )
                let coordinator = try await folder.coordinator()
                try await folder.allReady()
                _ = try await folder.data("run", "nap", "--detach")
                try await eventually("the subtask is on a worker") {
                    try await folder.data("ps")["workers"]?.arrayValue?
                        .contains { $0["inflight"] == 1 } ?? false
                }
                coordinator.send(SIGINT)
                #expect(try await coordinator.end() == 0)
                let outcomes = try await folder.journal("SELECT outcome FROM attempts")
                #expect(outcomes == [["succeeded"]])
                #expect(ProcessTable.mentioning(folder.path) == [])
            }
        }

        @Test("A second Ctrl-C does not wait; the run goes on after the next start")
        func interruptTwice() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: Self.echo)
                try folder.writeWorkflow(
                    "long",
                    input: ["type": "object", "properties": ["ms": ["type": "integer"]]],
                    subtasks: [
                        "long": [
                            "capability": "sleep", "args": ["ms": "${input.ms}"],
                            "retry": ["max_attempts": 5],
                        ]
                    ]
                )
                let coordinator = try await folder.coordinator()
                try await folder.allReady()
                _ = try await folder.data("run", "long", "-i", "ms=600000", "--detach")
                try await eventually("the subtask is on a worker") {
                    try await folder.data("ps")["workers"]?.arrayValue?
                        .contains { $0["inflight"] == 1 } ?? false
                }
                coordinator.send(SIGINT)
                try await eventually("the coordinator drains") {
                    let rows = try await folder.journal(
                        "SELECT count(*) FROM records WHERE type = 'stopping'"
                    )
                    return rows == [[1]]
                }
                coordinator.send(SIGINT)
                #expect(try await coordinator.end() == 0)
                #expect(ProcessTable.mentioning(folder.path) == [])

                try await folder.up()
                let shown = try await folder.data("show", "r_1")
                #expect(shown["state"] == "running")
                try await folder.data("cancel", "r_1")
                #expect(try await folder.ended("r_1")["state"] == "cancelled")
            }
        }
    }
}
