import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("Workers that do not start")
    struct WorkerStartTests {
        /// Little patience, so that giving up takes a moment and not a minute.
        static let supervision: JSON = ["max_restarts": 2, "within": "60s"]
        static let settings: JSON = [
            "restart": ["backoff": ["initial": "10ms", "max": "20ms"]],
            "ready": ["timeout": "500ms"], "shutdown": ["grace": "200ms"],
        ]

        /// Waits until the worker is given up, and gives what `swarm ps` says of it.
        private func quarantined(_ worker: String, in folder: SwarmFolder) async throws -> JSON {
            try await eventually("\(worker) is quarantined") {
                let shown = try await folder.worker(worker)
                return shown.when(shown["state"] == "quarantined")
            }
        }

        @Test("A program that is not there, or not executable, is found before anything starts")
        func missingProgram() async throws {
            try await SwarmFolder.with { folder in
                let missing = try folder.writeAgent("missing", exec: ["./nonesuch"])
                let plain = try folder.writeAgent("plain", exec: ["./plain.sh"])
                try folder.write("#!/bin/sh\n", to: "agents/plain/plain.sh")
                let nowhere = try folder.writeAgent("nowhere", exec: ["no-such-program-anywhere"])
                try folder.writeTopology(
                    agents: ["missing": missing, "plain": plain, "nowhere": nowhere]
                )
                for arguments in [["config", "check"], ["up"]] {
                    let result =
                        arguments.count == 2
                        ? try await folder.swarm("config", "check") : try await folder.swarm("up")
                    #expect(result.status == 78)
                    let text = result.output + result.errors
                    for expected in [
                        "agents/missing/nonesuch", "agents/plain/plain.sh",
                        "no-such-program-anywhere", "agents/missing/agent.json:1:", "3 errors",
                    ] { #expect(text.contains(expected), "\(expected)\n\(result)") }
                }
                #expect(!File.exists("\(folder.state)/journal.db"))
            }
        }

        @Test("A program that vanishes while the swarm runs is named when its worker must restart")
        func vanishedProgram() async throws {
            try await SwarmFolder.with { folder in
                let agent = try folder.writeAgent(
                    "brief",
                    exec: ["./worker.py"],
                    settings: Self.settings
                )
                try folder.writePython(Program.wellBehaved, for: "brief")
                try folder.writeTopology(
                    agents: ["brief": agent.with("ready", ["timeout": "30s"])],
                    supervision: Self.supervision
                )
                try await folder.up()
                let pid = try #require(try await folder.pid(of: "brief-1"))
                unlink("\(folder.path)/agents/brief/worker.py")
                kill(pid, SIGKILL)
                let worker = try await quarantined("brief-1", in: folder)
                let error = try #require(worker["last_error"]?.stringValue)
                #expect(error.contains("agents/brief/worker.py"), "\(error)")
                // The rest of the swarm still answers.
                #expect(try await folder.data("down")["was_up"] == true)
            }
        }

        @Test("A worker that ends at once is started a few times, then quarantined with its reason")
        func crashLoop() async throws {
            try await SwarmFolder.with { folder in
                let agent = try folder.writeAgent(
                    "crasher",
                    exec: ["./worker.py"],
                    settings: Self.settings
                )
                try folder.writePython(
                    "print('the ledger is not there', file=sys.stderr)\nsys.exit(3)",
                    for: "crasher"
                )
                var agents = LifecycleTests.echo
                agents = agents.with("crasher", agent.with("ready", ["timeout": "30s"]))
                try folder.writeTopology(agents: agents, supervision: Self.supervision)
                let up = try await folder.swarm("up", "-d", "--wait", "--json")
                #expect(up.status == 69)
                let error = try up.error
                #expect(error["message"]?.stringValue?.contains("crasher-1") == true, "\(up)")
                #expect(error["hint"]?.stringValue?.contains("swarm logs") == true)
                // Nothing was promised, so nothing is left.
                #expect(ProcessTable.mentioning(folder.path) == [])

                let second = try await folder.swarm("up", "-d")
                #expect(second.status == 0, "\(second)")
                let worker = try await quarantined("crasher-1", in: folder)
                #expect(worker["last_error"]?.stringValue?.contains("3") == true, "\(worker)")
                let logs = try await folder.swarm("logs", "--agent", "crasher")
                #expect(logs.output.contains("the ledger is not there"))
                // The other agent works all the same.
                let call = try await folder.data("call", "echo.echo", #"{"still":"here"}"#)
                #expect(call["result"] == ["still": "here"])
                let tired = try await folder.swarm(
                    "call",
                    "crasher.work",
                    "{}",
                    "--json",
                    "--timeout",
                    "1s"
                )
                #expect(tired.status == 14, "\(tired)")
            }
        }

        @Test("A worker that ends in order without a word is not taken for ready")
        func endsWithoutHello() async throws {
            try await SwarmFolder.with { folder in
                let agent = try folder.writeAgent(
                    "mute",
                    exec: ["./worker.py"],
                    settings: Self.settings
                )
                try folder.writePython("sys.exit(0)", for: "mute")
                try folder.writeTopology(
                    agents: ["mute": agent.with("ready", ["timeout": "30s"])],
                    supervision: Self.supervision
                )
                let up = try await folder.swarm("up", "-d", "--wait", "--json")
                #expect(up.status == 69, "\(up)")
                #expect(
                    try up.error["message"]?.stringValue?.contains("mute-1") == true,
                    "\(up)"
                )
            }
        }

        @Test("A worker that never says HELLO is ended with its process, and given up in the end")
        func neverSaysHello() async throws {
            try await SwarmFolder.with { folder in
                let agent = try folder.writeAgent(
                    "silent",
                    exec: ["./worker.py"],
                    settings: Self.settings
                )
                try folder.writePython(
                    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                        + "time.sleep(600)",
                    for: "silent"
                )
                try folder.writeTopology(
                    agents: ["silent": agent],
                    supervision: Self.supervision
                )
                let up = try await folder.swarm("up", "-d")
                #expect(up.status == 0, "\(up)")
                let worker = try await quarantined("silent-1", in: folder)
                #expect(
                    worker["last_error"]?.stringValue?.contains("HELLO") == true,
                    "\(worker)"
                )
                #expect(worker["pid"] == nil)
                let pid = try #require(
                    try await folder.data("ps")["coordinator"]?["pid"]?.integerValue
                )
                #expect(ProcessTable.mentioning(folder.path) == [pid_t(pid)])
            }
        }
    }
}
