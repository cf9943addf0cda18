import Foundation
import SwarmModel
import Testing

@testable import swarm

@Suite("Where a swarm keeps its state")
struct StateDirectoryTests {
    @Test("The option wins over the environment, and that over the nearest topology")
    func precedence() throws {
        let root = FileManager.default.temporaryDirectory
            .appending(path: "swarm-state-\(UUID().uuidString)").path
        let inner = root + "/a/b"
        try FileManager.default.createDirectory(
            atPath: inner,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: root) }
        func path(_ option: String?, _ environment: [String: String]) throws -> String {
            try StateDirectory(
                option: option,
                environment: environment,
                workingDirectory: inner
            ).path
        }
        #expect(try path("../x", ["SWARM_STATE_DIR": "/y"]) == root + "/a/x")
        #expect(try path(nil, ["SWARM_STATE_DIR": "/y/"]) == "/y")
        #expect(try path(nil, ["SWARM_STATE_DIR": ""]) == inner + "/.swarm")
        // One that was meant to name a directory, and does not, is no wish for the default.
        let error = #expect(throws: ErrorDocument.self) { try path("", [:]) }
        #expect(error?.code == .badInput)
        #expect(error?.message.contains("--state-dir") == true)
        #expect(try path(nil, [:]) == inner + "/.swarm")
        try Data().write(to: URL(filePath: root + "/topology.json"))
        #expect(try path(nil, [:]) == root + "/.swarm")
        try Data().write(to: URL(filePath: root + "/a/topology.json"))
        #expect(try path(nil, [:]) == root + "/a/.swarm")
        let named = try StateDirectory(
            option: nil,
            topology: "../../topology.json",
            environment: [:],
            workingDirectory: inner
        )
        #expect(named.path == root + "/.swarm")
        #expect(named.topology == root + "/topology.json")
    }

    @Test(
        "Paths are resolved as text",
        arguments: [
            ("b", "/a", "/a/b"), ("../b", "/a", "/b"), ("../../..", "/a", "/"), ("/x/", "/a", "/x"),
            ("./b/./c//d", "/a", "/a/b/c/d"), (".", "/a", "/a"),
        ]
    )
    func paths(path: String, folder: String, expected: String) {
        #expect(AbsolutePath.resolve(path, in: folder) == expected)
    }
}
