public import Logging
public import ServiceLifecycle
import UnixSignals

/// A coordinator as the host of its control API needs it.
public protocol HostedCoordinator: Service {
    /// What the control API can ask.
    var operations: any SwarmOperations { get }

    /// What the control API streams.
    var events: EventHub { get }

    /// Takes the state directory, recovers the journal and begins to listen for workers.
    ///
    /// Nobody can reach the control API before this has returned, so a swarm that answers is one
    /// that started.
    func start() async throws

    /// Coordinates until a graceful shutdown or a stop that was asked for is complete.
    func run() async throws

    /// Cuts a drain short: workers are told to stop at once.
    func skipDrain() async
}

/// Runs a coordinator and its control API as one service, and ends both in order.
///
/// The control API goes last, so that `swarm ps` and `swarm logs` still answer during a drain. The
/// first SIGINT or SIGTERM begins an orderly end, the second skips the drain.
public struct SwarmHost: Sendable {
    private let coordinator: any HostedCoordinator
    private let socket: ControlSocket
    private let logger: Logger

    /// A host of `coordinator`, with its control API on `socket`.
    public init(coordinator: any HostedCoordinator, socket: ControlSocket, logger: Logger) {
        self.coordinator = coordinator
        self.socket = socket
        self.logger = logger
    }

    /// Runs until the swarm has been told to stop and has.
    ///
    /// `onServing` runs once, when the control API can be reached.
    public func run(onServing: @escaping @Sendable () async -> Void = {}) async throws {
        // From here on a signal asks; before, it ends the process, which has nothing to lose yet.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        try await coordinator.start()
        let server = ControlServer(
            operations: coordinator.operations,
            events: coordinator.events,
            socket: socket,
            logger: logger,
            onServing: onServing
        )
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: server),
                    .init(
                        service: coordinator,
                        successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup
                    ),
                ],
                logger: quiet
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                var count = 0
                for await _ in signals {
                    count += 1
                    if count == 1 {
                        await group.triggerGracefulShutdown()
                    } else {
                        await coordinator.skipDrain()
                    }
                }
            }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }
}
