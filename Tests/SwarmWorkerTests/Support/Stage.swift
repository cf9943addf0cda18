import Glibc
import SwarmWire
import Synchronization
import ZeroMQ

@testable import SwarmWorker

/// A coordinator, a directory, and a worker in this process.
final class Stage {
    let directory: TemporaryDirectory
    let coordinator: ScriptedCoordinator
    let worker: Worker
    private let running: Task<Result<WorkerEnd, WorkerSettings.Refusal>, any Error>

    init(
        concurrency: Int = 8,
        orphanTimeout: Int = 60_000,
        _ name: (Worker) -> Void = { _ in }
    ) async throws {
        directory = try TemporaryDirectory()
        coordinator = try await ScriptedCoordinator(path: directory.file("bus"))
        let environment = try directory.environment(
            endpoint: coordinator.endpoint.description,
            concurrency: concurrency,
            orphanTimeout: orphanTimeout
        )
        worker = Worker { environment[$0] }
        worker.on(raw: "echo") { bytes, _ in bytes }
        name(worker)
        running = Task { [worker] in try await worker.runUntilEnd(signals: []) }
    }

    /// Cancels the task the worker runs in.
    func cancel() { running.cancel() }

    /// How the worker's life ended.
    func end() async throws -> WorkerEnd {
        let end = try await running.value.get()
        coordinator.stop()
        return end
    }
}

extension TemporaryDirectory {
    /// What a launcher would set.
    func environment(
        endpoint: String,
        concurrency: Int = 8,
        orphanTimeout: Int = 60_000
    ) throws -> [String: String] {
        let token = file("token")
        let descriptor = open(token, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        let text = Array("secret-of-this-launch\n".utf8)
        guard write(descriptor, text, text.count) == text.count else {
            throw CannotPrepare(what: token)
        }
        close(descriptor)
        return [
            "SWARM_ENDPOINT": endpoint, "SWARM_AGENT": "echo", "SWARM_INSTANCE": "echo-3",
            "SWARM_TOKEN_FILE": token, "SWARM_PROTOCOL": "1", "SWARM_LOG_LEVEL": "error",
            "SWARM_CONCURRENCY": "\(concurrency)", "SWARM_ORPHAN_TIMEOUT_MS": "\(orphanTimeout)",
        ]
    }
}

struct CannotPrepare: Error {
    var what: String
}

/// A door that handlers wait at until the test opens it.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrived = 0
    }

    private let state = Mutex(State())

    /// How many have come to the door.
    var arrived: Int { state.withLock { $0.arrived } }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state -> Bool in
                state.arrived += 1
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
