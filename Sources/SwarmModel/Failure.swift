/// What kind of failure ended an attempt; policies key on this and never on message text.
///
/// The first group a worker may report. The second only the coordinator adds, so a worker cannot
/// claim, say, that a budget was exhausted.
public enum FailureKind: String, Hashable, Sendable, CaseIterable, Codable {
    case transient, timeout, unavailable, validation, permission, conflict, cancelled
    case `internal`
    case rateLimited = "rate_limited"
    case notFound = "not_found"

    case workerLost = "worker_lost"
    case leaseExpired = "lease_expired"
    case versionSkew = "version_skew"
    /// An argument reference named something its subtask did not return.
    case unresolved
    /// The call may have begun and nobody can say whether it happened; it is not run again blindly.
    case unknownOutcome = "unknown_outcome"
    /// A dependency failed, so this subtask never became ready.
    case dependencyFailed = "dependency_failed"
    /// The run's deadline passed.
    case deadlineExceeded = "deadline_exceeded"
    /// The same call was made once too often.
    case loopStopped = "loop_stopped"
    /// There was nothing left to spend.
    case budgetExhausted = "budget_exhausted"
    /// Delegation went deeper, or wider, than it may.
    case depthExceeded = "depth_exceeded"
    /// A rule forbids the call.
    case denied
    /// A circuit breaker let no call pass.
    case breakerOpen = "breaker_open"

    /// Whether a worker may report this kind; anything else from a worker is read as `internal`.
    public var isReportable: Bool {
        switch self {
        case .transient, .timeout, .unavailable, .validation, .permission, .conflict, .cancelled,
            .internal, .rateLimited, .notFound:
            true
        case .workerLost, .leaseExpired, .versionSkew, .unresolved, .unknownOutcome,
            .dependencyFailed, .deadlineExceeded, .loopStopped, .budgetExhausted, .depthExceeded,
            .denied, .breakerOpen:
            false
        }
    }
}

/// Why an attempt, a subtask or a run did not succeed.
///
/// A value, not an `Error`: a failed subtask is an expected result of the domain.
public struct Failure: Hashable, Sendable {
    /// The class that policies key on.
    public var kind: FailureKind
    /// One sentence for a person: what happened.
    public var message: String
    /// The worker's own word on whether a retry can help; nil leaves it to the policy for `kind`.
    public var retryable: Bool?
    /// The earliest sensible retry, as the worker or the system behind it asked.
    public var retryAfter: Duration?
    /// Anything structured the worker wants kept; UTF-8 JSON, at most 4 KiB.
    public var details: String?

    /// A failure of this kind.
    public init(
        _ kind: FailureKind,
        _ message: String,
        retryable: Bool? = nil,
        retryAfter: Duration? = nil,
        details: String? = nil
    ) {
        self.kind = kind
        self.message = message
        self.retryable = retryable
        self.retryAfter = retryAfter
        self.details = details
    }
}
