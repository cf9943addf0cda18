/// How many retries of one capability the swarm bears, over all runs.
///
/// A bucket of tokens: each retry takes some, each success gives some back. When a dependency is
/// broken the bucket empties and retries stop, so that no storm of them keeps it broken; first
/// attempts always go on. The semantics and defaults are those of the AWS SDKs' standard mode.
public struct RetryBudgetPolicy: Hashable, Sendable {
    /// The size of the bucket, which starts full; 0 allows no retry at all.
    public var tokens: Int
    /// The tokens a retry takes.
    public var retryCost: Int
    /// The tokens a retry after a timeout takes: it has cost the other side a whole call.
    public var timeoutCost: Int
    /// The tokens a success without retry gives back.
    public var successReturn: Int

    /// A budget; the default allows 100 retries in a row with no success between them.
    public init(
        tokens: Int = 500,
        retryCost: Int = 5,
        timeoutCost: Int = 10,
        successReturn: Int = 1
    ) {
        self.tokens = tokens
        self.retryCost = retryCost
        self.timeoutCost = timeoutCost
        self.successReturn = successReturn
    }
}

/// What a contract says about its retry budget; nil leaves a field to the topology.
public struct PartialRetryBudgetPolicy: Hashable, Sendable {
    /// The size of the bucket.
    public var tokens: Int?
    /// The tokens a retry takes.
    public var retryCost: Int?
    /// The tokens a retry after a timeout takes.
    public var timeoutCost: Int?
    /// The tokens a success gives back.
    public var successReturn: Int?

    /// What a contract says; by default nothing.
    public init(
        tokens: Int? = nil,
        retryCost: Int? = nil,
        timeoutCost: Int? = nil,
        successReturn: Int? = nil
    ) {
        self.tokens = tokens
        self.retryCost = retryCost
        self.timeoutCost = timeoutCost
        self.successReturn = successReturn
    }

    /// The whole budget, with `below` where the contract says nothing.
    public func resolved(over below: RetryBudgetPolicy = RetryBudgetPolicy()) -> RetryBudgetPolicy {
        RetryBudgetPolicy(
            tokens: tokens ?? below.tokens,
            retryCost: retryCost ?? below.retryCost,
            timeoutCost: timeoutCost ?? below.timeoutCost,
            successReturn: successReturn ?? below.successReturn
        )
    }
}
