import CZeroMQ
import Glibc
import Synchronization

/// One operating system thread that owns sockets, and the serial executor of the actors on it.
///
/// An actor that returns this executor as its `unownedExecutor` runs all its code here, so sockets
/// are plain state of that actor. Callbacks of this type enter the actor with `assumeIsolated`,
/// without any hop.
///
/// One turn of the loop: wait until something is readable, a job arrives or the deadline passes;
/// run the jobs; call the handlers of what is readable; call the deadline's handler; call
/// ``onTurnEnd``. Work that these add is done in a next turn before the thread sleeps.
@safe
public final class SocketThread: SerialExecutor, Sendable {
    private enum Job {
        case executor(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private enum Phase { case idle, running, stopping, stopped }

    private struct Inbox {
        var jobs: [Job] = []
        /// Whether the thread waits, or is about to, and must be woken for new work.
        var isAsleep = false
        var phase = Phase.idle
        /// Whether a thread is running late jobs after the stop.
        var hasLateRunner = false
    }

    /// What only the thread itself touches.
    private final class Turn {
        let poller: Poller
        var batch: [Job] = []
        var onTurnEnd: (() -> Void)?
        var deadline: UInt64?
        var onDeadline: (() -> Void)?

        init(wake: CInt) { poller = Poller(wake: wake) }
    }

    /// The thread's name, shown by `ps -L` and debuggers; the kernel keeps 15 bytes of it.
    public let name: String
    private let wake: CInt
    private let inbox = Mutex(Inbox())
    private let currentThread = Atomic<UInt>(0)
    private let joinable = Mutex<pthread_t?>(nil)
    private nonisolated(unsafe) let turn: Turn

    /// Makes a thread that is not started yet; jobs wait until it is.
    ///
    /// - Throws: ``ZeroMQError`` when no descriptor is left for the eventfd that wakes it.
    public init(name: String) throws(ZeroMQError) {
        self.name = name
        wake = eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wake >= 0 else { throw .last("eventfd") }
        unsafe turn = Turn(wake: wake)
    }

    deinit { Glibc.close(wake) }

    // MARK: Life

    /// Starts the thread.
    ///
    /// - Precondition: it was not started before.
    public func start() {
        inbox.withLock {
            precondition($0.phase == .idle, "socket thread \(name) is started twice")
            $0.phase = .running
        }
        let thread = spawn { $0.run() }
        joinable.withLock { $0 = thread }
    }

    /// Runs what is queued, closes every registered socket, and ends the thread.
    ///
    /// Returns when it has ended. Jobs that actors enqueue later still run, one after another on a
    /// thread of their own, so nobody waits for ever; their sockets are closed by then. Harmless
    /// when not running.
    ///
    /// - Precondition: not called on the thread itself.
    public func stop() {
        precondition(!isCurrent, "socket thread \(name) cannot wait for its own end")
        let mustWake = inbox.withLock { inbox -> Bool in
            guard inbox.phase == .running else { return false }
            inbox.phase = .stopping
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { signalWake() }
        if let thread = joinable.withLock({ $0.take() }) { pthread_join(thread, nil) }
    }

    /// Whether the caller runs on this thread.
    public var isCurrent: Bool {
        currentThread.load(ordering: .relaxed) == UInt(pthread_self())
    }

    // MARK: Executor

    /// Runs an actor's job on the thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        post(.executor(UnownedJob(job)))
    }

    /// What an actor on this thread returns as its `unownedExecutor`.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// Traps when the caller is not on the thread.
    public func checkIsolated() {
        precondition(isCurrent, "this must run on the socket thread \(name)")
    }

    /// Whether the caller is on the thread; lets `assumeIsolated` work in handlers.
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Runs a closure on the thread soon, in order with everything else posted from this thread.
    ///
    /// Cheaper than a task. Callable from any thread; the closure must not wait.
    public func submit(_ job: @escaping @Sendable () -> Void) {
        post(.closure(job))
    }

    private func post(_ job: Job) {
        enum Need { case nothing, wake, lateRunner }
        let need = inbox.withLock { inbox -> Need in
            inbox.jobs.append(job)
            if inbox.isAsleep {
                inbox.isAsleep = false
                // Another wake may come first, and the job then let go of the last reference to
                // this object: without one of our own, the descriptor written to below might be
                // closed by then and be somebody else's.
                _ = unsafe Unmanaged.passRetained(self)
                return .wake
            }
            if inbox.phase == .stopped && !inbox.hasLateRunner {
                inbox.hasLateRunner = true
                return .lateRunner
            }
            return .nothing
        }
        switch need {
        case .nothing: break
        case .wake:
            signalWake()
            unsafe Unmanaged.passUnretained(self).release()
        case .lateRunner: pthread_detach(spawn { $0.runLateJobs() })
        }
    }

    // MARK: Doors for code on the thread

    /// Calls `onReadable` in each turn that finds a message waiting.
    ///
    /// The handler takes as many messages as it likes; what it leaves makes the next turn come at
    /// once. Closing the socket unregisters it.
    ///
    /// - Precondition: called on the thread, with a socket that is open and not registered.
    public func register(_ socket: Socket, onReadable: @escaping () -> Void) {
        checkIsolated()
        precondition(!socket.isClosed, "a closed socket cannot be registered")
        precondition(unsafe !turn.poller.contains(socket), "the socket is registered already")
        unsafe turn.poller.add(
            Poller.Registration(socket: socket, descriptor: -1, onReadable: onReadable)
        )
        socket.onClose = { [unowned self, unowned socket] in forget(socket) }
    }

    /// Stops watching the socket, which stays open.
    ///
    /// - Precondition: called on the thread.
    public func unregister(_ socket: Socket) {
        checkIsolated()
        socket.onClose = nil
        forget(socket)
    }

    /// Calls `onReadable` in each turn that finds the descriptor readable.
    ///
    /// Made for eventfds and pidfds.
    ///
    /// The descriptor stays the caller's, who must unregister it before closing it.
    ///
    /// - Precondition: called on the thread.
    public func register(descriptor: CInt, onReadable: @escaping () -> Void) {
        checkIsolated()
        unsafe turn.poller.add(
            Poller.Registration(socket: nil, descriptor: descriptor, onReadable: onReadable)
        )
    }

    /// Stops watching the descriptor.
    ///
    /// - Precondition: called on the thread.
    public func unregister(descriptor: CInt) {
        checkIsolated()
        unsafe turn.poller.removeAll { $0.socket == nil && $0.descriptor == descriptor }
    }

    /// Called at the end of each turn, when its jobs and messages are done and before it sleeps.
    ///
    /// - Precondition: used on the thread.
    public var onTurnEnd: (() -> Void)? {
        get {
            checkIsolated()
            return unsafe turn.onTurnEnd
        }
        set {
            checkIsolated()
            unsafe turn.onTurnEnd = newValue
        }
    }

    /// Sets the one next deadline, as ``MonotonicClock`` nanoseconds; nil for none.
    ///
    /// When it has passed, it is cleared and `handler` is called once, never early and normally at
    /// most a millisecond late.
    ///
    /// - Precondition: called on the thread.
    public func setDeadline(_ nanoseconds: UInt64?, handler: @escaping () -> Void) {
        checkIsolated()
        unsafe turn.deadline = nanoseconds
        unsafe turn.onDeadline = handler
    }

    /// Moves the deadline and keeps its handler.
    ///
    /// - Precondition: called on the thread.
    public func setDeadline(_ nanoseconds: UInt64?) {
        checkIsolated()
        unsafe turn.deadline = nanoseconds
    }

    private func forget(_ socket: Socket) {
        unsafe turn.poller.removeAll { $0.socket === socket }
    }

    // MARK: The loop

    private func run() {
        let turn = unsafe turn
        while true {
            let isAsleep = inbox.withLock { inbox -> Bool in
                inbox.isAsleep = inbox.jobs.isEmpty && inbox.phase == .running
                return inbox.isAsleep
            }
            let wasWoken = turn.poller.wait(
                milliseconds: isAsleep ? milliseconds(until: turn.deadline) : 0
            )
            if wasWoken { clearWake() }
            let isStopping = inbox.withLock { inbox -> Bool in
                inbox.isAsleep = false
                swap(&inbox.jobs, &turn.batch)
                return inbox.phase == .stopping
            }
            let isIdle = turn.batch.isEmpty
            runBatch(of: turn)
            turn.poller.dispatch()
            if let deadline = turn.deadline, MonotonicClock.now >= deadline {
                turn.deadline = nil
                turn.onDeadline?()
            }
            turn.onTurnEnd?()
            if isStopping && isIdle { break }
        }
        turn.onTurnEnd = nil
        turn.onDeadline = nil
        turn.poller.closeAll()
        drainUntilEmpty { $0.phase = .stopped }
    }

    private func runLateJobs() {
        drainUntilEmpty { $0.hasLateRunner = false }
    }

    /// Runs jobs until there are none, and then does `finish` before any can be added.
    private func drainUntilEmpty(_ finish: (inout Inbox) -> Void) {
        let turn = unsafe turn
        while true {
            let isDone = inbox.withLock { inbox -> Bool in
                swap(&inbox.jobs, &turn.batch)
                guard turn.batch.isEmpty else { return false }
                // From here on a late runner may start, and it must find the thread unclaimed.
                currentThread.store(0, ordering: .relaxed)
                finish(&inbox)
                return true
            }
            if isDone { return }
            runBatch(of: turn)
        }
    }

    private func runBatch(of turn: Turn) {
        for job in turn.batch {
            switch job {
            case .executor(let job):
                unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            case .closure(let closure):
                closure()
            }
        }
        turn.batch.removeAll(keepingCapacity: true)
    }

    /// How long to wait for the deadline, rounded up so that it has passed on return.
    private func milliseconds(until deadline: UInt64?) -> Int {
        guard let deadline else { return -1 }
        let now = MonotonicClock.now
        return deadline <= now ? 0 : Int(min((deadline - now + 999_999) / 1_000_000, 60_000))
    }

    private func signalWake() {
        // Fails only when the counter is full, which wakes as well.
        _ = eventfd_write(wake, 1)
    }

    private func clearWake() {
        var count: eventfd_t = 0
        _ = unsafe eventfd_read(wake, &count)
    }

    // MARK: Making threads

    private final class Start {
        let thread: SocketThread
        let body: (SocketThread) -> Void

        init(_ thread: SocketThread, _ body: @escaping (SocketThread) -> Void) {
            self.thread = thread
            self.body = body
        }
    }

    private func spawn(_ body: @escaping (SocketThread) -> Void) -> pthread_t {
        let start = unsafe Unmanaged.passRetained(Start(self, body)).toOpaque()
        var thread = pthread_t()
        let status = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.thread.claim()
                start.body(start.thread)
                return nil
            },
            start
        )
        precondition(status == 0, "no thread can be made for \(name): errno \(status)")
        return thread
    }

    /// Marks the calling thread as the one this executor runs on.
    private func claim() {
        currentThread.store(UInt(pthread_self()), ordering: .relaxed)
        unsafe czmq_name_thread(name)
        // Signals are for other threads: here they would only interrupt waits.
        var all = sigset_t()
        _ = unsafe sigfillset(&all)
        _ = unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
    }
}
