import Foundation
import SwarmControl
import SwarmModel

/// The program as it was built, run as a user runs it, in a folder with a topology of its own.
struct SwarmProgram: Sendable {
    /// The folder: the working directory of every call.
    let folder: String

    /// What a call left behind.
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var messages: String

        /// The document in the envelope of the last line of output.
        func document(_ schema: String) throws -> JSON {
            let line = output.split(separator: "\n").last.map(String.init) ?? ""
            let envelope = try JSON(parsing: Array(line.utf8))
            guard envelope["schema"]?.stringValue == "swarm.\(schema)/v1",
                let time = envelope["time"]?.stringValue, Instant(rfc3339: time) != nil,
                let data = envelope["data"]
            else { throw ErrorDocument(.internal, "no envelope of \(schema): \(output)") }
            return data
        }
    }

    /// A swarm of two echo workers and two workflows, brought down afterwards whatever happened.
    static func with<Result>(_ body: (SwarmProgram) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "swarm-cli-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let manifest = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../agents/echo/agent.json").standardizedFileURL.path
        let files: [String: JSON] = [
            "topology.json": [
                "schema_version": 1, "name": "workshop",
                "agents": [
                    "echo": [
                        "manifest": .string(manifest), "replicas": 2, "concurrency": 4,
                        "shutdown": ["drain": "20s"],
                    ]
                ],
                "workflows": ["*.workflow.json"],
            ],
            "demo.workflow.json": [
                "schema_version": 1, "name": "demo", "version": "7",
                "input": [
                    "type": "object", "additionalProperties": false,
                    "properties": [
                        "items": ["type": "array"], "file": ["type": "string", "format": "path"],
                        "ms": ["type": "integer", "default": 1],
                    ],
                ],
                "subtasks": [
                    "first": ["capability": "echo", "args": ["given": "${input}"]],
                    "each": [
                        "capability": "sleep", "for_each": "${input.items}", "needs": ["first"],
                        "args": ["ms": "${input.ms}"],
                    ],
                ],
                "output": ["given": "${first.given}", "slept": "${each}"],
            ],
            "stuck.workflow.json": [
                "schema_version": 1, "name": "stuck", "version": "1",
                "subtasks": ["hang": ["capability": "hang", "args": [:], "timeout": "60s"]],
                "output": "${hang}",
            ],
            "broken.workflow.json": [
                "schema_version": 1, "name": "broken", "version": "1",
                "subtasks": [
                    "break": [
                        "capability": "fail",
                        "args": ["kind": "validation", "message": "nothing fits"],
                    ]
                ],
                "output": "${break}",
            ],
        ]
        for (name, json) in files {
            try Data(json.encoded()).write(to: URL(filePath: "\(folder)/\(name)"))
        }
        let program = SwarmProgram(folder: folder)
        do {
            let result = try await body(program)
            _ = try await program("down", "--now")
            return result
        } catch {
            _ = try await program("down", "--now")
            throw error
        }
    }

    /// The client of the swarm, if one is up.
    var client: ControlClient {
        get throws { ControlClient(socket: try ControlSocket(stateDirectory: "\(folder)/.swarm")) }
    }

    /// Runs the program to its end.
    func callAsFunction(_ arguments: String...) async throws -> Outcome {
        try await started(arguments).outcome()
    }

    /// Starts the program and leaves it running.
    func started(_ arguments: [String]) throws -> RunningProgram {
        try RunningProgram(arguments, in: folder)
    }
}

/// A call under way.
final class RunningProgram: Sendable {
    private let process: Process
    private let base: String
    private let ended: AsyncStream<Void>

    init(_ arguments: [String], in folder: String) throws {
        base = "\(folder)/call-\(UUID().uuidString.prefix(8))"
        let process = Process()
        // Programs are built beside the test bundle.
        let test = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(filePath: test).deletingLastPathComponent()
            .appending(path: "swarm")
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder, "TERM": "dumb"]
        process.standardInput = FileHandle.nullDevice
        for suffix in ["out", "err"] {
            _ = FileManager.default.createFile(atPath: "\(base).\(suffix)", contents: nil)
        }
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: "\(base).out"))
        process.standardError = try FileHandle(forWritingTo: URL(filePath: "\(base).err"))
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        self.process = process
        self.ended = ended
    }

    /// Sends the signal of Ctrl-C.
    func interrupt() { kill(process.processIdentifier, SIGINT) }

    /// What it wrote to standard error so far.
    var messages: String { (try? String(contentsOfFile: "\(base).err", encoding: .utf8)) ?? "" }

    /// What it wrote to standard output so far.
    var output: String { (try? String(contentsOfFile: "\(base).out", encoding: .utf8)) ?? "" }

    /// Waits for its end.
    func outcome() async -> SwarmProgram.Outcome {
        for await _ in ended {}
        return SwarmProgram.Outcome(
            status: process.terminationStatus,
            output: output,
            messages: messages
        )
    }
}

/// Waits until `condition` holds; a suite's time limit ends a wait for what never comes.
func eventually(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(10)) }
}
