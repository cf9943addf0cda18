public import SwarmModel

/// CANCEL: the result of a subtask is no longer wanted.
///
/// A hint: the worker may still report success, which counts if the lease is live.
public struct Cancellation: Hashable, Sendable {
    /// The subtask's lease.
    public var lease: LeaseID
    /// Why, for people.
    public var reason: String
    /// How long until the worker's process is ended if nothing comes.
    public var grace: Duration

    /// A wish to stop.
    public init(lease: LeaseID, reason: String, grace: Duration) {
        self.lease = lease
        self.reason = reason
        self.grace = grace
    }
}

/// RESULT_ACK: the worker can forget these results.
public struct Acknowledgement: Hashable, Sendable {
    /// What became of a result.
    public enum Disposition: String, Hashable, Sendable, CaseIterable {
        /// It is in the journal and counts.
        case accepted
        /// It had been accepted before.
        case duplicate
        /// Its lease had been revoked; it changes nothing.
        case stale
        /// It cannot be used, for instance because it breaks the capability's contract.
        case rejected
    }

    /// The leases, at least one; more than one only from minor version 1 on.
    public var leases: [LeaseID]
    /// What became of their results.
    public var disposition: Disposition

    /// A receipt for several results.
    public init(_ leases: [LeaseID], _ disposition: Disposition = .accepted) {
        self.leases = leases
        self.disposition = disposition
    }
}

/// DRAIN: finish or give back everything, then say BYE.
public struct Drain: Hashable, Sendable {
    /// The time left for it.
    public var deadline: Duration

    /// A request to leave in order.
    public init(deadline: Duration) { self.deadline = deadline }
}

/// CREDIT of the coordinator: a subtask may send more PROGRESS.
public struct ProgressCredit: Hashable, Sendable {
    /// The subtask's lease.
    public var lease: LeaseID
    /// How many more, 1 to ``WireLimits/credit``.
    public var more: Int

    /// A grant.
    public init(lease: LeaseID, more: Int) {
        self.lease = lease
        self.more = more
    }
}

/// GO: the start of a subtask is journaled, so its side effects may begin.
public struct Go: Hashable, Sendable {
    /// The subtask's lease.
    public var lease: LeaseID

    /// A green light.
    public init(lease: LeaseID) { self.lease = lease }
}
