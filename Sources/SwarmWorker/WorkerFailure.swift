import SwarmModel

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
    }

    /// The class that policies key on.
    public var kind: Kind
    /// One sentence for a person; more than 4 KiB are cut off.
    public var message: String
    /// Whether trying again can help; nil leaves it to the policy for ``kind``.
    public var retryable: Bool?
    /// The earliest sensible retry.
    public var retryAfter: Duration?
    /// Anything structured to keep, as JSON text of at most 4 KiB.
    public var details: String?

    /// A failure of this kind.
    public init(
        _ kind: Kind,
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

    /// Kind and sentence.
    public var description: String { "\(kind.rawValue): \(message)" }
}
