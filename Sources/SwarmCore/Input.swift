public import SwarmModel

/// What happened outside the core, told to ``Swarm/handle(_:at:)``.
///
/// Inputs carry only facts the shell has checked for form: a message that does not parse, or comes
/// from a peer without a session, never becomes one.
public enum Input: Hashable, Sendable {
    /// A coordinator took the journal; always the first input of its life.
    case opened(epoch: UInt64, seed: UInt64)
    /// The topology to run, with every manifest resolved.
    indirect case configured(SwarmPlan)

    /// Someone asks for a run.
    indirect case submitted(Submission)
    /// Someone asks for a run to end.
    case cancelRequested(RunID, reason: String)

    /// The process of a worker was started.
    case launched(WorkerID, Incarnation, ProcessIdentity)
    /// The process of a worker could not be started.
    case launchFailed(WorkerID, Incarnation, Failure)
    /// The process of a worker ended.
    case exited(WorkerID, Incarnation, ExitStatus)
    /// A worker proved who it is and asks for work.
    case hello(WorkerID, Incarnation, Greeting)
    /// A worker took up a subtask.
    case started(WorkerID, LeaseID)
    /// A worker gives a subtask back that it never began.
    case returned(WorkerID, LeaseID)
    /// A worker reports how a subtask ended.
    case result(WorkerID, LeaseID, AttemptOutcome, cost: Cost? = nil)
    /// A worker asks, while it runs a subtask, for another capability to be called.
    indirect case delegated(WorkerID, LeaseID, DelegateRequest)
    /// A worker can take `credit` subtasks at once from now on.
    case creditChanged(WorkerID, credit: Int)
    /// A worker has been silent for longer than one beat.
    case silent(WorkerID)
    /// A worker has been silent for as many beats as make it lost.
    case vanished(WorkerID)
    /// A silent worker spoke again in its session.
    case back(WorkerID)
    /// A worker takes nothing more and ends when it has finished what it has begun, though nobody
    /// told it to, or somebody who is not the coordinator.
    case leaving(WorkerID)
    /// A worker has finished what it held and leaves.
    case farewell(WorkerID)
    /// A subtask could not be handed to the socket, so it has certainly not begun.
    case undeliverable(LeaseID, WorkerID, Failure)

    /// The moment last asked for with ``Effect/wake(at:)`` has come.
    case tick
    /// The coordinator shall end: finish what runs, or at once.
    case stopRequested(drain: Bool)
    /// An operator puts a worker back into service.
    case released(WorkerID)
    /// A person answers the question a subtask waits with.
    indirect case decisionMade(DecisionMade)
    /// A person wants a run undone: one that runs, or one whose undoing has failed.
    case compensateRequested(CompensateRequest)
    /// An operator moves a circuit breaker.
    indirect case breakerCommanded(BreakerOrder)
}

/// A worker's wish for a call in the midst of its own.
public struct DelegateRequest: Hashable, Sendable {
    /// The worker's number for it, unique under its lease; the answer names it.
    public var number: UInt64
    /// What is called.
    public var capability: String
    /// The only agent that may run it; nil lets the router choose.
    public var agent: String?
    /// The arguments, JSON of the shape the contract asks for.
    public var arguments: Payload
    /// The part of the caller's budget that it may spend; nil shares the caller's.
    public var allowance: Allowance?
    /// How long it may take in all; nil leaves it to the contract and to the caller's deadline.
    public var timeout: Duration?

    /// A wish for a call.
    public init(
        number: UInt64,
        capability: String,
        agent: String? = nil,
        arguments: Payload,
        allowance: Allowance? = nil,
        timeout: Duration? = nil
    ) {
        self.number = number
        self.capability = capability
        self.agent = agent
        self.arguments = arguments
        self.allowance = allowance
        self.timeout = timeout
    }
}

/// A person's answer to the question a subtask waits with.
public struct DecisionMade: Hashable, Sendable {
    /// The caller's number for ``Effect/answered(token:problem:)``.
    public var token: UInt64
    /// Which run.
    public var run: RunID
    /// The subtask, as ``SubtaskID/label`` writes it.
    public var label: String
    /// What was decided.
    public var decision: Decision
    /// What the call returned, where that is known; only with ``Decision/happened``.
    public var result: Payload?
    /// Why.
    public var reason: String
    /// Who decided.
    public var by: String

    /// An answer.
    public init(
        token: UInt64,
        run: RunID,
        label: String,
        decision: Decision,
        result: Payload? = nil,
        reason: String,
        by: String
    ) {
        self.token = token
        self.run = run
        self.label = label
        self.decision = decision
        self.result = result
        self.reason = reason
        self.by = by
    }
}

/// A person's wish to have a run undone.
public struct CompensateRequest: Hashable, Sendable {
    /// The caller's number for ``Effect/answered(token:problem:)``.
    public var token: UInt64
    /// Which run.
    public var run: RunID
    /// Whether to accept what a parked run leaves, and end it.
    public var accepts: Bool
    /// Why.
    public var reason: String
    /// Who wants it.
    public var by: String

    /// A wish to have a run undone.
    public init(token: UInt64, run: RunID, accepts: Bool, reason: String, by: String) {
        self.token = token
        self.run = run
        self.accepts = accepts
        self.reason = reason
        self.by = by
    }
}

/// An operator's word to a circuit breaker.
public struct BreakerOrder: Hashable, Sendable {
    /// The caller's number for ``Effect/answered(token:problem:)``.
    public var token: UInt64
    /// Which breaker.
    public var target: BreakerTarget
    /// What it shall do.
    public var command: BreakerCommand
    /// Why.
    public var reason: String
    /// Who says so.
    public var by: String

    /// A word to a breaker.
    public init(
        token: UInt64,
        target: BreakerTarget,
        command: BreakerCommand,
        reason: String,
        by: String
    ) {
        self.token = token
        self.target = target
        self.command = command
        self.reason = reason
        self.by = by
    }
}

/// A run somebody asks for.
public struct Submission: Hashable, Sendable {
    /// The caller's number for the answer, ``Effect/accepted(token:run:)`` or
    /// ``Effect/rejected(token:reason:)``.
    public var token: UInt64
    /// The workflow.
    public var workflow: Workflow
    /// The digest of the workflow's document; equal digests share one compiled workflow.
    public var digest: Digest
    /// The input, already completed with defaults and validated.
    public var input: Payload

    /// A run to be made.
    public init(token: UInt64, workflow: Workflow, digest: Digest, input: Payload) {
        self.token = token
        self.workflow = workflow
        self.digest = digest
        self.input = input
    }
}

/// A process, told apart from a later one with the same number by when it started.
public struct ProcessIdentity: Hashable, Sendable {
    /// The process id.
    public var pid: Int32
    /// The start time in clock ticks since boot, from `/proc/PID/stat`.
    public var startTime: UInt64

    /// Names a process.
    public init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }
}

/// What a worker says in HELLO, after the shell has matched its token.
public struct Greeting: Hashable, Sendable {
    /// The session the shell opened for this connection.
    public var session: UInt64
    /// How many subtasks it takes at once.
    public var credit: Int
    /// The capabilities it offers.
    public var capabilities: [String]
    /// The leases it still holds: running, or finished and not acknowledged.
    public var resume: [LeaseID]
    /// Which greeting of this process it is; nil when it does not count them.
    ///
    /// Without it, what ``resume`` leaves out may be held all the same: an old greeting may come
    /// late.
    public var sequence: Int64?

    /// A worker's greeting.
    public init(
        session: UInt64,
        credit: Int,
        capabilities: [String],
        resume: [LeaseID],
        sequence: Int64?
    ) {
        self.session = session
        self.credit = credit
        self.capabilities = capabilities
        self.resume = resume
        self.sequence = sequence
    }
}

/// How one attempt of a subtask ended, in the worker's words.
public enum AttemptOutcome: Hashable, Sendable {
    /// It returned this.
    case succeeded(Payload)
    /// It failed.
    case failed(Failure)
    /// It returned something its contract does not allow, which counts as a failure.
    case rejected(Failure)
    /// It stopped because it was asked to.
    case cancelled
}
