public import SwarmModel

/// The coordinator's decisions: a deterministic machine without clock, chance or input and output.
///
/// The shell tells it what happened with ``handle(_:at:)``, makes the records of the answer as
/// durable as was asked for, and then runs the effects. After a crash it folds the journal with
/// ``apply(_:at:)`` and goes on with ``outstanding()``. The same inputs at the same times give the
/// same records, in any process, on any machine.
///
/// Two kinds of wrong are kept apart. A mistake of our own traps here. Whatever a worker sends
/// late, twice or made up becomes a record ``Record/ignored(_:)`` and changes nothing.
public struct Swarm: Hashable, Sendable {
    // The state, changed by `apply` alone.
    var epoch: UInt64 = 0
    var seed: UInt64 = 0
    var plan: SwarmPlan?
    var isStopping = false
    var isHalted = false
    var workflows = WorkflowTable()
    var runs = RunTable()
    var workers: [Worker] = []
    var workerSlots: [WorkerID: Int] = [:]
    var router = CapabilityRouter()
    var semaphores = SemaphoreTable()
    var breakers = BreakerTable()
    var retryTokens = RetryTokens()
    var retries: [Retry] = []
    /// The moment of the last record.
    var moment = Instant(microseconds: 0)
    var lastRun: UInt64 = 0
    var lastLease: UInt64 = 0
    var lastOrder: UInt64 = 0
    var lastIncarnation: UInt64 = 0

    /// What is derived from the state and so need not be equal for two swarms to be.
    var clock = WakeClock()

    /// A subtask that waits for its retry delay.
    struct Retry: Hashable, Sendable {
        let at: Instant
        let run: RunID
        let index: Int32
    }

    /// A swarm without a topology, before the first record.
    public init() {}

    /// Decides what one input means, and applies it.
    ///
    /// - Parameters:
    ///   - input: What happened.
    ///   - now: When; never earlier than the last call.
    /// - Returns: The facts to journal and then the effects to run, both in order.
    public mutating func handle(_ input: Input, at now: Instant) -> Step {
        var step = Step()
        handle(input, at: now, into: &step)
        return step
    }

    /// Decides as ``handle(_:at:)`` does, and appends to a step that serves a whole turn.
    public mutating func handle(_ input: Input, at now: Instant, into step: inout Step) {
        switch input {
        case .opened(let epoch, let seed):
            emit(.opened(epoch: epoch, seed: self.epoch == 0 ? seed : self.seed), now, &step)
        case .configured(let plan):
            emit(.configured(plan), now, &step)
            advanceBreakers(now, &step)
            startWorkers(now, &step)
            for slot in workers.indices where workers[slot].isRetired {
                resume(after: slot, now, &step)
            }
            for slot in runs.live { settle(slot, now, &step) }
        case .submitted(let submission): submit(submission, now, &step)
        case .cancelRequested(let run, let reason): cancel(run, reason: reason, now, &step)
        case .launched(let worker, let incarnation, let process):
            launched(worker, incarnation, process, now, &step)
        case .launchFailed(let worker, let incarnation, let failure):
            exited(worker, incarnation, .unknown, failure, now, &step)
        case .exited(let worker, let incarnation, let status):
            exited(worker, incarnation, status, nil, now, &step)
        case .hello(let worker, let incarnation, let greeting):
            greet(worker, incarnation, greeting, now, &step)
        case .started(let worker, let lease): started(worker, lease, now, &step)
        case .returned(let worker, let lease): returned(worker, lease, now, &step)
        case .result(let worker, let lease, let outcome, let cost):
            result(worker, lease, outcome, cost, now, &step)
        case .delegated(let worker, let lease, let request):
            delegate(worker, lease, request, now, &step)
        case .creditChanged(let worker, let credit): setCredit(worker, credit, now, &step)
        case .silent(let worker): silent(worker, now, &step)
        case .vanished(let worker): vanished(worker, now, &step)
        case .back(let worker): back(worker, now, &step)
        case .leaving(let worker): leaving(worker, now, &step)
        case .farewell(let worker): farewell(worker, now, &step)
        case .undeliverable(let lease, let worker, let failure):
            undeliverable(lease, worker, failure, now, &step)
        case .tick: tick(now, &step)
        case .stopRequested(let drain): stop(drain: drain, now, &step)
        case .released(let worker): release(worker, now, &step)
        case .decisionMade(let decision): decide(decision, now, &step)
        case .compensateRequested(let request): compensate(request, now, &step)
        case .breakerCommanded(let order): command(order, now, &step)
        }
        judgeBreakers(now, &step)
        schedule(now, &step)
        if isStopping { finishStopping(now, &step) }
        if let wake = clock.wakeToAskFor() { step.effects.append(.wake(at: wake)) }
    }

    /// Changes the state by one fact; the fold of a journal and the end of every decision.
    ///
    /// - Parameters:
    ///   - record: The fact.
    ///   - time: The moment of the step it belongs to.
    public mutating func apply(_ record: Record, at time: Instant) {
        moment = time
        switch record {
        case .opened(let epoch, let seed): applyOpened(epoch: epoch, seed: seed, at: time)
        case .configured(let plan): applyConfigured(plan, at: time)
        case .stopping: isStopping = true
        case .stopped: isHalted = true
        case .workflowRegistered(let digest, let workflow): applyRegistered(digest, workflow)
        case .runSubmitted(let submission): applySubmitted(submission, at: time)
        case .runEnding(let ending): applyEnding(ending, at: time)
        case .runFinished(let finished): applyFinished(finished, at: time)
        case .subtaskExpanded(let expansion): applyExpanded(expansion)
        case .subtaskReady(let subtask): applyReady(subtask)
        case .subtaskDispatched(let dispatch): applyDispatched(dispatch, at: time)
        case .subtaskStarted(_, let lease, let worker): applyStarted(lease, worker)
        case .subtaskSucceeded(let success): applySucceeded(success, at: time)
        case .attemptEnded(let end): applyEnded(end, at: time)
        case .leaseReleased(let lease, let worker): applyReleased(lease, worker)
        case .workerLaunching(let worker, let incarnation):
            applyLaunching(worker, incarnation, at: time)
        case .workerLaunched(let worker, _, let process):
            applyLaunched(worker, process, at: time)
        case .workerReady(let ready): applyWorkerReady(ready, at: time)
        case .workerCredit(let worker, let credit): modify(worker) { $0.credit = credit }
        case .workerMoved(let worker, let phase, _): applyMoved(worker, to: phase, at: time)
        case .workerSignalled(let worker, _, let signal):
            applySignalled(worker, signal, at: time)
        case .workerExited(let exit): applyExited(exit, at: time)
        case .subtaskSkipped(let skipped): applySkipped(skipped)
        case .subtaskBlocked(let blocked): applyBlocked(blocked)
        case .doubtOpened(let subtask): applyDoubtOpened(subtask)
        case .questionAsked(let question): applyAsked(question)
        case .decided(let decided): applyDecided(decided, at: time)
        case .callAdded(let call): applyAdded(call, at: time)
        case .callRenewed(let call, let deadline): applyRenewed(call, until: deadline)
        case .callClaimed(let claim): applyClaimed(claim)
        case .callRefused(let refused): applyRefused(refused)
        case .subtaskParked(_, let lease, let worker): applyParked(lease, worker, at: time)
        case .subtaskUnparked(_, let lease, let worker): applyUnparked(lease, worker)
        case .undoRegistered(let undo): applyRegistered(undo)
        case .runUndoing(let run): applyUndoing(run, at: time)
        case .undoFailed(let failed): applyUndoFailed(failed)
        case .runParked(let parked): applyParked(parked)
        case .runResumed(let resumed): applyResumed(resumed, at: time)
        case .breakerMoved(let move): applyMoved(move, at: time)
        case .budgetExhausted(let exhausted): applyExhausted(exhausted, at: time)
        case .loopStopped, .ignored: break
        }
    }

    /// What a restarted coordinator must take up at once, worked out from the state alone.
    ///
    /// Dispatches are not among them: which subtasks a worker holds is only known when it has said
    /// HELLO, and those it does not hold are dispatched again then.
    public func outstanding() -> [Effect] {
        var effects: [Effect] = []
        for worker in workers {
            switch worker.phase {
            case .stopping: effects.append(.signal(worker.id, worker.incarnation, .terminate))
            case .launching where worker.process == nil:
                effects.append(.launch(worker.id, worker.incarnation))
            case .draining:
                effects.append(.drain(worker.id, within: shutdown(of: worker).drain))
            case .stopped, .waiting, .launching, .expected, .ready, .suspect, .lost, .quarantined:
                break
            }
        }
        if let wake = earliestDeadline(after: moment) { effects.append(.wake(at: wake)) }
        return effects
    }

    /// Decides a fact: the state changes now, the journal gets it with the step.
    mutating func emit(_ record: Record, _ now: Instant, _ step: inout Step) {
        apply(record, at: now)
        step.records.append(record)
    }

    mutating func ignore(
        _ subject: Ignored.Subject,
        _ reason: String,
        worker: WorkerID? = nil,
        lease: LeaseID? = nil,
        _ now: Instant,
        _ step: inout Step
    ) {
        emit(
            .ignored(Ignored(subject: subject, reason: reason, worker: worker, lease: lease)),
            now,
            &step
        )
    }

    /// The slot of a worker the topology names, or named while its process still runs.
    func slot(of worker: WorkerID) -> Int? { workerSlots[worker] }

    /// Changes a worker named in a record; a record that names none is a bug of ours.
    mutating func modify(_ worker: WorkerID, _ change: (inout Worker) -> Void) {
        guard let slot = workerSlots[worker] else {
            preconditionFailure("a record names \(worker), which no topology declared")
        }
        change(&workers[slot])
    }

    func shutdown(of worker: Worker) -> ShutdownPolicy { worker.configuration.shutdown }
}

/// When the core next has something to do by itself, and what the shell was last asked.
struct WakeClock: Hashable, Sendable {
    private var earliest: Instant?
    private var asked: Instant?

    static func == (left: WakeClock, right: WakeClock) -> Bool { true }

    func hash(into hasher: inout Hasher) {}

    mutating func note(_ instant: Instant?) {
        guard let instant else { return }
        if let earliest, earliest <= instant { return }
        earliest = instant
    }

    /// Starts over, when the moment asked for has come.
    mutating func reset(to instant: Instant?) {
        earliest = instant
        asked = nil
    }

    /// The moment to ask for, if it is sooner than the one asked for already.
    mutating func wakeToAskFor() -> Instant? {
        guard let earliest else { return nil }
        if let asked, asked <= earliest { return nil }
        asked = earliest
        return earliest
    }
}
