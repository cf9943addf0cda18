import SwarmConfig
import SwarmControl
import SwarmModel
import SwarmRuntime
import ZeroMQ

/// A swarm for one command: the one that is up, or else one that lives as long as the command.
enum ShortLivedSwarm {
    /// Runs `body` with a client of a swarm that takes work.
    ///
    /// Commands that start at the same moment share the swarm of the first. It ends with the last
    /// run in it; a command that came just too late starts its own.
    ///
    /// - Parameters:
    ///   - global: The options of the command.
    ///   - topology: The topology to start from; nil is the nearest.
    ///   - keep: Whether a swarm that was started stays up.
    ///   - isAbandoned: Whether nobody wants to wait for a drain any more.
    ///   - begin: Hands the work over. It is tried on the next swarm when one that is ending
    ///     refuses it, so it must have done nothing when it throws `E_STOPPING`.
    ///   - body: The rest of the work.
    /// - Returns: What `body` does.
    /// - Throws: What `body` does, or why there is no swarm for it.
    static func with<Begun: Sendable, Result: Sendable>(
        _ global: GlobalOptions,
        topology: String?,
        keep: Bool = false,
        isAbandoned: (Result) -> Bool = { _ in false },
        begin: (ControlClient) async throws -> Begun,
        _ body: (ControlClient, Begun) async throws -> Result
    ) async throws -> Result {
        let search = try SwarmSearch(global, topology: topology)
        while true {
            let found = try await search.next()
            let begun: Begun
            do { begun = try await begin(found.client) } catch let error as ErrorDocument {
                guard !found.isOurs else {
                    try? await stop(found.client, drain: true, search.console)
                    throw error
                }
                guard error.code == .stopping || !found.client.socket.isServed,
                    search.mayTryAgain
                else { throw error }
                continue
            }
            guard found.isOurs else { return try await body(found.client, begun) }
            do {
                let result = try await body(found.client, begun)
                if !keep {
                    try await stop(found.client, drain: !isAbandoned(result), search.console)
                }
                return result
            } catch {
                try? await stop(found.client, drain: true, search.console)
                throw error
            }
        }
    }

    /// Ends the swarm that was started for this command, unless others use it.
    private static func stop(
        _ client: ControlClient,
        drain: Bool,
        _ console: Console
    ) async throws {
        try await SwarmEnd.stop(client, drain: drain, whenIdle: true) { stop in
            guard !console.isJSON else { return }
            console.note(
                stop.waiting
                    ? "others have runs in the swarm; it stops after the last of them"
                    : "stopping the swarm that was started for this command"
            )
        }
    }
}

/// Looks for a swarm to use, and starts one when there is none.
private final class SwarmSearch {
    /// A swarm, and whether it was started for this command.
    struct Found {
        let client: ControlClient
        let isOurs: Bool
    }

    let console: Console
    private let global: GlobalOptions
    private let topology: String?
    private let stateDirectory: String
    private let socket: ControlSocket
    /// Swarms of others come and go; a minute of that is enough.
    private let limit = ContinuousClock.now + .seconds(60)
    private var hasWaited = false

    init(_ global: GlobalOptions, topology: String?) throws {
        self.global = global
        self.topology = topology
        console = global.console
        stateDirectory = try global.stateDirectory(topology: topology).path
        socket = try ControlSocket(stateDirectory: stateDirectory)
    }

    var mayTryAgain: Bool { ContinuousClock.now < limit }

    /// The next swarm: the one that is up, else a new one.
    func next() async throws -> Found {
        while true {
            let client = ControlClient(socket: socket)
            if socket.isServed, let found = try await joined(client) { return found }
            if !socket.isServed {
                do { return try await started() } catch let error as ErrorDocument {
                    // Another command is starting the same swarm at the same moment.
                    guard error.code == .conflict, mayTryAgain else { throw error }
                    try await waitForOther(error)
                }
            } else {
                guard mayTryAgain else {
                    throw ErrorDocument(
                        .stopping,
                        "the swarm on \(socket.path) is shutting down and does not end",
                        hint: "`swarm logs` says what it waits for"
                    )
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    /// The swarm that is up; nil when it is ending.
    private func joined(_ client: ControlClient) async throws -> Found? {
        do {
            guard try await client.health().status != .stopping else { return nil }
            // Who comes while another starts it waits for its workers as that one does.
            if hasWaited { try await Readiness.wait(for: client) }
            return Found(client: client, isOurs: false)
        } catch let error as ErrorDocument {
            guard error.code == .stopping || error.code == .unreachable, mayTryAgain
            else { throw error }
            return nil
        }
    }

    private func started() async throws -> Found {
        let source = try ConfigurationSource(topology, global)
        // What is wrong is told here, all of it and in its places.
        let loaded = source.load()
        guard loaded.plan != nil, !loaded.diagnostics.hasErrors else {
            throw DiagnosticsError(diagnostics: loaded.diagnostics)
        }
        if !console.isJSON { console.note("no swarm is up; starting that of \(source.topology)") }
        let daemon = DaemonStart(
            topology: source.topology,
            stateDirectory: source.stateDirectory,
            durability: nil,
            logLevel: .info
        )
        return Found(client: try await daemon.start(untilReady: true), isOurs: true)
    }

    /// Waits until whoever has the lock serves or is gone.
    private func waitForOther(_ conflict: ErrorDocument) async throws {
        hasWaited = true
        while !socket.isServed, let holder = LockFile.holder(path: "\(stateDirectory)/lock"),
            ProcessState.isAlive(holder)
        {
            guard mayTryAgain else { throw conflict }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
