/// What a call does to the world, as its contract declares it.
public enum SideEffect: String, Hashable, Sendable, CaseIterable {
    /// Nothing at all: pure computation.
    case none
    /// Looks at something outside and changes nothing.
    case read
    /// Adds, and never removes or overwrites.
    case additive
    /// May remove or overwrite. The assumption when a contract says nothing.
    case destructive

    /// Whether a repeated call can do no harm, whatever became of the first.
    public var isHarmless: Bool { self == .none || self == .read }
}

/// How much harm a wrong call can do; approvals and reviews key on it.
public enum RiskLevel: String, Hashable, Sendable, CaseIterable {
    case low, medium, high, critical
}

/// What to do when nobody can say whether a call happened.
public enum UnknownOutcomePolicy: String, Hashable, Sendable, CaseIterable {
    /// Ask the capability named in `verify_with`.
    case verify
    /// Run it again if the contract says that is safe; else ask the capability named in
    /// `verify_with`, or a person if there is none. The default.
    case retryIfIdempotent = "retry_if_idempotent"
    /// Hold the subtask for a person.
    case askHuman = "ask_human"
    /// Fail the subtask; the call is listed as one that may have happened.
    case fail
}

/// Whether a worker may act at once, or waits until its start is journaled.
public enum StartPolicy: String, Hashable, Sendable, CaseIterable {
    /// The worker begins when the call arrives. The default.
    case immediate
    /// The worker says that it is about to begin and waits for the word to go.
    case confirmed
}

/// What a call is expected to cost: it ranks workers, and is reserved from budgets before a call.
public struct CostEstimate: Hashable, Sendable {
    /// Where the figures come from.
    public enum Basis: String, Hashable, Sendable, CaseIterable {
        case declared, measured
    }

    /// Money per call, in US dollars.
    public var usd: Double
    /// Model tokens per call.
    public var tokens: Int
    /// The usual time of a call; nil when nothing is said.
    public var latency: Duration?
    /// Where the figures come from.
    public var basis: Basis

    /// An estimate; the default is a call that costs nothing.
    public init(
        usd: Double = 0,
        tokens: Int = 0,
        latency: Duration? = nil,
        basis: Basis = .declared
    ) {
        self.usd = usd
        self.tokens = tokens
        self.latency = latency
        self.basis = basis
    }
}

/// How the effect of a call is undone.
public enum CompensationPolicy: Hashable, Sendable {
    /// The contract says nothing: for a call with side effects that is a warning.
    case undeclared
    /// The contract says aloud that nothing undoes it.
    case none
    /// The effect may stay when its run is undone, such as a file that is written anew each time:
    /// it is not undone, and not listed as left standing. Only for calls that are additive and
    /// idempotent.
    case keep
    /// Another capability undoes it.
    case call(Compensation)
}

/// The call that undoes another.
public struct Compensation: Hashable, Sendable {
    /// The capability that undoes the effect.
    public var capability: String
    /// Its arguments; `$result.…` and `$args.…` stand for parts of the call that is undone.
    public var args: JSON
    /// How long undoing may take in all, its retries included.
    public var deadline: Duration

    /// Names the capability that undoes a call, and its arguments.
    public init(capability: String, args: JSON, deadline: Duration = .seconds(600)) {
        self.capability = capability
        self.args = args
        self.deadline = deadline
    }
}

/// How much of a call the audit keeps.
public enum AuditLevel: String, Hashable, Sendable, CaseIterable {
    case none, summary, full
}

/// How carefully the payloads of a call are handled; `restricted` leaves only hashes in exports.
public enum DataClassification: String, Hashable, Sendable, CaseIterable {
    case `public`, `internal`, confidential, restricted
}

/// One thing an agent can do, and everything the coordinator must know before it lets it.
public struct CapabilityContract: Hashable, Sendable {
    /// The name that workflows call, `^[a-z][a-z0-9_-]{0,63}$`.
    public var name: String
    /// What it does, for people and for models that choose tools.
    public var description: String
    /// The JSON Schema of the arguments.
    public var parameters: JSON
    /// Whether `parameters` promises to list every property as required and to allow no other.
    public var strict: Bool
    /// The JSON Schema of the result; nil leaves the result unchecked.
    public var returns: JSON?
    /// The version of the contract, `major.minor.patch`.
    public var version: String
    /// What a call does to the world.
    public var sideEffect: SideEffect
    /// Whether a second call with the same idempotency key changes nothing more.
    public var idempotent: Bool
    /// Whether a call reaches systems that this swarm does not own.
    public var openWorld: Bool
    /// How much harm a wrong call can do.
    public var risk: RiskLevel
    /// How long one attempt may take.
    public var timeout: Duration
    /// What a call is expected to cost.
    public var costEstimate: CostEstimate
    /// What it says about failures: `retry_policy`, `unknown_outcome`, `on_failure` and
    /// `on_unavailable`.
    public var failure: FailurePolicy
    /// When a slow call is made a second time elsewhere; nil is never.
    public var hedge: HedgePolicy?
    /// How many retries the swarm bears; nil, or a field of nil, leaves it to the topology.
    public var retryBudget: PartialRetryBudgetPolicy?
    /// How often one run may repeat this call, before it is stopped as a loop; nil leaves it to
    /// the run's limits.
    public var repeatThreshold: Int?
    /// The read capability that answers "did it happen?".
    public var verifyWith: String?
    /// When failures take the capability out of routing; nil, or a field of nil, leaves it to the
    /// topology.
    public var circuitBreaker: PartialCircuitBreakerPolicy?
    /// How its effect is undone.
    public var compensation: CompensationPolicy
    /// Whether a worker may act at once.
    public var start: StartPolicy
    /// How much of a call the audit keeps.
    public var auditLevel: AuditLevel
    /// How carefully its payloads are handled.
    public var dataClassification: DataClassification

    /// A contract with the pessimistic defaults of a manifest that says nothing about a capability.
    public init(
        name: String,
        description: String = "",
        parameters: JSON,
        strict: Bool = false,
        returns: JSON? = nil,
        version: String = "1.0.0",
        sideEffect: SideEffect = .destructive,
        idempotent: Bool = false,
        openWorld: Bool = true,
        risk: RiskLevel = .high,
        timeout: Duration = .seconds(60),
        costEstimate: CostEstimate = CostEstimate(),
        failure: FailurePolicy = FailurePolicy(),
        hedge: HedgePolicy? = nil,
        retryBudget: PartialRetryBudgetPolicy? = nil,
        repeatThreshold: Int? = nil,
        verifyWith: String? = nil,
        circuitBreaker: PartialCircuitBreakerPolicy? = nil,
        compensation: CompensationPolicy = .undeclared,
        start: StartPolicy = .immediate,
        auditLevel: AuditLevel = .full,
        dataClassification: DataClassification = .internal
    ) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.strict = strict
        self.returns = returns
        self.version = version
        self.sideEffect = sideEffect
        self.idempotent = idempotent
        self.openWorld = openWorld
        self.risk = risk
        self.timeout = timeout
        self.costEstimate = costEstimate
        self.failure = failure
        self.hedge = hedge
        self.retryBudget = retryBudget
        self.repeatThreshold = repeatThreshold
        self.verifyWith = verifyWith
        self.circuitBreaker = circuitBreaker
        self.compensation = compensation
        self.start = start
        self.auditLevel = auditLevel
        self.dataClassification = dataClassification
    }

    /// Whether a call whose outcome is unknown may simply be made again.
    public var isSafeToRepeat: Bool { sideEffect.isHarmless || idempotent }

    /// When a failed attempt is followed by another, as the contract alone has it.
    ///
    /// What it leaves out is the built-in default here; ``ResolvedFailurePolicy`` knows the levels
    /// around it. Setting it says everything, so that no topology shows through.
    public var retryPolicy: RetryPolicy {
        get { (failure.retry ?? PartialRetryPolicy()).resolved() }
        set { failure.retry = PartialRetryPolicy(newValue) }
    }

    /// What to do when nobody can say whether a call happened, as the contract alone has it.
    public var unknownOutcome: UnknownOutcomePolicy {
        get { failure.unknownOutcome ?? .retryIfIdempotent }
        set { failure.unknownOutcome = newValue }
    }

    /// What happens when a call has failed for good; nil leaves it to the other levels.
    public var onFailure: OnFailure? {
        get { failure.onFailure }
        set { failure.onFailure = newValue }
    }

    /// What a call does that no worker may take; nil leaves it to the other levels.
    public var onUnavailable: OnUnavailable? {
        get { failure.onUnavailable }
        set { failure.onUnavailable = newValue }
    }
}
