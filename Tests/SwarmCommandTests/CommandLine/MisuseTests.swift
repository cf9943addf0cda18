import Foundation
import SwarmModel
import Testing

@Suite("The program, misused", .timeLimit(.minutes(5)))
struct MisuseTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var status: Int32
        var messages: [String]
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let cases = [
        Case(arguments: ["frobnicate"], status: 64, messages: ["Unexpected argument"]),
        Case(arguments: ["show", "17"], status: 64, messages: ["'17'"]),
        Case(arguments: ["up", "--wait"], status: 64, messages: ["--wait goes with -d"]),
        Case(arguments: ["runs", "--limit", "0"], status: 64, messages: ["from 1 to 1000"]),
        Case(
            arguments: ["ps"],
            status: 69,
            messages: ["error: no coordinator answers on", ".swarm/control.sock", "swarm up -d"]
        ),
        Case(
            arguments: ["run", "nothing"],
            status: 65,
            messages: ["the swarm has no workflow called nothing", "it has broken, demo, stuck"]
        ),
        Case(
            arguments: ["run", "demo", "-i", "ms=fast"],
            status: 65,
            messages: ["--input ms=fast: expected an integer"]
        ),
        Case(
            arguments: ["run", "./missing.json"],
            status: 78,
            messages: ["./missing.json", "nothing was started"]
        ),
        Case(
            arguments: ["call", "echo.echo", "{oops"],
            status: 65,
            messages: ["the arguments are not JSON", "quote them"]
        ),
        Case(
            arguments: ["graph", "nothing"],
            status: 65,
            messages: ["no workflow called nothing"]
        ),
        Case(
            arguments: ["simulate", "--workflow", "nothing"],
            status: 65,
            messages: ["no workflow called nothing", "it has broken, demo, stuck"]
        ),
        Case(
            arguments: ["simulate", "--workflow", "./missing.json"],
            status: 78,
            messages: ["./missing.json", "nothing was started"]
        ),
        Case(
            arguments: ["simulate", "--workflow", "demo", "--faults", "kill,gremlins"],
            status: 65,
            messages: [#"no kind of fault called "gremlins""#, "errors, hang, slow"]
        ),
        Case(
            arguments: ["simulate", "--workflow", "demo", "--runs", "0"],
            status: 64,
            messages: ["--runs takes a number from 1 to 1000000"]
        ),
        Case(
            arguments: ["simulate", "--runs", "5"],
            status: 64,
            messages: ["go with --workflow"]
        ),
        Case(
            arguments: ["simulate", "--workflow", "demo", "--input", "ms=fast"],
            status: 65,
            messages: ["--input ms=fast: expected an integer"]
        ),
        Case(
            arguments: ["simulate", "--workflow", "demo", "--duration", "fly=1s"],
            status: 65,
            messages: ["--duration fly: no agent offers it"]
        ),
        Case(
            arguments: ["simulate", "--workflow", "stuck"],
            status: 65,
            messages: ["even without faults", "--duration"]
        ),
        Case(
            arguments: ["logs", "--state-dir", "elsewhere"],
            status: 65,
            messages: ["there is no log in"]
        ),
        Case(
            arguments: ["ps", "--state-dir", "/" + String(repeating: "d", count: 120)],
            status: 65,
            messages: ["134 bytes", "shorter state directory"]
        ),
    ]

    @Test("Each mistake ends with its own status and says what to do", arguments: cases)
    func mistake(_ wrong: Case) async throws {
        try await SwarmProgram.with { swarm in
            let outcome = try await swarm.started(wrong.arguments).outcome()
            #expect(outcome.status == wrong.status)
            #expect(outcome.output.isEmpty)
            for message in wrong.messages {
                #expect(outcome.messages.contains(message), "\(outcome.messages)")
            }
        }
    }

    @Test("With --json an error is a document on standard output")
    func errorDocuments() async throws {
        try await SwarmProgram.with { swarm in
            let outcome = try await swarm("ps", "--json")
            #expect(outcome.status == 69)
            let error = try JSON(parsing: Array(outcome.output.utf8))
                .decoded(as: ErrorResponse.self).error
            #expect(error.code == .unreachable)
            #expect(error.exit == 69)
        }
    }

    @Test("Configuration that is wrong is told before anything starts, all of it")
    func badConfiguration() async throws {
        try await SwarmProgram.with { swarm in
            let topology = "\(swarm.folder)/topology.json"
            let text = try String(contentsOfFile: topology, encoding: .utf8)
                .replacingOccurrences(of: "\"replicas\"", with: "\"replica\"")
                .replacingOccurrences(of: "\"20s\"", with: "20")
            try text.write(toFile: topology, atomically: true, encoding: .utf8)
            for arguments in [["config", "check"], ["up", "-d"], ["run", "demo"]] {
                let outcome = try await swarm.started(arguments).outcome()
                #expect(outcome.status == 78, "\(arguments)")
                let told = outcome.output + outcome.messages
                #expect(told.contains(#"unknown key "replica""#), "\(told)")
                #expect(told.contains("20"), "\(told)")
                #expect(told.contains("2 errors"), "\(told)")
            }
            #expect(!FileManager.default.fileExists(atPath: "\(swarm.folder)/.swarm"))
        }
    }

    @Test("Schemas and completions are printed as they are")
    func printed() async throws {
        try await SwarmProgram.with { swarm in
            let schemas = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../../schemas")
            for kind in ["topology", "agent", "workflow"] {
                let file = schemas.appending(path: "\(kind)-v1.json")
                #expect(
                    try await swarm("config", "schema", kind).output
                        == String(contentsOf: file, encoding: .utf8)
                )
            }
            for shell in ["bash", "zsh", "fish"] {
                let script = try await swarm("completion", shell)
                #expect(script.status == 0)
                #expect(
                    script.output.contains("--state-dir") || script.output.contains("state-dir")
                )
            }
            let alone = try await swarm()
            #expect(alone.output.contains("No swarm is up"))
            #expect(alone.output.contains("swarm up -d --wait"))
        }
    }
}
