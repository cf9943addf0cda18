import SwarmModel
import SwarmWire
import ZeroMQ

/// The worker's side of the protocol: one session after another with the coordinator.
///
/// Lives on the socket thread, so that beats go out and cancellations come in however busy the
/// handlers are. Everything it does is a reaction to a message, a report of a handler, or a timer.
actor CoordinatorLink {
    /// Where the conversation stands.
    enum Phase {
        /// No socket. Next: `greeting`, `ended`.
        case down
        /// HELLO is out. Next: `ready`, `down`, `ended`.
        case greeting
        /// WELCOME is in. Next: `down`, `ended`.
        case ready(SessionID)
        /// The worker's life is over. Final.
        case ended
    }

    nonisolated let thread: SocketThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    let settings: WorkerSettings
    let handlers: [String: Handler]
    let context: ZeroMQContext
    let pool: HandlerPool
    let outbox: Outbox
    let log: WorkerLog

    var phase = Phase.down
    var socket: Socket?
    private var monitor: ConnectionMonitor?
    /// Whether anybody serves the endpoint: before that, silence says nothing.
    private var isConnected = false
    var timers = Timers()
    var backoff = Backoff()
    /// How often HELLO has been said.
    private var greetings: Int64 = 0
    var random = SystemRandomNumberGenerator()

    /// Every lease that is not acknowledged, by its number.
    var holdings: [LeaseID: Holding] = [:]
    var recent = RecentLeases()
    /// Leases whose start may have to be told.
    var untoldStarts: [Holding] = []
    /// Leases whose result found the queue full; it is sent again soon.
    var unsentResults: [Holding] = []
    /// The lease that each unanswered call is for, by the call's number.
    var callers: [Int64: Holding] = [:]
    /// Calls that found the queue full; they are sent again soon.
    var unsentCalls: [Int64] = []
    /// The number of the last call; none is used twice.
    var lastCall: Int64 = 0

    /// The moment the coordinator was heard last.
    var lastHeard: UInt64 = 0
    var heartbeat: UInt64 = CoordinatorLink.firstHeartbeat
    var payloadLimit = WireLimits.payloadBytes
    var progressCredit = WireLimits.progressCredit
    var isDraining = false
    var signalsSeen = 0
    var complaints = 0
    var violations = 0

    /// Memory that is used again and again.
    var header: [UInt8] = []
    var reports: [Outbox.Report] = []
    var arrivals: [HeldLease] = []

    var onEnd: CheckedContinuation<WorkerEnd, Never>?
    private var end: WorkerEnd?

    /// The beat assumed until WELCOME says which one.
    static let firstHeartbeat: UInt64 = 1_000_000_000
    /// How long a result may take before its subtask's start is told separately.
    static let startDelay: UInt64 = 25_000_000
    /// How long to wait before a full queue is tried again.
    static let resendDelay: UInt64 = 10_000_000
    /// What a handler gets to notice its cancellation after the time to drain is over.
    static let lastGrace: UInt64 = 2_000_000_000
    /// The time to drain after a signal, which comes with ten seconds of grace as a rule.
    static let signalDrain: Duration = .seconds(7)

    init(
        settings: WorkerSettings,
        handlers: [String: Handler],
        context: ZeroMQContext,
        thread: SocketThread,
        log: WorkerLog
    ) {
        self.settings = settings
        self.handlers = handlers
        self.context = context
        self.thread = thread
        self.log = log
        outbox = Outbox(thread: thread)
        pool = HandlerPool(outbox: outbox, log: log)
    }

    // MARK: Life

    /// Talks to coordinators until the worker's life ends, and says how it ended.
    func run() async -> WorkerEnd {
        let now = MonotonicClock.now
        lastHeard = now
        timers.orphan = now &+ settings.orphanTimeout.nanoseconds
        outbox.connect { [weak self] in
            self?.assumeIsolated { $0.handleReports() }
        }
        thread.onTurnEnd = { [weak self] in self?.assumeIsolated { $0.rearm() } }
        connect(now)
        return await withCheckedContinuation { continuation in
            if let end { continuation.resume(returning: end) } else { onEnd = continuation }
        }
    }

    /// Reacts to a signal that asks the process to end.
    func terminationRequested(times: Int) {
        signalsSeen += times
        guard signalsSeen == 1 else { return finish(.interrupted) }
        log.info("asked to end; finishing what is begun")
        drain(within: Self.signalDrain)
    }

    /// Ends the worker's life.
    func finish(_ end: WorkerEnd) {
        if case .ended = phase { return }
        // Only a farewell is worth waiting for, and without a session there is none.
        let saysFarewell = if case .ready = phase { end == .drained } else { false }
        phase = .ended
        timers = Timers()
        closeSocket(linger: saysFarewell ? .seconds(2) : .zero)
        for call in outbox.close() { call.abandon() }
        for holding in holdings.values { abandonCalls(of: holding) }
        self.end = end
        onEnd?.resume(returning: end)
        onEnd = nil
    }

    // MARK: Connecting

    /// Opens a fresh socket and asks for a session on it.
    ///
    /// Always a fresh one: libzmq's own reconnecting would deliver what was meant for the old
    /// session under a new address.
    func connect(_ now: UInt64) {
        var options = SocketOptions()
        options.linger = .seconds(2)
        // Beats say more than pings, and the coordinator pings anyhow.
        options.heartbeatInterval = nil
        options.maximumMessageSize = WireLimits.payloadBytes
        do {
            let fresh = try Socket(.dealer, context: context, options: options)
            let monitor = try ConnectionMonitor(of: fresh, context: context)
            try fresh.connect(settings.endpoint)
            socket = fresh
            self.monitor = monitor
            isConnected = false
            thread.register(fresh) { [weak self] in
                self?.assumeIsolated { _ = $0.drainSocket() }
            }
            thread.register(monitor) { [weak self] event in
                self?.assumeIsolated { $0.connectionChanged(event) }
            }
        } catch {
            complain("cannot connect to the coordinator: \(error)")
            return disconnect(now)
        }
        phase = .greeting
        violations = 0
        lastHeard = now
        heartbeat = Self.firstHeartbeat
        timers.beat = now &+ heartbeat
        greetings += 1
        send(
            .hello(
                Hello(
                    token: settings.token,
                    instance: settings.instance,
                    credit: settings.concurrency,
                    processID: ProcessID.current,
                    capabilities: handlers.keys.sorted(),
                    resume: holdings.keys.sorted(),
                    sequence: greetings,
                    language: "swift"
                )
            )
        )
    }

    /// A connection has come about, or has ended, and with it the session.
    private func connectionChanged(_ event: ConnectionEvent) {
        switch event {
        case .connected:
            isConnected = true
            lastHeard = MonotonicClock.now
        case .disconnected:
            // What was said before the end counts; it may be the last word.
            guard let ended = socket else { return }
            while socket === ended, drainSocket() {}
            guard socket === ended else { return }
            // Where nobody has answered, nobody has turned us away.
            if !isConnected { backoff.reset() }
            log.info("the connection to the coordinator has ended; connecting anew")
            disconnect(MonotonicClock.now)
        }
    }

    private func closeSocket(linger: Duration) {
        monitor?.close()
        monitor = nil
        socket?.close(linger: linger)
        socket = nil
    }

    /// Gives the connection up and tries again later.
    func disconnect(_ now: UInt64) {
        // What it still queues belongs to the old session.
        closeSocket(linger: .zero)
        if case .ended = phase { return }
        phase = .down
        timers.beat = nil
        timers.starts = nil
        timers.resend = nil
        timers.go = nil
        untoldStarts.removeAll()
        unsentResults.removeAll()
        unsentCalls.removeAll()
        timers.reconnect = now &+ backoff.next(using: &random)
        endIfDrained()
    }

    // MARK: Time

    /// Lets the thread wake when the next timer is due.
    private func rearm() {
        guard let next = timers.next else { return thread.setDeadline(nil) }
        thread.setDeadline(next) { [weak self] in self?.assumeIsolated { $0.timersFired() } }
    }

    private func timersFired() {
        let now = MonotonicClock.now
        if timers.orphan.isDue(at: now) { return finish(.orphaned(settings.orphanTimeout)) }
        if timers.drain.isDue(at: now) { drainTimedOut(now) }
        if timers.reconnect.isDue(at: now) { connect(now) }
        if timers.starts.isDue(at: now) { tellStarts() }
        if timers.resend.isDue(at: now) {
            resendResults()
            resendUnsentCalls()
        }
        if timers.go.isDue(at: now) { returnUnreleased(now) }
        if let due = timers.beat, due <= now { beat(due: due, now) }
    }

    /// Beats, and gives the connection up when the other side has not for five beats.
    private func beat(due: UInt64, _ now: UInt64) {
        // Having overslept ourselves says nothing about the other side.
        if now &- due > heartbeat || !isConnected { lastHeard = now }
        guard now &- lastHeard < UInt64(WireLimits.silentBeats) &* heartbeat else {
            complain("the coordinator is silent; connecting anew")
            return disconnect(now)
        }
        timers.beat = now &+ heartbeat
        guard case .ready(let session) = phase else { return }
        let busy = holdings.values.lazy.filter { $0.ending == nil }.map(\.lease.id)
        send(
            .beat(
                WorkerBeat(
                    session: session,
                    busy: busy.sorted(),
                    residentBytes: ResidentMemory.bytes()
                )
            )
        )
    }

    /// Everything held, the oldest lease first.
    var holdingsInOrder: [Holding] { holdings.values.sorted { $0.id < $1.id } }

    /// Writes a warning, at most ten in a row between two sessions.
    func complain(_ sentence: String) {
        complaints += 1
        if complaints <= 10 { log.warn(sentence) }
    }
}
