/// When a failed attempt of a subtask is followed by another.
public struct RetryPolicy: Hashable, Sendable {
    /// The number of attempts in all, the first included; 1 means no retry.
    public var maxAttempts: Int
    /// The wait before each further attempt.
    public var backoff: Backoff
    /// The kinds of failure that a further attempt may cure.
    public var retryOn: [FailureKind]

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
        retryOn: [FailureKind] = RetryPolicy.defaultKinds
    ) {
        self.maxAttempts = maxAttempts
        self.backoff = backoff
        self.retryOn = retryOn
    }
}
