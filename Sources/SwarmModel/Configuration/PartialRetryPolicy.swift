/// What one level of configuration says about retries; nil says nothing.
public struct PartialRetryPolicy: Hashable, Sendable {
    /// The number of attempts in all, the first included.
    public var maxAttempts: Int?
    /// The wait before the second attempt.
    public var initial: Duration?
    /// What each further wait is multiplied by.
    public var factor: Double?
    /// The longest wait.
    public var maximum: Duration?
    /// The share of a wait that chance may take away, 0 to 1.
    public var jitter: Double?
    /// The kinds of failure that a further attempt may cure.
    public var retryOn: [FailureKind]?
    /// The time all attempts and waits may take together.
    public var deadline: Duration?
    /// How often a result that breaks the contract is asked of another worker.
    public var maxInvalidResults: Int?

    /// What a level says; by default nothing.
    public init(
        maxAttempts: Int? = nil,
        initial: Duration? = nil,
        factor: Double? = nil,
        maximum: Duration? = nil,
        jitter: Double? = nil,
        retryOn: [FailureKind]? = nil,
        deadline: Duration? = nil,
        maxInvalidResults: Int? = nil
    ) {
        self.maxAttempts = maxAttempts
        self.initial = initial
        self.factor = factor
        self.maximum = maximum
        self.jitter = jitter
        self.retryOn = retryOn
        self.deadline = deadline
        self.maxInvalidResults = maxInvalidResults
    }

    /// Says everything that a whole policy says.
    public init(_ policy: RetryPolicy) {
        self.init(
            maxAttempts: policy.maxAttempts,
            initial: policy.backoff.initial,
            factor: policy.backoff.factor,
            maximum: policy.backoff.maximum,
            jitter: policy.backoff.jitter,
            retryOn: policy.retryOn,
            deadline: policy.deadline,
            maxInvalidResults: policy.maxInvalidResults
        )
    }

    /// What this level says, and where it says nothing what the level below says.
    public func merged(over below: PartialRetryPolicy) -> PartialRetryPolicy {
        PartialRetryPolicy(
            maxAttempts: maxAttempts ?? below.maxAttempts,
            initial: initial ?? below.initial,
            factor: factor ?? below.factor,
            maximum: maximum ?? below.maximum,
            jitter: jitter ?? below.jitter,
            retryOn: retryOn ?? below.retryOn,
            deadline: deadline ?? below.deadline,
            maxInvalidResults: maxInvalidResults ?? below.maxInvalidResults
        )
    }

    /// The whole policy, with `below` where this level says nothing.
    public func resolved(over below: RetryPolicy = RetryPolicy()) -> RetryPolicy {
        RetryPolicy(
            maxAttempts: maxAttempts ?? below.maxAttempts,
            backoff: Backoff(
                initial: initial ?? below.backoff.initial,
                factor: factor ?? below.backoff.factor,
                maximum: maximum ?? below.backoff.maximum,
                jitter: jitter ?? below.backoff.jitter
            ),
            retryOn: retryOn ?? below.retryOn,
            deadline: deadline ?? below.deadline,
            maxInvalidResults: maxInvalidResults ?? below.maxInvalidResults
        )
    }
}
