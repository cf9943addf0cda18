public import SwarmModel

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
    /// Whether the worker must wait for the word to go once it has said STARTED.
    public var requiresGo: Bool
    /// Whether the subtask runs elsewhere already, and this is a second try beside it.
    public var isHedge: Bool
    /// What is set aside for it until its cost is known.
    public var reserved: Cost
    /// Which trial of which half-open breakers it is; empty when all of them are closed.
    public var probes: [ProbePermit]

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
        score: Int64,
        requiresGo: Bool = false,
        isHedge: Bool = false,
        reserved: Cost = .zero,
        probes: [ProbePermit] = []
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
        self.requiresGo = requiresGo
        self.isHedge = isHedge
        self.reserved = reserved
        self.probes = probes
    }
}

/// A permit for one trial call that a half-open breaker gave out.
public struct ProbePermit: Hashable, Sendable {
    /// The breaker.
    public var target: BreakerTarget
    /// The opening it belongs to; the outcome of an older one changes nothing.
    public var generation: UInt64

    /// A permit of one opening.
    public init(target: BreakerTarget, generation: UInt64) {
        self.target = target
        self.generation = generation
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
    /// What it cost, as the worker reported it; nil counts what was reserved.
    public var cost: Cost?

    /// A result that counts.
    public init(
        subtask: SubtaskID,
        lease: LeaseID,
        worker: WorkerID,
        result: Payload,
        cost: Cost? = nil
    ) {
        self.subtask = subtask
        self.lease = lease
        self.worker = worker
        self.result = result
        self.cost = cost
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
    /// Whether it speaks against the worker, so that circuit breakers count it.
    public var isFault: Bool
    /// What is done about it.
    public var directive: Directive
    /// The rule that decided, such as `contract.retry_policy`; empty where no policy was asked.
    public var rule: String
    /// What it cost, as the worker reported it; nil counts what was reserved, or nothing when the
    /// call certainly did not begin.
    public var cost: Cost?

    /// An attempt's end.
    public init(
        subtask: SubtaskID,
        lease: LeaseID?,
        worker: WorkerID?,
        failure: Failure,
        mayHaveHappened: Bool,
        stillHeld: Bool,
        isFault: Bool = false,
        directive: Directive,
        rule: String = "",
        cost: Cost? = nil
    ) {
        self.subtask = subtask
        self.lease = lease
        self.worker = worker
        self.failure = failure
        self.mayHaveHappened = mayHaveHappened
        self.stillHeld = stillHeld
        self.isFault = isFault
        self.directive = directive
        self.rule = rule
        self.cost = cost
    }
}

/// What a policy answers to a failed attempt.
public enum Directive: Hashable, Sendable {
    /// Try again, no sooner than this.
    case retry(at: Instant)
    /// Give it to a worker again at once; the attempt had not begun, so none is used up.
    case reassign
    /// Give it to another worker than this one; this counts invalid results, not attempts.
    case repair
    /// Call another capability in its place.
    case fallback(FallbackCall)
    /// Ask the capability named in its contract whether the call happened.
    case verify
    /// Hold it until a person decides.
    case ask(Doubt)
    /// Go on without it, and without what needs it.
    case skip
    /// The subtask has failed. Its run ends with it, and is undone or left as `on_failure` says; a
    /// delegated call answers its parent instead.
    case fail
    /// The subtask ends because its run does.
    case cancel
    /// The other attempt of a hedged subtask goes on; this one is over.
    case yield
}

/// What is called when a subtask falls back.
public struct FallbackCall: Hashable, Sendable {
    /// The capability called instead.
    public var capability: String
    /// The only agent that may run it; nil lets the router choose.
    public var agent: String?
    /// The arguments, when they differ from those of the subtask.
    public var arguments: Payload?

    /// A call in place of another.
    public init(capability: String, agent: String? = nil, arguments: Payload? = nil) {
        self.capability = capability
        self.agent = agent
        self.arguments = arguments
    }
}
