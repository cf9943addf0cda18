import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("Workers that fail in the middle of a subtask")
    struct WorkerFaultTests {
        /// Two workers of one agent with this program, and a workflow of one subtask for them.
        private func start(
            _ program: String,
            in folder: SwarmFolder,
            grace: String,
            timeout: String = "60s"
        ) async throws {
            let agent = try folder.writeAgent(
                "slow",
                exec: ["./worker.py"],
                settings: [
                    "replicas": 2, "ready": ["timeout": "30s"],
                    "restart": ["backoff": ["initial": "10ms", "max": "20ms"]],
                    "liveness": ["heartbeat": "200ms", "missed": 5],
                    "shutdown": ["grace": .string(grace)],
                ]
            )
            try folder.writePython(program, for: "slow")
            try folder.writeTopology(agents: ["slow": agent])
            try folder.writeWorkflow(
                "one",
                subtasks: [
                    "one": ["capability": "work", "timeout": .string(timeout), "args": [:]]
                ],
                output: ["result": "${one}"]
            )
            try await folder.up()
        }

        /// Waits until a worker has begun, and says which.
        private func begun(in folder: SwarmFolder) async throws -> (worker: String, pid: pid_t) {
            let pid = try await eventually("the subtask has begun") {
                File.text("\(folder.path)/begun").flatMap { pid_t($0) }
            }
            let workers = try await folder.data("ps")["workers"]?.arrayValue ?? []
            let worker = try #require(
                workers.first { $0["pid"]?.integerValue == Int64(pid) }?["worker"]?.stringValue
            )
            return (worker, pid)
        }

        private func dispatches(in folder: SwarmFolder) async throws -> [[JSON]] {
            try await folder.journal("SELECT worker, outcome FROM attempts ORDER BY lease")
        }

        @Test("A subtask whose worker is killed runs again on another, and the worker is replaced")
        func killed() async throws {
            try await SwarmFolder.with { folder in
                try await start(Program.stubbornOnce, in: folder, grace: "60s")
                _ = try await folder.data("run", "one", "--detach")
                let (worker, pid) = try await begun(in: folder)
                kill(pid, SIGKILL)
                let run = try await folder.ended("r_1")
                #expect(run["output"]?["result"]?["attempt"] == 2)
                #expect(
                    try await dispatches(in: folder).map { $0[1] } == ["worker_lost", "succeeded"]
                )
                let replaced = try await eventually("\(worker) is back") {
                    let shown = try await folder.worker(worker)
                    return shown.when(shown["ready"] == true)
                }
                #expect(replaced["restarts"] == 1)
                #expect(replaced["pid"] != .integer(Int64(pid)))
                #expect(replaced["last_error"]?.stringValue?.contains("9") == true, "\(replaced)")
            }
        }

        @Test("A subtask that hangs past its time runs elsewhere, and its process is replaced")
        func hangs() async throws {
            try await SwarmFolder.with { folder in
                try await start(Program.stubbornOnce, in: folder, grace: "500ms", timeout: "1s")
                _ = try await folder.data("run", "one", "--detach")
                let (worker, pid) = try await begun(in: folder)
                let run = try await folder.ended("r_1")
                #expect(run["state"] == "succeeded")
                #expect(run["output"]?["result"]?["attempt"] == 2)
                #expect(
                    try await dispatches(in: folder).map { $0[1] } == [
                        "lease_expired", "succeeded",
                    ]
                )
                try await eventually("the worker is told to stop") {
                    File.exists("\(folder.path)/told")
                }
                try await eventually("the hung process is gone") { !ProcessTable.isAlive(pid) }
                let replaced = try await eventually("\(worker) is back") {
                    let shown = try await folder.worker(worker)
                    return shown.when(shown["ready"] == true)
                }
                #expect(replaced["pid"] != .integer(Int64(pid)))
            }
        }

        @Test("The late result of a worker that was stopped and went on changes nothing")
        func stoppedAndContinued() async throws {
            try await SwarmFolder.with { folder in
                try await start(Program.stubbornOnce, in: folder, grace: "60s")
                _ = try await folder.data("run", "one", "--detach")
                let (worker, pid) = try await begun(in: folder)
                kill(pid, SIGSTOP)
                let run = try await folder.ended("r_1")
                #expect(run["output"]?["result"]?["attempt"] == 2)
                #expect(run["output"]?["result"]?["pid"] != .integer(Int64(pid)))
                #expect(ProcessTable.isStopped(pid))
                #expect(try await folder.worker(worker)["ready"] == false)

                try folder.write("", to: "release")
                kill(pid, SIGCONT)
                try await eventually("the late result is answered") {
                    let rows = try await folder.journal(
                        "SELECT count(*) FROM records WHERE type = 'lease_released'"
                    )
                    return rows == [[1]]
                }
                try await eventually("\(worker) takes work again") {
                    try await folder.worker(worker)["ready"] == true
                }
                #expect(try await folder.pid(of: worker) == pid)
                #expect(try await folder.worker(worker)["inflight"] == 0)
                let after = try await folder.data("show", "r_1")
                #expect(after["output"] == run["output"])
                let successes = try await folder.journal(
                    "SELECT worker FROM records WHERE type = 'subtask_succeeded'"
                )
                #expect(successes.count == 1)
                #expect(successes.first?.first != .string(worker))
            }
        }

        @Test("A cancelled run reaches its worker, which goes on to serve others")
        func cancelled() async throws {
            try await SwarmFolder.with { folder in
                try await start(Program.patient, in: folder, grace: "60s")
                _ = try await folder.data("run", "one", "--detach")
                let (worker, pid) = try await begun(in: folder)
                try await folder.data("cancel", "r_1")
                #expect(try await folder.ended("r_1")["state"] == "cancelled")
                #expect(File.exists("\(folder.path)/told"))
                #expect(try await folder.pid(of: worker) == pid)
                let twice = try await folder.swarm("cancel", "r_1", "--json")
                #expect(twice.status == 0 || twice.status == 65, "\(twice)")
            }
        }

        @Test("A worker that ignores a cancellation is replaced when its grace is over")
        func ignoresCancellation() async throws {
            try await SwarmFolder.with { folder in
                try await start(Program.stubbornOnce, in: folder, grace: "500ms")
                let watching = try folder.start("run", "one")
                let (worker, pid) = try await begun(in: folder)
                try await folder.data("cancel", "r_1")
                #expect(try await watching.end() == 13)
                try await eventually("the process is gone") { !ProcessTable.isAlive(pid) }
                try await eventually("\(worker) is back") {
                    try await folder.worker(worker)["ready"] == true
                }
            }
        }

        @Test("A worker that somebody ends with SIGTERM gives back what it has not begun, once")
        func terminated() async throws {
            try await SwarmFolder.with { folder in
                let agent = try folder.writeAgent(
                    "slow",
                    exec: ["./worker.py"],
                    settings: ["replicas": 1, "concurrency": 2, "ready": ["timeout": "30s"]]
                )
                // What has begun ends only when the test says so: meanwhile all else comes back.
                try folder.writePython(
                    """
                    import os, time
                    from swarm_worker import worker
                    @worker.capability(side_effect="none", idempotent=True)
                    def work() -> dict:
                        with open("begun", "w") as file: file.write(str(os.getpid()))
                        while not os.path.exists("release"): time.sleep(0.01)
                        return {"pid": os.getpid()}
                    worker.run()
                    """,
                    for: "slow"
                )
                try folder.writeTopology(agents: ["slow": agent])
                let items = JSON.array((0..<20).map { .integer($0) })
                try folder.writeWorkflow(
                    "many",
                    subtasks: ["work": ["capability": "work", "for_each": items, "args": [:]]]
                )
                try await folder.up()
                _ = try await folder.data("run", "many", "--detach")
                let (worker, pid) = try await begun(in: folder)
                kill(pid, SIGTERM)
                try await eventually("the worker is known to be ending") {
                    try await folder.worker(worker)["state"] == "draining"
                }
                try folder.write("", to: "release")
                #expect(try await folder.ended("r_1")["state"] == "succeeded")
                #expect(try await folder.pid(of: worker) != pid)
                // Never more than it could hold at once.
                let returned = try await folder.journal(
                    "SELECT count(*) FROM attempts WHERE outcome = 'unavailable'"
                )
                #expect(try #require(returned.first?.first?.integerValue) <= 4)
            }
        }

        @Test("What is too large for a message fails with advice, and nobody loses the connection")
        func tooLarge() async throws {
            try await SwarmFolder.with { folder in
                try folder.writeTopology(agents: LifecycleTests.echo)
                try folder.writeWorkflow(
                    "gather",
                    subtasks: [
                        "part": [
                            "capability": "large", "for_each": [1, 2, 3],
                            "args": ["bytes": 400_000],
                        ],
                        "all": ["capability": "echo", "args": ["parts": "${part}"]],
                    ]
                )
                try await folder.up()
                let pids = ProcessTable.mentioning(folder.path)
                let result = try await folder.swarm(
                    "call",
                    "echo.large",
                    #"{"bytes":2000000}"#,
                    "--json"
                )
                #expect(result.status == 10, "\(result)")
                let failure = try result.data["failure"]
                #expect(failure?["kind"] == "validation")
                #expect(failure?["message"]?.stringValue?.contains("file") == true, "\(result)")

                let gathered = try await folder.swarm("run", "gather", "--json")
                #expect(gathered.status == 10)
                let message = try gathered.data["failure"]?["message"]?.stringValue ?? ""
                #expect(message.contains("1048576") && message.contains("path"), "\(message)")

                try folder.write(
                    #"{"text":""# + String(repeating: "x", count: 1_500_000) + #""}"#,
                    to: "big.json"
                )
                let argument = try await folder.swarm("call", "echo.echo", "@big.json", "--json")
                #expect(argument.status != 0)
                let document = try argument.document
                let said = document["error"] ?? document["data"]?["failure"]
                let text = said?["message"]?.stringValue ?? ""
                #expect(text.contains("bytes") || text.contains("MiB"), "\(text)")

                let fits = try await folder.data("call", "echo.large", #"{"bytes":1000000}"#)
                #expect(fits["result"]?.stringValue?.utf8.count == 1_000_000)
                #expect(ProcessTable.mentioning(folder.path) == pids)
            }
        }
    }
}
