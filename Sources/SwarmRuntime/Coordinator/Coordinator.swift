public import SwarmCore
public import SwarmJournal
public import SwarmModel
import SwarmWire
public import ZeroMQ

/// Carries out what the core decides: owns the socket, the sessions, the processes and the journal.
///
/// Everything here runs on one thread, which is also the actor's executor. In each turn of that
/// thread messages become inputs, inputs become records and effects, and at the end of the turn the
/// records go to the journal in one batch. The effects run when that batch is durable, in order;
/// until then the thread goes on with the next turn. So nothing is dispatched or acknowledged that
/// a crash could make undone, and one commit serves everything that arrived while the last one was
/// under way.
public actor Coordinator {
    /// What a coordinator is made of.
    public struct Parts: Sendable {
        /// The thread it lives on, not yet used by anyone else.
        public var thread: SocketThread
        /// Where its journal is written.
        public var writer: JournalWriter
        /// How long results wait for durability: not at all with `none`.
        public var durability: Durability
        /// The state folded from the journal.
        public var swarm: Swarm
        /// The end of the folded journal.
        public var head: JournalHead
        /// The epoch of this coordinator.
        public var epoch: UInt64
        /// The moment of the last journaled batch.
        public var lastMoment: Instant?
        /// Where workers connect; launched workers are told the first.
        public var endpoints: [Endpoint]
        /// Starts and ends processes.
        public var fleet: WorkerFleet
        /// Who hears of everything.
        public var observer: any CoordinatorObserver
        /// Whether the folder with its state is still there; asked every few seconds.
        public var hasStateFolder: @Sendable () -> Bool

        /// The parts of a coordinator.
        public init(
            thread: SocketThread,
            writer: JournalWriter,
            durability: Durability,
            swarm: Swarm,
            head: JournalHead,
            epoch: UInt64,
            lastMoment: Instant?,
            endpoints: [Endpoint],
            fleet: WorkerFleet,
            observer: any CoordinatorObserver,
            hasStateFolder: @escaping @Sendable () -> Bool = { true }
        ) {
            self.thread = thread
            self.writer = writer
            self.durability = durability
            self.swarm = swarm
            self.head = head
            self.epoch = epoch
            self.lastMoment = lastMoment
            self.endpoints = endpoints
            self.fleet = fleet
            self.observer = observer
            self.hasStateFolder = hasStateFolder
        }
    }

    nonisolated let thread: SocketThread
    let writer: JournalWriter
    let durability: Durability
    let fleet: WorkerFleet
    let observer: any CoordinatorObserver
    let clock: CoordinatorClock
    let requestedEndpoints: [Endpoint]
    var ipcEndpoints: [IPCEndpoint] = []
    /// Where workers connect, as bound.
    public private(set) var endpoints: [String] = []
    let epoch: UInt64

    var swarm: Swarm
    var builder: JournalBatchBuilder
    var step = Step()
    /// The moment of the present turn, once something has happened in it.
    var moment: Instant?
    /// Steps whose records are not durable yet, oldest first.
    var pending: [PendingStep] = []
    var isJournalBroken = false

    var context: ZeroMQContext?
    var socket: Socket?
    var sessions = SessionTable()
    var lastSession: UInt64
    var header: [UInt8] = []
    var contracts = ContractChecks()
    var liveness = LivenessWatch()
    var coreWake: UInt64?
    var challenges = ChallengeLimit()
    var complaints = NoticeLimit()
    /// Whether the sockets' files are still its own to remove.
    private var ownsFiles = true
    /// Whether it ends as soon as no run is left.
    private var stopsWhenIdle = false
    private let hasStateFolder: @Sendable () -> Bool
    /// When to look whether its folder is there, in monotonic nanoseconds.
    private var nextFolderCheck: UInt64 = 0
    private static let folderInterval: UInt64 = 2_000_000_000

    var lastToken: UInt64 = 0
    var submitters: [UInt64: (SubmissionAnswer) -> Void] = [:]
    /// Whoever ordered something, by the number of the order.
    var orders: [UInt64: (Failure?) -> Void] = [:]
    var waiters: [RunID: [UInt64: (RunFinished?) -> Void]] = [:]
    var progress: [LeaseID: ProgressCount] = [:]
    /// Sessions with acknowledgements to send.
    var acknowledging: [Int] = []
    var haltWaiters: [CheckedContinuation<CoordinatorEnd, Never>] = []
    var end: CoordinatorEnd?

    /// Records and effects that belong together, waiting for their commit.
    struct PendingStep {
        let through: UInt64
        let effects: [Effect]
        let batch: CommittedBatch
    }

    /// How many PROGRESS messages a lease has used of its credit.
    struct ProgressCount {
        var used = 0
    }

    /// The thread is the executor.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    /// Puts a coordinator together; nothing happens before ``start(plan:seed:)``.
    public init(_ parts: Parts) {
        thread = parts.thread
        writer = parts.writer
        durability = parts.durability
        fleet = parts.fleet
        observer = parts.observer
        hasStateFolder = parts.hasStateFolder
        clock = CoordinatorClock(notBefore: parts.lastMoment)
        requestedEndpoints = parts.endpoints
        epoch = parts.epoch
        swarm = parts.swarm
        builder = JournalBatchBuilder(after: parts.head)
        // Session numbers need only differ from those an earlier coordinator gave the core.
        lastSession = parts.epoch << 32
    }

    /// Opens the socket, takes over what an earlier coordinator left, and begins to serve.
    ///
    /// - Parameters:
    ///   - plan: The topology to run.
    ///   - seed: Where chance comes from, if this journal is new.
    /// - Throws: `ZeroMQError` when the endpoint cannot be had.
    public func start(plan: SwarmPlan, seed: UInt64) throws {
        let context = try ZeroMQContext()
        self.context = context
        var options = SocketOptions()
        options.maximumMessageSize = WireLimits.payloadBytes
        let socket = try Socket(.router, context: context, options: options)
        for endpoint in requestedEndpoints {
            if case .ipc(let path) = endpoint {
                let ipc = try IPCEndpoint(path: path)
                try ipc.bind(socket)
                ipcEndpoints.append(ipc)
                endpoints.append(endpoint.description)
            } else {
                try socket.bind(endpoint)
                endpoints.append(try socket.lastEndpoint())
            }
        }
        self.socket = socket
        fleet.connect(to: endpoints[0])
        contracts = ContractChecks(plan)
        thread.register(socket) { [unowned self] in assumeIsolated { $0.receive() } }
        thread.onTurnEnd = { [unowned self] in assumeIsolated { $0.finishTurn() } }
        thread.setDeadline(nil) { [unowned self] in assumeIsolated { $0.deadlineCame() } }
        let cutOff = swarm.outstanding()
        input(.opened(epoch: epoch, seed: seed))
        for process in swarm.processes {
            fleet.adopt(process.process, worker: process.worker, incarnation: process.incarnation)
        }
        run(swarm.outstanding().filter { if case .signal = $0 { true } else { false } })
        input(.configured(plan))
        // A launch that was journaled and not carried out: nobody would ever say HELLO.
        for case .launch(let worker, let incarnation) in cutOff
        where plan.agent(named: worker.agent) != nil && !fleet.hasBegun(worker, incarnation) {
            launch(worker, incarnation)
        }
        fleet.removeAbandoned()
        armDeadline()
    }

    /// Hands the core one thing that happened, at the moment of this turn.
    func input(_ input: Input) {
        let now = moment ?? clock.now
        moment = now
        swarm.handle(input, at: now, into: &step)
    }

    // MARK: The end of a turn

    /// Journals what the turn decided, and runs what needs no commit.
    func finishTurn() {
        stopIfIdle()
        // Effects may bring new inputs (a launch that fails, a message that cannot be sent).
        while !step.records.isEmpty || !step.effects.isEmpty {
            guard !isJournalBroken else { return step.removeAll() }
            let turn = step
            step.removeAll()
            let now = moment ?? clock.now
            moment = nil
            if turn.records.isEmpty {
                if let last = pending.indices.last {
                    pending[last] = PendingStep(
                        through: pending[last].through,
                        effects: pending[last].effects + turn.effects,
                        batch: pending[last].batch
                    )
                } else {
                    run(turn.effects)
                }
                continue
            }
            journal(turn, at: now)
        }
        moment = nil
        flushAcknowledgements()
        armDeadline()
    }

    private func journal(_ turn: Step, at now: Instant) {
        let first = builder.next
        for record in turn.records { builder.append(record) }
        guard let batch = builder.finish(at: now) else { return }
        let committed = CommittedBatch(first: first, time: now, records: turn.records)
        let through = builder.next
        if durability != .none {
            pending.append(PendingStep(through: through, effects: turn.effects, batch: committed))
        }
        do {
            try writer.submit(batch) { [thread, weak self] result in
                thread.submit { [weak self] in
                    self?.assumeIsolated { $0.committed(through: through, result) }
                }
            }
        } catch {
            return journalFailed(error)
        }
        if durability == .none {
            run(turn.effects)
            tell(committed)
        }
    }

    private func committed(through: UInt64, _ result: Result<Void, JournalError>) {
        if case .failure(let error) = result { return journalFailed(error) }
        while let first = pending.first, first.through <= through {
            pending.removeFirst()
            run(first.effects)
            tell(first.batch)
        }
    }

    private func tell(_ batch: CommittedBatch) {
        observer.committed(batch)
        for record in batch.records {
            guard case .runFinished(let finished) = record,
                let waiting = waiters.removeValue(forKey: finished.run)
            else { continue }
            for waiter in waiting { waiter.value(finished) }
        }
    }

    /// What cannot be journaled must not happen: everything stops, and workers outlive us for the
    /// next coordinator.
    private func journalFailed(_ error: JournalError) {
        guard !isJournalBroken else { return }
        isJournalBroken = true
        pending.removeAll()
        observer.noticed(
            .journalFailed(reason: error.message, hint: error.hint),
            at: clock.now
        )
        finish(.journalFailed(error))
    }

    // MARK: Time

    func armDeadline() {
        let next = [coreWake, liveness.next, complaints.next, nextFolderCheck]
            .compactMap(\.self).min()
        thread.setDeadline(next)
    }

    private func deadlineCame() {
        let now = MonotonicClock.now
        if let wake = coreWake, wake <= now {
            coreWake = nil
            input(.tick)
        }
        if let next = liveness.next, next <= now { checkLiveness(at: now) }
        tellSuppressed(at: now)
        checkFolder(at: now)
        armDeadline()
    }

    // MARK: The end

    /// Waits until the coordinator has ended.
    public func ended() async -> CoordinatorEnd {
        if let end { return end }
        return await withCheckedContinuation { haltWaiters.append($0) }
    }

    /// Begins to end: with `drain` what runs may finish; a second call without it ends at once.
    ///
    /// - Parameters:
    ///   - drain: Whether workers may finish what they hold.
    ///   - whenIdle: Whether to begin only when every run has ended.
    /// - Returns: Whether it has begun; otherwise it will by itself.
    @discardableResult
    public func stop(drain: Bool, whenIdle: Bool = false) -> Bool {
        guard end == nil else { return true }
        if whenIdle, !isEnding, swarm.hasRuns || !submitters.isEmpty {
            stopsWhenIdle = true
            return false
        }
        input(.stopRequested(drain: drain))
        finishTurn()
        return true
    }

    private func stopIfIdle() {
        guard stopsWhenIdle, !isEnding, !swarm.hasRuns, submitters.isEmpty else { return }
        stopsWhenIdle = false
        input(.stopRequested(drain: true))
    }

    /// Ends at once when its state directory was deleted: what it would journal is lost, and what
    /// is now at the paths of its sockets may be another coordinator's.
    private func checkFolder(at now: UInt64) {
        guard nextFolderCheck <= now else { return }
        nextFolderCheck = now + Coordinator.folderInterval
        guard end == nil, ownsFiles, !hasStateFolder() else { return }
        ownsFiles = false
        observer.noticed(.stateFolderVanished, at: clock.now)
        stop(drain: false)
    }

    func finish(_ end: CoordinatorEnd) {
        guard self.end == nil else { return }
        self.end = end
        thread.onTurnEnd = nil
        thread.setDeadline(nil)
        socket?.close()
        socket = nil
        context?.terminate()
        context = nil
        if case .stopped = end, ownsFiles { for endpoint in ipcEndpoints { endpoint.remove() } }
        tellSuppressed(at: .max)
        let failure = Failure(.unavailable, "the coordinator has ended")
        for token in submitters.keys.sorted() {
            submitters.removeValue(forKey: token)?(.rejected(failure))
        }
        for token in orders.keys.sorted() { orders.removeValue(forKey: token)?(failure) }
        for run in waiters.keys.sorted() {
            for waiter in waiters.removeValue(forKey: run) ?? [:] {
                waiter.value(nil)
            }
        }
        for waiter in haltWaiters { waiter.resume(returning: end) }
        haltWaiters = []
    }
}

/// How a coordinator ended.
public enum CoordinatorEnd: Hashable, Sendable {
    /// In order: every process has ended and the journal says so.
    case stopped
    /// The journal could not be written.
    case journalFailed(JournalError)
}
