public import SwarmModel

/// A fact in the journal, and the only thing that changes the state of a ``Swarm``.
///
/// A record says what was decided and with which numbers, so that folding a journal decides nothing
/// again and a newer version recovers an older journal.
public enum Record: Hashable, Sendable {
    /// A coordinator took the journal.
    case opened(epoch: UInt64, seed: UInt64)
    /// The topology in force from here on.
    case configured(SwarmPlan)
    /// The coordinator is asked to end.
    case stopping(drain: Bool)
    /// The coordinator ended in order.
    case stopped

    /// A workflow that later runs refer to by digest.
    case workflowRegistered(Digest, Workflow)
    /// A run exists.
    case runSubmitted(RunSubmitted)
    /// A run shall end early: nothing new of it starts, and what runs is asked to stop.
    case runEnding(RunEnding)
    /// A run ended.
    case runFinished(RunFinished)

    /// A fan-out became this many subtasks.
    case subtaskExpanded(SubtaskExpanded)
    /// The retry delay of a subtask has passed.
    case subtaskReady(SubtaskID)
    /// A subtask is on its way to a worker.
    case subtaskDispatched(SubtaskDispatched)
    /// A worker says it took the subtask up.
    case subtaskStarted(SubtaskID, LeaseID, WorkerID)
    /// A subtask returned a result that counts.
    case subtaskSucceeded(SubtaskSucceeded)
    /// An attempt ended otherwise; says what is done about it.
    case attemptEnded(AttemptEnded)
    /// A worker no longer holds a lease that had been revoked while it ran.
    case leaseReleased(LeaseID, WorkerID)

    /// The process of a worker is about to be started.
    case workerLaunching(WorkerID, Incarnation)
    /// The process of a worker runs.
    case workerLaunched(WorkerID, Incarnation, ProcessIdentity)
    /// A worker joined, or joined again.
    case workerReady(WorkerReady)
    /// A worker offers another number of permits.
    case workerCredit(WorkerID, credit: Int)
    /// A worker moved to another phase without a process starting or ending.
    case workerMoved(WorkerID, to: WorkerPhase, reason: String)
    /// A signal is sent to the process group of a worker.
    case workerSignalled(WorkerID, Incarnation, StopSignal)
    /// The process of a worker ended; says what follows.
    case workerExited(WorkerExited)

    /// Something arrived that changes nothing: late, twice, or unknown.
    case ignored(Ignored)
}

/// A run was accepted.
public struct RunSubmitted: Hashable, Sendable {
    /// Its name.
    public var run: RunID
    /// The digest of its workflow.
    public var workflow: Digest
    /// Its input.
    public var input: Payload
    /// When it must have ended; nil for never.
    public var deadline: Instant?

    /// A run that was accepted.
    public init(run: RunID, workflow: Digest, input: Payload, deadline: Instant?) {
        self.run = run
        self.workflow = workflow
        self.input = input
        self.deadline = deadline
    }
}

/// A run stops early.
public struct RunEnding: Hashable, Sendable {
    /// Which run.
    public var run: RunID
    /// How it will end.
    public var outcome: RunOutcome
    /// Why.
    public var failure: Failure
    /// The subtask that brought it down, if one did.
    public var subtask: SubtaskID?

    /// A run that stops early.
    public init(run: RunID, outcome: RunOutcome, failure: Failure, subtask: SubtaskID?) {
        self.run = run
        self.outcome = outcome
        self.failure = failure
        self.subtask = subtask
    }
}

/// A run ended.
public struct RunFinished: Hashable, Sendable {
    /// Which run.
    public var run: RunID
    /// How.
    public var outcome: RunOutcome
    /// What it returned; empty unless it succeeded.
    public var output: Payload
    /// Why it did not succeed.
    public var failure: Failure?

    /// A run that ended.
    public init(run: RunID, outcome: RunOutcome, output: Payload, failure: Failure?) {
        self.run = run
        self.outcome = outcome
        self.output = output
        self.failure = failure
    }
}

/// A definition with `for_each` became subtasks.
public struct SubtaskExpanded: Hashable, Sendable {
    /// Which run.
    public var run: RunID
    /// The definition's name.
    public var name: String
    /// Its position in the workflow.
    public var definition: Int32
    /// How many subtasks it became.
    public var count: Int32

    /// An expansion.
    public init(run: RunID, name: String, definition: Int32, count: Int32) {
        self.run = run
        self.name = name
        self.definition = definition
        self.count = count
    }
}

/// A subtask was handed to a worker.
public struct SubtaskDispatched: Hashable, Sendable {
    /// Which subtask.
    public var subtask: SubtaskID
    /// What is called.
    public var capability: String
    /// Which attempt, from 1.
    public var attempt: Int
    /// The right to report its result.
    public var lease: LeaseID
    /// Who has it.
    public var worker: WorkerID
    /// What it was given.
    public var arguments: Payload
    /// When the attempt counts as hung.
    public var deadline: Instant
    /// The other workers that could have run it, best first, at most three; kept so that anyone can
    /// ask later why this worker was chosen.
    public var alternatives: [RankedWorker]
    /// The score of the chosen worker; lower is better.
    public var score: Int64

    /// A dispatch.
    public init(
        subtask: SubtaskID,
        capability: String,
        attempt: Int,
        lease: LeaseID,
        worker: WorkerID,
        arguments: Payload,
        deadline: Instant,
        alternatives: [RankedWorker],
        score: Int64
    ) {
        self.subtask = subtask
        self.capability = capability
        self.attempt = attempt
        self.lease = lease
        self.worker = worker
        self.arguments = arguments
        self.deadline = deadline
        self.alternatives = alternatives
        self.score = score
    }
}

/// A worker with the score routing gave it; lower is better.
public struct RankedWorker: Hashable, Sendable {
    /// The worker.
    public var worker: WorkerID
    /// Declared cost and expected wait, in the router's unit.
    public var score: Int64

    /// A worker and its score.
    public init(worker: WorkerID, score: Int64) {
        self.worker = worker
        self.score = score
    }
}

/// A subtask returned.
public struct SubtaskSucceeded: Hashable, Sendable {
    /// Which subtask.
    public var subtask: SubtaskID
    /// Under which lease.
    public var lease: LeaseID
    /// From whom.
    public var worker: WorkerID
    /// What it returned.
    public var result: Payload

    /// A result that counts.
    public init(subtask: SubtaskID, lease: LeaseID, worker: WorkerID, result: Payload) {
        self.subtask = subtask
        self.lease = lease
        self.worker = worker
        self.result = result
    }
}

/// An attempt ended without a result that counts.
public struct AttemptEnded: Hashable, Sendable {
    /// Which subtask.
    public var subtask: SubtaskID
    /// The lease it ran under; nil when it failed before any worker had it.
    public var lease: LeaseID?
    /// Who had it.
    public var worker: WorkerID?
    /// Why.
    public var failure: Failure
    /// Whether the call may have had its effect although nobody reported it.
    public var mayHaveHappened: Bool
    /// Whether the worker still holds the call, so that its permit is not free yet.
    public var stillHeld: Bool
    /// What is done about it.
    public var directive: Directive

    /// An attempt's end.
    public init(
        subtask: SubtaskID,
        lease: LeaseID?,
        worker: WorkerID?,
        failure: Failure,
        mayHaveHappened: Bool,
        stillHeld: Bool,
        directive: Directive
    ) {
        self.subtask = subtask
        self.lease = lease
        self.worker = worker
        self.failure = failure
        self.mayHaveHappened = mayHaveHappened
        self.stillHeld = stillHeld
        self.directive = directive
    }
}

/// What a policy answers to a failed attempt.
public enum Directive: Hashable, Sendable {
    /// Try again, no sooner than this.
    case retry(at: Instant)
    /// Give it to a worker again at once; the attempt had not begun, so none is used up.
    case reassign
    /// The subtask has failed, and with it the run.
    case fail
    /// The subtask ends because its run does.
    case cancel
}

/// A worker joined.
public struct WorkerReady: Hashable, Sendable {
    /// Who.
    public var worker: WorkerID
    /// Which process of it.
    public var incarnation: Incarnation
    /// The session it was given.
    public var session: UInt64
    /// How many subtasks it takes at once.
    public var credit: Int
    /// Leases it goes on with.
    public var adopt: [LeaseID]
    /// Leases it is told to forget.
    public var drop: [LeaseID]

    /// A worker that joined.
    public init(
        worker: WorkerID,
        incarnation: Incarnation,
        session: UInt64,
        credit: Int,
        adopt: [LeaseID],
        drop: [LeaseID]
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.session = session
        self.credit = credit
        self.adopt = adopt
        self.drop = drop
    }
}

/// The process of a worker ended.
public struct WorkerExited: Hashable, Sendable {
    /// Whose process.
    public var worker: WorkerID
    /// Which one.
    public var incarnation: Incarnation
    /// How.
    public var status: ExitStatus
    /// Why it could not be started, when it could not.
    public var failure: Failure?
    /// Where the worker goes: waiting, stopped or quarantined.
    public var phase: WorkerPhase
    /// When it is started again, if it waits.
    public var restartAt: Instant?
    /// One sentence: the rule that decided.
    public var reason: String

    /// The end of a process.
    public init(
        worker: WorkerID,
        incarnation: Incarnation,
        status: ExitStatus,
        failure: Failure? = nil,
        phase: WorkerPhase,
        restartAt: Instant?,
        reason: String
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.status = status
        self.failure = failure
        self.phase = phase
        self.restartAt = restartAt
        self.reason = reason
    }
}

/// Something that arrived and changes nothing.
public struct Ignored: Hashable, Sendable {
    /// What it was.
    public enum Subject: String, Hashable, Sendable, CaseIterable {
        case hello, started, result, returned, farewell, exited, cancelRequest, launched
    }

    /// What it was.
    public var subject: Subject
    /// Why it changes nothing.
    public var reason: String
    /// Who sent it, if a worker did.
    public var worker: WorkerID?
    /// The lease it named, if any.
    public var lease: LeaseID?

    /// Something ignored.
    public init(subject: Subject, reason: String, worker: WorkerID?, lease: LeaseID?) {
        self.subject = subject
        self.reason = reason
        self.worker = worker
        self.lease = lease
    }
}
