import Logging
import ServiceLifecycle
import SwarmCore
import SwarmJournal
import SwarmJournalSQLite
public import SwarmModel
public import SwarmRuntime

/// A whole swarm in this process: coordinator, log and control API, until it is told to end.
public struct SwarmHost: Sendable {
    /// What a host is started with.
    public struct Configuration: Sendable {
        /// The topology, resolved and checked.
        public var plan: SwarmPlan
        /// The workflows that can be run by name.
        public var workflows: [Workflow]
        /// The topology's file.
        public var topologyPath: String
        /// Where state is kept; absolute.
        public var stateDirectory: String
        /// What commits survive; nil takes the topology's word.
        public var durability: Durability?
        /// The least important of the coordinator's lines that the log keeps; what a worker's
        /// must be, its agent says.
        public var logLevel: LogLevel
        /// Also takes each line of the log as it is written.
        public var printer: (@Sendable ([LogRecord]) -> Void)?

        /// A configuration.
        public init(
            plan: SwarmPlan,
            workflows: [Workflow],
            topologyPath: String,
            stateDirectory: String,
            durability: Durability? = nil,
            logLevel: LogLevel = .info,
            printer: (@Sendable ([LogRecord]) -> Void)? = nil
        ) {
            self.plan = plan
            self.workflows = workflows
            self.topologyPath = topologyPath
            self.stateDirectory = stateDirectory
            self.durability = durability
            self.logLevel = logLevel
            self.printer = printer
        }
    }

    /// The coordinator.
    public let service: CoordinatorService
    /// What the control API does.
    public let operations: CoordinatorOperations
    private let log: LogFile
    private let events: EventHub
    private let socket: ControlSocket

    /// Takes the state directory and recovers what is in it; starts nothing.
    ///
    /// - Throws: An `ErrorDocument` saying what is in the way.
    public init(_ configuration: Configuration) throws {
        let folder = StateFolder(path: configuration.stateDirectory)
        do {
            try folder.prepare()
            let log = try LogFile(
                LogFile.Configuration(directory: folder.logs, level: configuration.logLevel)
            )
            self.log = log
            service = try CoordinatorService(
                CoordinatorService.Options(
                    plan: configuration.plan,
                    stateFolder: folder,
                    durability: configuration.durability,
                    observers: [CoordinatorJournalLog(log)],
                    output: { [plan = configuration.plan] batch in
                        let level = plan.agent(named: batch.worker.agent)?.configuration.log.level
                        let lines = WorkerOutputLog.records(
                            of: batch,
                            at: Instant.wallClock(),
                            from: level.flatMap { LogLevel(lenient: $0.rawValue) } ?? .info
                        )
                        log.append(contentsOf: lines, from: .debug)
                    }
                )
            )
        } catch {
            throw SwarmHost.explain(error, folder: folder)
        }
        socket = try ControlSocket(stateDirectory: configuration.stateDirectory)
        events = EventHub(startedAt: service.startedAt)
        let events = events
        _ = log.observe { events.publish($0) }
        if let printer = configuration.printer { _ = log.observe(printer) }
        operations = CoordinatorOperations(
            service: service,
            workflows: configuration.workflows,
            topologyPath: configuration.topologyPath,
            controlPath: socket.path,
            log: log
        )
    }

    /// Serves until the coordinator has ended.
    ///
    /// - Parameter serving: Called when clients can connect.
    /// - Throws: An `ErrorDocument` when it cannot serve, or could not end in order.
    public func run(serving: @escaping @Sendable () async -> Void = {}) async throws {
        log.append(
            LogRecord(
                .swarmStarted,
                at: service.startedAt,
                message: "\(service.plan.topology.name) on \(service.stateFolder.path); "
                    + "durability \(service.durability.rawValue)",
                fields: ["recovered_records": .integer(Int64(service.recovered))]
            )
        )
        if service.recovered > 0 {
            log.append(
                LogRecord(
                    .swarmRecovered,
                    at: service.startedAt,
                    message: "\(service.recovered) records of the journal were applied",
                    fields: ["records": .integer(Int64(service.recovered))]
                )
            )
        }
        if let note = SQLiteVersion.walResetNote {
            log.append(LogRecord(.journalOpened, at: service.startedAt, message: note))
        }
        let server = ControlServer(
            operations: operations,
            events: events,
            socket: socket,
            logger: Logger(label: "control") { SwarmLogHandler(label: $0, file: log) },
            onServing: { [log, socket] in
                log.append(
                    LogRecord(.controlOpened, at: Instant.wallClock(), message: socket.path)
                )
                await serving()
            }
        )
        let group = ServiceGroup(
            services: [server],
            logger: Logger(label: "services") { [log] label in
                SwarmLogHandler(label: label, file: log)
            }
        )
        do {
            let end = try await withThrowingTaskGroup(of: CoordinatorEnd?.self) { tasks in
                // Nobody can ask before the coordinator listens: a swarm that answers has started.
                let (listening, listens) = AsyncStream.makeStream(of: Void.self)
                tasks.addTask { [service] in
                    defer { listens.finish() }
                    return try await service.run { listens.yield() }
                }
                tasks.addTask {
                    guard await listening.first(where: { true }) != nil else { return nil }
                    try await group.run()
                    log.append(
                        LogRecord(
                            .controlClosed,
                            at: Instant.wallClock(),
                            message: socket.path
                        )
                    )
                    return nil
                }
                var end: CoordinatorEnd?
                while let finished = try await tasks.next() {
                    if let finished {
                        end = finished
                        if case .stopped = finished { await operations.lingerForSubmitters() }
                        await group.triggerGracefulShutdown()
                    }
                }
                return end
            }
            guard service.hasStateFolder else {
                throw ErrorDocument(
                    .internal,
                    "the state directory \(service.stateFolder.path) was deleted while the "
                        + "coordinator ran, so it has ended",
                    hint: "what it had journaled went with it; `swarm up` starts anew"
                )
            }
            if case .journalFailed(let error)? = end {
                throw ErrorDocument(
                    .internal,
                    "the journal could not be written: \(error.message)",
                    hint: error.hint
                )
            }
        } catch {
            let explained = SwarmHost.explain(error, folder: service.stateFolder)
            log.append(
                LogRecord(
                    .swarmFailed,
                    at: Instant.wallClock(),
                    message: explained.message,
                    action: explained.hint
                )
            )
            await log.close()
            throw explained
        }
        await log.close()
    }

    /// Begins to end it: with `drain` what runs may finish.
    public func stop(drain: Bool) async { await service.coordinator.stop(drain: drain) }
}
