import Hummingbird
public import Logging
public import ServiceLifecycle
import Synchronization
import ZeroMQ

/// Serves the control API on a unix socket until it is told to shut down.
///
/// The socket appears at its path only when it is ready to be used: mode 0600, listening. A
/// graceful shutdown ends event streams, lets other requests finish, and removes the socket.
public struct ControlServer: Service {
    private let operations: any SwarmOperations
    private let events: EventHub
    private let socket: ControlSocket
    private let logger: Logger
    private let onServing: @Sendable () async -> Void

    /// The largest request body, in bytes; a workflow of 10,000 subtasks takes about half of it.
    public static let bodyLimit = 4 << 20

    /// A server for these operations and events on `socket`.
    ///
    /// `onServing` runs once, when clients can connect.
    public init(
        operations: any SwarmOperations,
        events: EventHub,
        socket: ControlSocket,
        logger: Logger,
        onServing: @escaping @Sendable () async -> Void = {}
    ) {
        self.operations = operations
        self.events = events
        self.socket = socket
        self.logger = logger
        self.onServing = onServing
    }

    /// Serves; returns after a graceful shutdown.
    ///
    /// - Throws: An `ErrorDocument` when the socket cannot be made or another server answers on it.
    public func run() async throws {
        let staging = try socket.stage()
        let outcome = PublicationOutcome()
        defer { socket.withdraw(staging, outcome.published.withLock { $0 }) }
        // That the server started, or took a request, is no news to an operator.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: ControlRouter(operations: operations, events: events).responder(),
            configuration: ApplicationConfiguration(
                address: .unixDomainSocket(path: staging.socketPath)
            ),
            onServerRunning: { channel in
                do {
                    let published = try socket.publish(staging)
                    outcome.published.withLock { $0 = published }
                    await onServing()
                } catch {
                    outcome.failure.withLock { $0 = error }
                    channel.close(promise: nil)
                }
            },
            logger: quiet
        )
        do {
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: {
                events.finish()
            }
        } catch {
            throw outcome.failure.withLock { $0 } ?? error
        }
    }
}

/// Carries what became of publishing the socket from the server's callback to its caller.
private final class PublicationOutcome: Sendable {
    let failure = Mutex<(any Error)?>(nil)
    let published = Mutex<FileIdentity?>(nil)
}
