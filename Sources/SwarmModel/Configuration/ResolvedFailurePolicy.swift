/// A value of a policy with the level that decided it.
public struct Decided<Value: Hashable & Sendable>: Hashable, Sendable {
    /// The value that holds.
    public var value: Value
    /// The level it comes from.
    public var origin: PolicyOrigin

    /// A value and where it comes from.
    public init(_ value: Value, from origin: PolicyOrigin) {
        self.value = value
        self.origin = origin
    }
}

/// What holds for the failures of one subtask, each field with the level that decided it.
///
/// Nearest wins, field by field: subtask, workflow, contract, topology, then the built-in default.
/// Pure, so that a decision can be explained, and made again, from the journaled documents alone.
public struct ResolvedFailurePolicy: Hashable, Sendable {
    /// What happens when the subtask has failed for good.
    public var onFailure: Decided<OnFailure>
    /// What to do when nobody can say whether a call happened.
    public var unknownOutcome: Decided<UnknownOutcomePolicy>
    /// What the subtask does when no worker may take it.
    public var onUnavailable: Decided<OnUnavailable>
    /// The attempts in all, the first included.
    public var maxAttempts: Decided<Int>
    /// The wait before the second attempt.
    public var initial: Decided<Duration>
    /// What each further wait is multiplied by.
    public var factor: Decided<Double>
    /// The longest wait.
    public var maximum: Decided<Duration>
    /// The share of a wait that chance may take away.
    public var jitter: Decided<Double>
    /// The kinds of failure that a further attempt may cure.
    public var retryOn: Decided<[FailureKind]>
    /// The time all attempts and waits may take together; nil leaves it to the run's deadline.
    public var deadline: Decided<Duration?>
    /// How often a result that breaks the contract is asked of another worker.
    public var maxInvalidResults: Decided<Int>

    /// Resolves what the four levels say; a level that says nothing is ``FailurePolicy/init()``.
    public init(
        topology: FailurePolicy = FailurePolicy(),
        contract: FailurePolicy = FailurePolicy(),
        workflow: FailurePolicy = FailurePolicy(),
        subtask: FailurePolicy = FailurePolicy()
    ) {
        let levels: [(policy: FailurePolicy, origin: PolicyOrigin)] = [
            (subtask, .subtask), (workflow, .workflow), (contract, .contract),
            (topology, .topology),
        ]
        func nearest<Value>(
            _ field: (FailurePolicy) -> Value?,
            else builtIn: Value
        ) -> Decided<Value> {
            for level in levels {
                if let value = field(level.policy) { return Decided(value, from: level.origin) }
            }
            return Decided(builtIn, from: .builtIn)
        }
        let standard = RetryPolicy()
        onFailure = ResolvedFailurePolicy.onFailure(
            topology: topology,
            contract: contract,
            workflow: workflow,
            subtask: subtask
        )
        unknownOutcome = nearest(\.unknownOutcome, else: .retryIfIdempotent)
        onUnavailable = nearest(\.onUnavailable, else: .wait)
        maxAttempts = nearest(\.retry?.maxAttempts, else: standard.maxAttempts)
        initial = nearest(\.retry?.initial, else: standard.backoff.initial)
        factor = nearest(\.retry?.factor, else: standard.backoff.factor)
        maximum = nearest(\.retry?.maximum, else: standard.backoff.maximum)
        jitter = nearest(\.retry?.jitter, else: standard.backoff.jitter)
        retryOn = nearest(\.retry?.retryOn, else: standard.retryOn)
        deadline = nearest({ $0.retry?.deadline.map { .some($0) } }, else: standard.deadline)
        maxInvalidResults = nearest(
            \.retry?.maxInvalidResults,
            else: standard.maxInvalidResults
        )
    }

    /// What happens when a subtask has failed for good, alone: for checks that look at a million
    /// subtasks and nothing else.
    public static func onFailure(
        topology: FailurePolicy,
        contract: FailurePolicy,
        workflow: FailurePolicy,
        subtask: FailurePolicy
    ) -> Decided<OnFailure> {
        if let value = subtask.onFailure { return Decided(value, from: .subtask) }
        if let value = workflow.onFailure { return Decided(value, from: .workflow) }
        if let value = contract.onFailure { return Decided(value, from: .contract) }
        if let value = topology.onFailure { return Decided(value, from: .topology) }
        return Decided(.undo, from: .builtIn)
    }

    /// When a failed attempt is followed by another, without the origins.
    public var retry: RetryPolicy {
        RetryPolicy(
            maxAttempts: maxAttempts.value,
            backoff: Backoff(
                initial: initial.value,
                factor: factor.value,
                maximum: maximum.value,
                jitter: jitter.value
            ),
            retryOn: retryOn.value,
            deadline: deadline.value,
            maxInvalidResults: maxInvalidResults.value
        )
    }
}
