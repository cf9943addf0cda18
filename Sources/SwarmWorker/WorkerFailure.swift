import SwarmModel
import SwarmWire

/// What a handler throws to say how it failed, in words that retry policies understand.
///
/// Anything else it throws is reported as `internal`.
public struct WorkerFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The classes of failure a worker can report.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// It may work if tried again: a lost connection, a lock, a restart.
        case transient
        /// Something behind this worker took too long.
        case timeout
        /// Something behind this worker is down.
        case unavailable
        /// Something behind this worker asked us to slow down.
        case rateLimited = "rate_limited"
        /// The arguments are wrong; the same call will never work.
        case validation
        /// Not allowed.
        case permission
        /// What the arguments name does not exist.
        case notFound = "not_found"
        /// It clashes with what is there already.
        case conflict
        /// It stopped because it was told to.
        case cancelled
        /// A fault of the worker itself.
        case `internal`

        // What follows only the swarm can say, of what was delegated; reported by a handler, it is
        // an `internal` failure.

        /// The worker ended, and no other could take over.
        case workerLost = "worker_lost"
        /// The worker did not end in time.
        case leaseExpired = "lease_expired"
        /// No worker of the right version.
        case versionSkew = "version_skew"
        /// An argument referred to what does not exist.
        case unresolved
        /// It may have happened or not, and nobody could find out.
        case unknownOutcome = "unknown_outcome"
        /// Something it needed has failed.
        case dependencyFailed = "dependency_failed"
        /// The time of the run or of the call was over.
        case deadlineExceeded = "deadline_exceeded"
        /// It was the same call again and again; the run is stopped.
        case loopStopped = "loop_stopped"
        /// There is no budget left for it.
        case budgetExhausted = "budget_exhausted"
        /// Calls inside calls, more than the swarm allows.
        case depthExceeded = "depth_exceeded"
        /// Somebody or some policy said no.
        case denied
        /// Whatever could do it has failed too often lately.
        case breakerOpen = "breaker_open"

        /// Whether a handler may report it.
        public var isReportable: Bool {
            FailureKind(rawValue: rawValue)?.isReportable ?? false
        }
    }

    /// The class that policies key on.
    public var kind: Kind
    /// One sentence for a person; more than 4 KiB are cut off.
    public var message: String
    /// Whether trying again can help; nil leaves it to the policy for ``kind``.
    public var retryable: Bool?
    /// The earliest sensible retry.
    public var retryAfter: Duration?
    /// Anything structured to keep, as JSON text of at most 4 KiB and two levels of objects and
    /// arrays; what is none, or deeper, is kept as a text.
    public var details: String?
    /// The calls that led to it, outermost first, when it is the failure of a delegated call.
    public var chain: [CallFrame]

    /// A failure of this kind.
    public init(
        _ kind: Kind,
        _ message: String,
        retryable: Bool? = nil,
        retryAfter: Duration? = nil,
        details: String? = nil,
        chain: [CallFrame] = []
    ) {
        self.kind = kind
        self.message = message
        self.retryable = retryable
        self.retryAfter = retryAfter
        self.details = details
        self.chain = chain
    }

    init(_ failure: Failure, chain: [SwarmWire.CallFrame]) {
        self.init(
            Kind(rawValue: failure.kind.rawValue) ?? .internal,
            failure.message,
            retryable: failure.retryable,
            retryAfter: failure.retryAfter,
            details: failure.details,
            chain: chain.map { CallFrame($0) }
        )
    }

    /// Kind and sentence.
    public var description: String { "\(kind.rawValue): \(message)" }
}
