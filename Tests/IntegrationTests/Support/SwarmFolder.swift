import Foundation
import Glibc
import SwarmModel
import Synchronization
import Testing

/// A folder with a topology, agents, workflows and the state of one swarm, used as a user would.
final class SwarmFolder: Sendable {
    /// Where it is; short, because sockets lie in it.
    let path: String
    private let commands = Mutex(0)
    private let programs = Mutex<[StartedProgram]>([])

    /// The state directory.
    var state: String { "\(path)/state" }
    /// The topology.
    var topology: String { "\(path)/topology.json" }
    /// The program under test.
    static let swarm = "\(File.programs)/swarm"

    private init() throws {
        var template = Array("/tmp/swarm-XXXXXX\0".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("make a folder in /tmp") }
        path = String(
            decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
    }

    /// Gives a test a folder, and leaves nothing of it behind: no file and no process.
    static func with(
        _ test: (SwarmFolder) async throws -> Void
    ) async throws {
        let folder = try SwarmFolder()
        do { try await test(folder) } catch {
            // What the swarm said is the only way to understand a failure later.
            Issue.record("\(folder.logTail)")
            await folder.remove()
            throw error
        }
        await folder.remove()
    }

    private func remove() async {
        // Again and again: a coordinator may have started another process meanwhile.
        for _ in 0..<200 {
            let left = ProcessTable.mentioning(path)
            guard !left.isEmpty else { break }
            for pid in left { kill(pid, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(20))
        }
        // A child nobody waits for would hide the ends of others from exit tests.
        for program in programs.withLock({ $0 }) {
            _ = try? await program.end()
        }
        try? FileManager.default.removeItem(atPath: path)
    }

    private var logTail: String {
        let files = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return files.filter { $0.contains("logs/") || $0.hasSuffix(".err") }.sorted()
            .compactMap { name in
                File.text("\(path)/\(name)").map { text in
                    "== \(name)\n"
                        + text.split(separator: "\n").suffix(30)
                        .joined(separator: "\n")
                }
            }.joined(separator: "\n")
    }

    // MARK: Files

    /// Writes a file of the folder.
    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws {
        try File.write(text, to: "\(path)/\(name)", mode: mode)
    }

    /// Writes the topology.
    func writeTopology(
        agents: JSON,
        coordinator: JSON = ["orphan_timeout": "2s"],
        supervision: JSON = [:],
        semaphores: JSON = [:]
    ) throws {
        let topology: JSON = [
            "schema_version": 1, "name": "test", "coordinator": coordinator,
            "supervision": supervision, "semaphores": semaphores, "agents": agents,
            "workflows": ["workflows/*.json"],
        ]
        try FileManager.default.createDirectory(
            atPath: "\(path)/workflows",
            withIntermediateDirectories: true
        )
        try write(topology.description, to: "topology.json")
    }

    /// Writes the workflow `name` with these subtasks.
    func writeWorkflow(
        _ name: String,
        input: JSON = ["type": "object"],
        subtasks: JSON,
        output: JSON = nil,
        extra: JSON = [:]
    ) throws {
        var members: [(String, JSON)] = [
            ("schema_version", 1), ("name", .string(name)), ("version", "1.0.0"),
            ("input", input), ("subtasks", subtasks),
        ]
        if output != .null { members.append(("output", output)) }
        for member in extra.objectValue ?? [:] { members.append((member.key, member.value)) }
        try write(JSON(members: members).description, to: "workflows/\(name).json")
    }

    /// Writes the manifest of an agent whose capabilities are harmless and take anything.
    ///
    /// - Returns: The agent's entry in a topology.
    func writeAgent(
        _ name: String,
        exec: [String],
        capabilities: [String] = ["work"],
        timeout: String = "30s",
        settings: JSON = [:]
    ) throws -> JSON {
        let contracts = capabilities.map { capability -> JSON in
            [
                "type": "function",
                "function": [
                    "name": .string(capability), "parameters": ["type": "object"],
                ],
                "operational": [
                    "side_effect": "none", "idempotent": true, "timeout": .string(timeout),
                    "retry_policy": ["max_attempts": 3, "initial": "10ms", "max": "50ms"],
                ],
            ]
        }
        let manifest: JSON = [
            "schema_version": 1, "name": .string(name), "version": "1.0.0",
            "exec": .array(exec.map { .string($0) }), "capabilities": .array(contracts),
        ]
        try write(manifest.description, to: "agents/\(name)/agent.json")
        return settings
    }

    /// Writes a Python program for an agent; it can import the SDK.
    func writePython(_ text: String, for agent: String) throws {
        let head =
            "#!/usr/bin/python3\nimport sys\nsys.dont_write_bytecode = True\n"
            + "sys.path.insert(0, \"\(File.project)/sdk/python\")\n"
        try write(head + text + "\n", to: "agents/\(agent)/worker.py", mode: 0o755)
    }

    // MARK: Commands

    /// A number for the files of the next command.
    func nextNumber() -> Int {
        commands.withLock { count in
            count += 1
            return count
        }
    }

    var environment: [String: String] {
        ["PATH": "/usr/bin:/bin", "HOME": path, "LANG": "C.UTF-8", "SWARM_STATE_DIR": state]
    }

    /// Starts a command and does not wait for it.
    func start(_ arguments: String...) throws -> StartedProgram {
        try start(arguments)
    }

    private func start(_ arguments: [String]) throws -> StartedProgram {
        let number = nextNumber()
        let program = try StartedProgram(
            SwarmFolder.swarm,
            arguments,
            in: path,
            environment: environment,
            output: "\(path)/command-\(number)"
        )
        programs.withLock { $0.append(program) }
        return program
    }

    /// Runs a command to its end.
    @discardableResult
    func swarm(
        _ arguments: String...,
    ) async throws -> CommandResult {
        try await swarm(arguments)
    }

    /// Runs a command to its end.
    @discardableResult
    func swarm(
        _ arguments: [String],
    ) async throws -> CommandResult {
        let program = try start(arguments)
        let status = try await program.end()
        return CommandResult(
            command: arguments.joined(separator: " "),
            status: status,
            output: program.outputText,
            errors: program.errorText
        )
    }

    /// Starts the swarm in the background and returns when every worker is ready.
    @discardableResult
    func up() async throws -> CommandResult {
        let result = try await swarm("up", "-d", "--wait", "--json")
        try #require(result.status == 0, "\(result)")
        return result
    }

    /// Starts a coordinator as a child of this test and returns when it answers.
    func coordinator() async throws -> StartedProgram {
        let program = try start("up", "--json")
        try await eventually("the coordinator answers") {
            try #require(
                program.status == nil,
                "it ended with \(program.status ?? 0): \(program.errorText)"
            )
            return try await swarm("ps", "--json").status == 0
        }
        return program
    }

    /// Runs a command that must end with status 0 and gives what it printed.
    @discardableResult
    func data(
        _ arguments: String...,
    ) async throws -> JSON {
        let program = try start(arguments + ["--json"])
        let status = try await program.end()
        let result = CommandResult(
            command: arguments.joined(separator: " "),
            status: status,
            output: program.outputText,
            errors: program.errorText
        )
        try #require(status == 0, "\(result)")
        return try result.data
    }

    // MARK: What is so

    /// The worker of this name, as `swarm ps` shows it.
    func worker(_ name: String) async throws -> JSON {
        let workers = try await data("ps")["workers"]?.arrayValue ?? []
        return try #require(workers.first { $0["worker"] == .string(name) })
    }

    /// The process of a worker; nil when there is none.
    func pid(
        of worker: String,
    ) async throws -> pid_t? {
        try await self.worker(worker)["pid"]?.integerValue.map { pid_t($0) }
    }

    /// Waits until every worker takes work.
    func allReady() async throws {
        try await eventually("every worker is ready") {
            let workers = try await data("ps")["workers"]?.arrayValue ?? []
            return workers.allSatisfy { $0["ready"] == true }
        }
    }

    /// Waits until a run has ended, and gives it as `swarm show` does.
    func ended(_ run: String) async throws -> JSON {
        try await eventually("\(run) ends") {
            let shown = try await data("show", run)
            let state = shown["state"]?.stringValue ?? ""
            return shown.when(["succeeded", "failed", "cancelled"].contains(state))
        }
    }
}
