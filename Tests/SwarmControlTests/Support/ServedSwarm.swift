import Foundation
import Logging
import ServiceLifecycle
import SwarmControl
import SwarmModel

/// A scripted swarm behind a real server on a real socket in a directory of its own.
struct ServedSwarm: Sendable {
    let swarm: ScriptedSwarm
    let events: EventHub
    let client: ControlClient
    let directory: String
    /// Begins a graceful shutdown of the server.
    let shutDown: @Sendable () async -> Void

    /// Serves while `body` runs, then shuts down and waits until the server has ended.
    static func run<Result: Sendable>(
        retaining capacity: Int = 2048,
        _ body: @Sendable @escaping (ServedSwarm) async throws -> Result
    ) async throws -> Result {
        try await TemporaryDirectory.with { directory in
            let socket = try ControlSocket(stateDirectory: directory)
            let swarm = ScriptedSwarm()
            let events = EventHub(startedAt: ScriptedSwarm.epoch, capacity: capacity)
            let (serving, started) = AsyncStream.makeStream(of: Void.self)
            let server = ControlServer(
                operations: swarm,
                events: events,
                socket: socket,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                onServing: { started.yield() }
            )
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [server],
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
            )
            return try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    defer { started.finish() }
                    try await group.run()
                }
                for await _ in serving { break }
                let served = ServedSwarm(
                    swarm: swarm,
                    events: events,
                    client: ControlClient(socket: socket),
                    directory: directory,
                    shutDown: { await group.triggerGracefulShutdown() }
                )
                let result = try await body(served)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return result
            }
        }
    }
}

/// A directory that is gone after the test.
enum TemporaryDirectory {
    static func with<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("swarm-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }
}

/// Waits, without a limit of its own, until `condition` holds; a suite's time limit ends a wait for
/// what never comes.
func eventually(_ condition: @Sendable () async throws -> Bool) async throws {
    while try await !condition() { try await Task.sleep(for: .milliseconds(5)) }
}
