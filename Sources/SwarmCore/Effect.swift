public import SwarmModel

/// What the shell must do, once the records of the same step are as durable as was asked for.
public enum Effect: Hashable, Sendable {
    /// Tell the submitter the name of the run.
    case accepted(token: UInt64, run: RunID)
    /// Tell the submitter why there will be no run.
    case rejected(token: UInt64, reason: Failure)
    /// Tell whoever decided or ordered something that it was done, or why not.
    case answered(token: UInt64, problem: Failure?)

    /// Start the process of a worker.
    case launch(WorkerID, Incarnation)
    /// Answer HELLO.
    case welcome(WorkerID, session: UInt64, adopt: [LeaseID], drop: [LeaseID])
    /// Answer HELLO with a refusal; the worker ends.
    case refuse(WorkerID, session: UInt64, HelloRefusal)
    /// Hand a subtask to a worker.
    case dispatch(Dispatch)
    /// Tell a worker that its start is journaled and that it may act.
    case go(WorkerID, LeaseID)
    /// Answer a worker's wish for a call.
    case reply(WorkerID, CallReference, CallAnswer)
    /// Ask a worker to stop a subtask.
    case cancel(WorkerID, LeaseID, reason: CancelReason, grace: Duration)
    /// Tell a worker that its result was received, and what became of it.
    case acknowledge(WorkerID, LeaseID, Disposition)
    /// Ask a worker to finish what it holds and leave.
    case drain(WorkerID, within: Duration)
    /// Send a signal to the process group of a worker.
    case signal(WorkerID, Incarnation, StopSignal)

    /// Call back with ``Input/tick`` at this moment, or as soon after as can be.
    case wake(at: Instant)
    /// Nothing is left to do; the coordinator may end.
    case halt
}

/// A subtask on its way to a worker.
public struct Dispatch: Hashable, Sendable {
    /// Which subtask; its text is also the idempotency key.
    public var subtask: SubtaskID
    /// Which attempt, from 1.
    public var attempt: Int
    /// The right to report a result, also the fencing epoch.
    public var lease: LeaseID
    /// Who gets it.
    public var worker: WorkerID
    /// What is called.
    public var capability: String
    /// The arguments.
    public var arguments: [UInt8]
    /// When the attempt counts as hung.
    public var deadline: Instant
    /// Whether the worker must wait for ``Effect/go(_:_:)`` once it has said STARTED.
    public var requiresGo = false
    /// How much deeper it may delegate.
    public var depthLeft = 0
    /// What it and all it delegates may still spend.
    public var allowance = Allowance()
    /// The calls it is part of, outermost first, its own not included.
    public var stack: [StackFrame] = []
}

/// One call of the stack a delegated subtask is part of.
public struct StackFrame: Hashable, Sendable {
    /// The subtask.
    public var subtask: SubtaskID
    /// What it calls.
    public var capability: String
    /// The agent that runs it.
    public var agent: String

    /// A call of a stack.
    public init(subtask: SubtaskID, capability: String, agent: String) {
        self.subtask = subtask
        self.capability = capability
        self.agent = agent
    }
}

/// Why a worker that says HELLO is not taken.
public enum HelloRefusal: Hashable, Sendable {
    /// The process was replaced, or told to end.
    case replaced
    /// The process is not what its manifest says.
    case mismatch(reason: String)
}

/// The answer to a worker's wish for a call.
public enum CallAnswer: Hashable, Sendable {
    /// The call returned this.
    case succeeded(Payload)
    /// The call failed.
    case failed(Failure)
    /// The call was not made.
    case refused(Failure)
}

/// What became of a result.
public enum Disposition: String, Hashable, Sendable, CaseIterable {
    /// It is in the journal and counts.
    case accepted
    /// The lease is no longer live: it was answered before, or the subtask was given to another,
    /// cancelled, or has ended.
    case stale
    /// The result broke the contract of its capability and counts as a failure.
    case rejected
}

/// Why a worker is asked to stop a subtask.
public enum CancelReason: String, Hashable, Sendable, CaseIterable {
    /// Someone cancelled the run.
    case cancelled
    /// The attempt took longer than it may.
    case timedOut = "timed_out"
    /// The run has failed, so the result is no longer needed.
    case abandoned
}

/// How strongly a process is asked to end.
public enum StopSignal: String, Hashable, Sendable, CaseIterable {
    case terminate, kill
}

/// What one input led to.
///
/// The shell journals the records, and only then runs the effects.
public struct Step: Hashable, Sendable {
    /// Facts, in order; all carry the moment of the step.
    public var records: [Record] = []
    /// What to do about them, in order.
    public var effects: [Effect] = []

    /// Nothing yet.
    public init() {}

    /// Forgets everything and keeps the room, so that one step can serve many turns.
    public mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        effects.removeAll(keepingCapacity: true)
    }
}
