import FoundationEssentials
import Glibc
import SwarmConfig
import SwarmCore
import SwarmJournal
import SwarmModel
import SwarmRuntime

/// A fresh swarm for one measurement: this process coordinates, two `echo` processes work, over ipc
/// and with a journal of its own in a folder of its own.
struct BenchSwarm {
    let service: CoordinatorService
    let stopwatch: BenchStopwatch

    /// Runs `body` once both workers are ready, then ends everything and removes the folder.
    static func with<Result: Sendable>(
        durability: Durability,
        concurrency: Int,
        policies: PolicySet,
        _ body: @escaping @Sendable (BenchSwarm) async throws -> Result
    ) async throws -> Result {
        let directory = try BenchDirectory()
        defer { directory.remove() }
        let topology = try write(to: directory, concurrency, policies)
        let loaded = ConfigurationLoader(
            environment: ProcessInfo.processInfo.environment,
            stateDirectory: "\(directory.path)/.swarm"
        ).load(topology: topology)
        guard let plan = loaded.plan, !loaded.diagnostics.hasErrors else {
            throw DiagnosticsError(diagnostics: loaded.diagnostics)
        }
        let stopwatch = BenchStopwatch()
        let service = try CoordinatorService(
            CoordinatorService.Options(
                plan: plan,
                stateFolder: StateFolder(path: "\(directory.path)/.swarm"),
                durability: durability,
                observers: [stopwatch]
            )
        )
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { _ = try await service.run() }
            let result: Result
            do {
                try await ready(service)
                result = try await body(BenchSwarm(service: service, stopwatch: stopwatch))
            } catch {
                await service.coordinator.stop(drain: false)
                throw error
            }
            await service.coordinator.stop(drain: false)
            try await tasks.waitForAll()
            return result
        }
    }

    /// Carries out one run and gives back how it ended.
    ///
    /// - Throws: When the run did not succeed: a benchmark of failures measures nothing.
    func perform(_ work: PreparedWork) async throws {
        let answer = await service.coordinator.perform(
            workflow: work.workflow,
            digest: work.digest,
            input: work.input
        )
        switch answer {
        case .finished(let finished) where finished.outcome == .succeeded: return
        case .finished(let finished):
            throw Self.failure(finished.failure?.message ?? "\(finished.outcome)")
        case .rejected(let failure): throw Self.failure(failure.message)
        }
    }

    private static func failure(_ reason: String) -> ErrorDocument {
        ErrorDocument(.internal, "a run of the benchmark failed: \(reason)")
    }

    static func ready(_ service: CoordinatorService) async throws {
        while true {
            let workers = await service.coordinator.workers
            if !workers.isEmpty, workers.allSatisfy({ $0.phase == .ready }) { return }
            if let worker = workers.first(where: { $0.phase == .quarantined }) {
                let reason = service.ledger.lastFailure(of: worker.id) ?? "it ends at once"
                throw ErrorDocument(
                    .noCapableAgent,
                    "\(worker.id) does not start: \(reason)",
                    hint: "echo-agent must be beside the swarm program"
                )
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private static func write(
        to directory: BenchDirectory,
        _ concurrency: Int,
        _ policies: PolicySet
    ) throws -> String {
        let breaker: JSON = ["enabled": .bool(policies != .off)]
        var topology: JSONObject = [
            "schema_version": 1, "name": "bench",
            // Workers that are killed to be measured come back at once and are never given up.
            "supervision": ["max_restarts": 1000],
            "circuit_breakers": ["tool": breaker, "agent": breaker, "workflow": breaker],
        ]
        var agent: JSONObject = [
            "manifest": "echo/agent.json", "replicas": 2,
            "concurrency": .integer(Int64(concurrency)),
            "restart": ["backoff": ["initial": "10ms", "max": "10ms"]],
        ]
        var operational: JSONObject = [
            "version": "1.0.0", "side_effect": "none", "open_world": false,
            "idempotent": true, "risk": "low", "timeout": "60s",
        ]
        if policies == .all {
            // So much of everything that nothing is ever held back: what is measured is the watch.
            let budget: JSON = ["usd": 1_000_000, "tokens": 1_000_000_000, "calls": 10_000_000]
            topology["coordinator"] = ["limits": ["run_budget": budget]]
            topology["semaphores"] = ["bench": ["permits": 100_000]]
            agent["budget"] = budget
            agent["semaphores"] = ["bench"]
            operational["cost_estimate"] = ["usd": 0.001, "tokens": 10]
            operational["hedge"] = ["after": "30s"]
        }
        topology["agents"] = ["echo": .object(agent)]
        let manifest: JSON = [
            "schema_version": 1, "name": "echo", "version": "1.0.0", "kind": "tool",
            "description": "Gives back what it gets", "adapter": "native",
            "exec": ["echo-agent"], "protocol": ["min": 1, "max": 1],
            "capabilities": [
                [
                    "type": "function",
                    "function": [
                        "name": "echo", "description": "Return the arguments as they are",
                        "parameters": ["type": "object"],
                    ],
                    "returns": ["type": "object"],
                    "operational": .object(operational),
                ],
                [
                    "type": "function",
                    "function": ["name": "sleep", "parameters": ["type": "object"]],
                    "operational": [
                        "side_effect": "none", "idempotent": true, "timeout": "60s",
                    ],
                ],
            ],
        ]
        try FileManager.default.createDirectory(
            atPath: "\(directory.path)/echo",
            withIntermediateDirectories: true
        )
        try Data(manifest.encoded()).write(
            to: URL(filePath: "\(directory.path)/echo/agent.json")
        )
        let path = "\(directory.path)/topology.json"
        try Data(JSON.object(topology).encoded()).write(to: URL(filePath: path))
        return path
    }
}

/// A workflow and an input, checked and digested before the clock starts.
struct PreparedWork: Sendable {
    let workflow: Workflow
    let digest: Digest
    let input: Payload

    init(_ definition: JSON, input: JSON = [:]) throws {
        workflow = try Workflow(json: definition)
        digest = .sha256(of: definition.encoded())
        let bytes = input.encoded()
        self.input =
            bytes.count <= Payload.inlineLimit
            ? .inline(bytes)
            : .stored(StoredPayload(digest: .sha256(of: bytes), size: bytes.count, bytes: bytes))
    }
}
