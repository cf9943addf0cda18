/// When a failed attempt of a subtask is followed by another.
public struct RetryPolicy: Hashable, Sendable {
    /// The number of attempts in all, the first included; 1 means no retry.
    public var maxAttempts: Int
    /// The wait before each further attempt, which chance only shortens.
    public var backoff: Backoff
    /// The kinds of failure that a further attempt may cure.
    public var retryOn: [FailureKind]
    /// The time all attempts and the waits between them may take; nil leaves it to the run's
    /// deadline.
    public var deadline: Duration?
    /// How often a result that breaks the contract, or a refusal of arguments as invalid by a call
    /// that is safe to repeat, is followed by a try at another worker.
    ///
    /// A counter of its own: such failures are usually deterministic, and waiting cures none.
    public var maxInvalidResults: Int

    /// The kinds retried when a contract names none.
    public static let defaultKinds: [FailureKind] = [
        .transient, .timeout, .rateLimited, .unavailable, .workerLost, .leaseExpired,
    ]

    /// The kinds a contract or a workflow may list; the others describe the run, not the attempt.
    public static let permittedKinds: [FailureKind] =
        FailureKind.allCases.filter { $0.isReportable && $0 != .cancelled }
        + [.workerLost, .leaseExpired, .versionSkew]

    /// A policy; the defaults are those of a contract that says nothing.
    public init(
        maxAttempts: Int = 3,
        backoff: Backoff = Backoff(),
        retryOn: [FailureKind] = RetryPolicy.defaultKinds,
        deadline: Duration? = nil,
        maxInvalidResults: Int = 1
    ) {
        self.maxAttempts = maxAttempts
        self.backoff = backoff
        self.retryOn = retryOn
        self.deadline = deadline
        self.maxInvalidResults = maxInvalidResults
    }

    /// The wait before the next attempt, after `failures` failures in a row (from 1).
    ///
    /// `chance` is drawn evenly from 0 to 1 by the caller and takes away up to `jitter` of the
    /// exponential wait; a jitter of 1 is the "full jitter" of AWS, which spreads callers best.
    /// After `rate_limited` at least half the wait is kept: the other side has asked for less
    /// traffic, and a random zero would not give it that. `retryAfter`, what the other side asked
    /// for, is a floor in any case, and the only thing that may exceed the backoff's maximum.
    public func delay(
        afterFailures failures: Int,
        kind: FailureKind,
        chance: Double,
        retryAfter: Duration? = nil
    ) -> Duration {
        let plain = Double(backoff.delay(afterFailures: failures).wholeMicroseconds)
        let share = kind == .rateLimited ? min(backoff.jitter, 0.5) : backoff.jitter
        let kept = plain * (1 - share * min(max(chance, 0), 1))
        return max(.microseconds(Int64(max(0, kept))), retryAfter ?? .zero)
    }
}
