import Foundation
import Glibc
import SwarmModel
import Testing

/// A swarm of two workers that keep books in a file, so that a test can see what was done and
/// undone, whatever became of the workers and the coordinator.
struct Books {
    let folder: SwarmFolder

    /// Writes the topology, the agent and the workflow `month`: two postings, one after the other,
    /// or a single one if nothing undoes it, then the close.
    init(
        in folder: SwarmFolder,
        post: JSON = [:],
        replicas: Int64 = 2,
        topology: JSON = [:]
    ) throws {
        self.folder = folder
        func contract(_ name: String, _ operational: JSON, returns: JSON = [:]) -> JSON {
            [
                "type": "function",
                "function": ["name": .string(name), "parameters": ["type": "object"]],
                "returns": returns,
                "operational": operational.with("timeout", "60s"),
            ]
        }
        let retry: JSON = ["max_attempts": 10, "initial": "10ms", "max": "50ms"]
        var operational: JSON = ["side_effect": "additive", "idempotent": false]
        for member in post.objectValue ?? [:] {
            operational = operational.with(member.key, member.value)
        }
        let manifest: JSON = [
            "schema_version": 1, "name": "clerk", "version": "1.0.0",
            "exec": [
                "/usr/bin/python3",
                .string("\(File.project)/Tests/IntegrationTests/Workers/books.py"),
            ],
            "capabilities": [
                contract("post", operational, returns: ["type": "object", "required": ["id"]]),
                contract(
                    "reverse",
                    [
                        "side_effect": "additive", "idempotent": true, "compensation": "none",
                        "retry_policy": retry,
                    ]
                ),
                contract("find", ["side_effect": "read", "idempotent": true]),
                contract(
                    "close",
                    ["side_effect": "none", "idempotent": true, "retry_policy": retry]
                ),
            ],
        ]
        try folder.write(manifest.description, to: "agents/clerk/agent.json")
        try folder.writeTopology(agents: [
            "clerk": [
                "replicas": .integer(replicas), "concurrency": 2, "ready": ["timeout": "30s"],
                "env": ["PYTHONPATH": .string("\(File.project)/sdk/python")],
                "restart": ["backoff": ["initial": "10ms", "max": "20ms"]],
                "liveness": ["heartbeat": "500ms", "missed": 10],
                "shutdown": ["grace": "500ms"],
            ]
        ])
        // A call that nothing undoes can only be made once, as the point of no return.
        let isUndoable = post["compensation"]?.objectValue != nil
        var first: JSON = ["capability": "post", "args": ["amount": 1]]
        if !isUndoable { first = first.with("pivot", true) }
        var subtasks: JSON = [
            "first": first,
            "close": [
                "capability": "close", "needs": [isUndoable ? "second" : "first"], "args": [:],
            ],
        ]
        if isUndoable {
            subtasks = subtasks.with(
                "second",
                ["capability": "post", "needs": ["first"], "args": ["amount": 2]]
            )
        }
        try folder.writeWorkflow(
            "month",
            subtasks: subtasks,
            output: ["closed": "${close.closed}"]
        )
    }

    /// A contract of `post` that says how it is undone.
    static let undoable: JSON = [
        "compensation": ["capability": "reverse", "args": ["id": "$result.id"], "deadline": "60s"]
    ]

    /// The entries and reversals, in order: `+r_1/first`, `-r_1/first`.
    var lines: [String] {
        get throws {
            try (File.text("\(folder.path)/books.jsonl") ?? "").split(separator: "\n").map { line in
                let json = try JSON(parsing: Array(line.utf8))
                if let post = json["post"]?.stringValue { return "+\(post)" }
                return "-\(json["reverse"]?.stringValue ?? "")"
            }
        }
    }

    /// Holds a capability up from its next call on.
    func hold(_ capability: String) throws { try folder.write("", to: "hold.\(capability)") }

    /// Waits until a held capability was called; gives the process that is in it.
    func called(_ capability: String) async throws -> pid_t {
        try await eventually("\(capability) is called") {
            File.text("\(folder.path)/at.\(capability)").flatMap { pid_t($0) }
        }
    }

    /// Lets a held capability go on.
    func release(_ capability: String) {
        unlink("\(folder.path)/hold.\(capability)")
        unlink("\(folder.path)/at.\(capability)")
    }

    /// Lets a capability fail for good from now on, or work again.
    func setBroken(_ capability: String, _ isBroken: Bool) throws {
        if isBroken {
            try folder.write("", to: "broken.\(capability)")
        } else {
            unlink("\(folder.path)/broken.\(capability)")
        }
    }

    /// Waits until a run is in a state, and gives it.
    func run(_ run: String, is state: String) async throws -> JSON {
        try await eventually("\(run) is \(state)") {
            let shown = try await folder.data("show", run)
            return shown.when(shown["state"] == .string(state))
        }
    }
}
