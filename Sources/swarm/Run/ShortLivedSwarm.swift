import SwarmControl
import SwarmModel

/// A swarm for one command: the one that is up, or else one that lives as long as the command.
enum ShortLivedSwarm {
    /// Runs `body` with a client of a swarm whose workers are ready.
    ///
    /// - Parameters:
    ///   - global: The options of the command.
    ///   - topology: The topology to start from; nil is the nearest.
    ///   - keep: Whether a swarm that was started stays up.
    ///   - isAbandoned: Whether nobody wants to wait for a drain any more.
    ///   - body: The work.
    /// - Returns: What `body` does.
    /// - Throws: What `body` does, or why there is no swarm for it.
    static func with<Result: Sendable>(
        _ global: GlobalOptions,
        topology: String?,
        keep: Bool = false,
        isAbandoned: (Result) -> Bool = { _ in false },
        _ body: (ControlClient) async throws -> Result
    ) async throws -> Result {
        let stateDirectory = try global.stateDirectory(topology: topology)
        let socket = try ControlSocket(stateDirectory: stateDirectory.path)
        if socket.isServed { return try await body(ControlClient(socket: socket)) }
        let source = try ConfigurationSource(topology, global)
        let console = global.console
        if !console.isJSON { console.note("no swarm is up; starting that of \(source.topology)") }
        let daemon = DaemonStart(
            topology: source.topology,
            stateDirectory: source.stateDirectory,
            durability: nil
        )
        let client = try await daemon.start(untilReady: true)
        do {
            let result = try await body(client)
            if !keep { try await stop(client, drain: !isAbandoned(result), console) }
            return result
        } catch {
            try? await stop(client, drain: true, console)
            throw error
        }
    }

    private static func stop(
        _ client: ControlClient,
        drain: Bool,
        _ console: Console
    ) async throws {
        guard try await client.status().activeRuns == 0 else {
            if !console.isJSON {
                console.note("other runs are active, so the swarm stays up; `swarm down` stops it")
            }
            return
        }
        if !console.isJSON { console.note("stopping the swarm that was started for this command") }
        try await SwarmEnd.stop(client, drain: drain)
    }
}
