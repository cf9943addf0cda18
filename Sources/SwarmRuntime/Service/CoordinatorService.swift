import Glibc
import SwarmCore
import SwarmJournal
import SwarmJournalSQLite
public import SwarmModel
import ZeroMQ

/// A coordinator with everything it needs: lock, journal, processes, thread, and what it remembers
/// of its runs.
public final class CoordinatorService: Sendable {
    /// What a coordinator is started with.
    public struct Options: Sendable {
        /// The topology, resolved and checked.
        public var plan: SwarmPlan
        /// Where it keeps its state; absolute.
        public var stateFolder: StateFolder
        /// What commits survive; nil takes the topology's word.
        public var durability: Durability?
        /// Who else hears of everything, such as the log.
        public var observers: [any CoordinatorObserver]
        /// Takes the lines workers write, on a thread that must not wait.
        public var output: @Sendable (OutputBatch) -> Void

        /// Options for a topology.
        public init(
            plan: SwarmPlan,
            stateFolder: StateFolder,
            durability: Durability? = nil,
            observers: [any CoordinatorObserver] = [],
            output: @escaping @Sendable (OutputBatch) -> Void = { _ in }
        ) {
            self.plan = plan
            self.stateFolder = stateFolder
            self.durability = durability
            self.observers = observers
            self.output = output
        }
    }

    /// The coordinator itself.
    public let coordinator: Coordinator
    /// What it remembers of its runs.
    public let ledger: RunLedger
    /// Where it keeps its state.
    public let stateFolder: StateFolder
    /// Where its journal is.
    public let journalPath: String
    /// What commits survive.
    public let durability: Durability
    /// The topology.
    public let plan: SwarmPlan
    /// When it was put together.
    public let startedAt: Instant
    /// How many records it found in the journal.
    public let recovered: Int

    private let lock: LockFile
    private let writer: JournalWriter
    private let thread: SocketThread

    /// Takes the state folder, checks and folds the journal, and puts the coordinator together.
    ///
    /// Nothing is started yet. What fails here has changed nothing but the epoch of the journal.
    ///
    /// - Throws: `ZeroMQError` when the folder is taken or cannot be had; `JournalError` when the
    ///   journal cannot be trusted or written.
    public init(_ options: Options) throws {
        plan = options.plan
        stateFolder = options.stateFolder
        try stateFolder.prepare()
        lock = try LockFile(path: stateFolder.lock)
        // libzmq aborts the process when it cannot accept a connection for want of a descriptor.
        DescriptorLimit.raise()
        let settings = plan.topology.coordinator
        durability = options.durability ?? settings.journal.durability
        journalPath =
            settings.journal.path.map { $0.hasPrefix("/") ? $0 : "\(options.plan.directory)/\($0)" }
            ?? stateFolder.journal
        let wall = CoordinatorClock(notBefore: nil).now
        let store = try SQLiteJournalStore.open(
            path: journalPath,
            durability: durability,
            swarm: plan.topology.name,
            at: wall
        )
        let ledger = RunLedger()
        self.ledger = ledger
        let recovery = try JournalRecovery(folding: store) { ledger.committed($0) }
        recovered = recovery.records
        let clock = CoordinatorClock(notBefore: recovery.lastMoment)
        startedAt = clock.now
        writer = JournalWriter(store: store)
        let thread = try SocketThread(name: "coordinator")
        self.thread = thread
        let endpoints = try (settings.listen.isEmpty ? [stateFolder.bus] : settings.listen)
            .map { try Endpoint($0) }
        let exits = ExitRelay()
        let launcher = try ProcessLauncher(
            outputDirectory: stateFolder.output,
            output: options.output,
            exited: { exit in exits.report(exit) },
            post: { job in thread.submit(job) }
        )
        coordinator = Coordinator(
            Coordinator.Parts(
                thread: thread,
                writer: writer,
                durability: durability,
                swarm: recovery.swarm,
                head: store.head,
                epoch: store.epoch,
                lastMoment: recovery.lastMoment,
                endpoints: endpoints,
                fleet: WorkerFleet(
                    plan: plan,
                    directory: stateFolder.workers,
                    launcher: launcher
                ),
                observer: ObserverList([ledger] + options.observers),
                hasStateFolder: { [lock] in lock.isInPlace }
            )
        )
        exits.connect(to: coordinator)
    }

    /// Whether the state directory is still the one it took; false once somebody deleted it.
    public var hasStateFolder: Bool { lock.isInPlace }

    /// Where workers connect, once it runs.
    public func endpoints() async -> [String] { await coordinator.endpoints }

    /// Serves until it is stopped.
    ///
    /// - Parameter ready: Called when workers can connect and runs can be submitted.
    /// - Returns: How it ended.
    /// - Throws: `ZeroMQError` when it cannot listen where it should.
    public func run(ready: @Sendable () async -> Void = {}) async throws -> CoordinatorEnd {
        thread.start()
        defer { thread.stop() }
        do {
            try await coordinator.start(plan: plan, seed: UInt64.random(in: 1 ... .max))
        } catch {
            try? writer.close()
            throw error
        }
        await ready()
        let end = await coordinator.ended()
        // After a failed commit the writer has nothing left to write, and says so again.
        if case .stopped = end { try writer.close() } else { try? writer.close() }
        return end
    }
}

/// Brings exits from the launcher, which is made first, to the coordinator.
private final class ExitRelay: Sendable {
    private let target = Target()

    /// Set before the first process starts, then only read on the coordinator's thread.
    private final class Target: @unchecked Sendable {
        weak var coordinator: Coordinator?
    }

    func connect(to coordinator: Coordinator) { target.coordinator = coordinator }

    func report(_ exit: ProcessExit) {
        target.coordinator?.assumeIsolated { $0.processEnded(exit) }
    }
}

/// Several observers as one, told in order.
struct ObserverList: CoordinatorObserver {
    private let observers: [any CoordinatorObserver]

    init(_ observers: [any CoordinatorObserver]) { self.observers = observers }

    func committed(_ batch: CommittedBatch) {
        for observer in observers { observer.committed(batch) }
    }

    func noticed(_ notice: CoordinatorNotice, at time: Instant) {
        for observer in observers { observer.noticed(notice, at: time) }
    }
}
