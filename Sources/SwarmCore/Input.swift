public import SwarmModel

/// What happened outside the core, told to ``Swarm/handle(_:at:)``.
///
/// Inputs carry only facts the shell has checked for form: a message that does not parse, or comes
/// from a peer without a session, never becomes one.
public enum Input: Hashable, Sendable {
    /// A coordinator took the journal; always the first input of its life.
    case opened(epoch: UInt64, seed: UInt64)
    /// The topology to run, with every manifest resolved.
    case configured(SwarmPlan)

    /// Someone asks for a run.
    case submitted(Submission)
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
    case result(WorkerID, LeaseID, AttemptOutcome)
    /// A worker can take `credit` subtasks at once from now on.
    case creditChanged(WorkerID, credit: Int)
    /// A worker has been silent for longer than one beat.
    case silent(WorkerID)
    /// A worker has been silent for as many beats as make it lost.
    case vanished(WorkerID)
    /// A silent worker spoke again in its session.
    case back(WorkerID)
    /// A worker has finished what it held and leaves.
    case farewell(WorkerID)
    /// A subtask could not be handed to the socket, so it has certainly not begun.
    case undeliverable(LeaseID, WorkerID, Failure)

    /// The moment last asked for with ``Effect/wake(at:)`` has come.
    case tick
    /// The coordinator shall end: finish what runs, or at once.
    case stopRequested(drain: Bool)
    /// An operator puts a quarantined worker back.
    case released(WorkerID)
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

    /// A worker's greeting.
    public init(session: UInt64, credit: Int, capabilities: [String], resume: [LeaseID]) {
        self.session = session
        self.credit = credit
        self.capabilities = capabilities
        self.resume = resume
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
