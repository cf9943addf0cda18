public import SwarmModel

/// A worker joined.
public struct WorkerReady: Hashable, Sendable {
    /// Who.
    public var worker: WorkerID
    /// Which process of it.
    public var incarnation: Incarnation
    /// The session it was given.
    public var session: UInt64
    /// How many subtasks it takes at once.
    public var credit: Int
    /// Leases it goes on with.
    public var adopt: [LeaseID]
    /// Leases it is told to forget.
    public var drop: [LeaseID]
    /// Which greeting of its process this answers; nil when it does not count them.
    public var sequence: Int64?

    /// A worker that joined.
    public init(
        worker: WorkerID,
        incarnation: Incarnation,
        session: UInt64,
        credit: Int,
        adopt: [LeaseID],
        drop: [LeaseID],
        sequence: Int64?
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.session = session
        self.credit = credit
        self.adopt = adopt
        self.drop = drop
        self.sequence = sequence
    }
}

/// The process of a worker ended.
public struct WorkerExited: Hashable, Sendable {
    /// Whose process.
    public var worker: WorkerID
    /// Which one.
    public var incarnation: Incarnation
    /// How.
    public var status: ExitStatus
    /// Why it could not be started, when it could not.
    public var failure: Failure?
    /// Where the worker goes: waiting, stopped or quarantined.
    public var phase: WorkerPhase
    /// When it is started again, if it waits.
    public var restartAt: Instant?
    /// One sentence: the rule that decided.
    public var reason: String

    /// The end of a process.
    public init(
        worker: WorkerID,
        incarnation: Incarnation,
        status: ExitStatus,
        failure: Failure? = nil,
        phase: WorkerPhase,
        restartAt: Instant?,
        reason: String
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.status = status
        self.failure = failure
        self.phase = phase
        self.restartAt = restartAt
        self.reason = reason
    }
}

/// Something that arrived and changes nothing.
public struct Ignored: Hashable, Sendable {
    /// What it was.
    public enum Subject: String, Hashable, Sendable, CaseIterable {
        case hello, started, result, returned, farewell, exited, cancelRequest, launched, call
    }

    /// What it was.
    public var subject: Subject
    /// Why it changes nothing.
    public var reason: String
    /// Who sent it, if a worker did.
    public var worker: WorkerID?
    /// The lease it named, if any.
    public var lease: LeaseID?

    /// Something ignored.
    public init(subject: Subject, reason: String, worker: WorkerID?, lease: LeaseID?) {
        self.subject = subject
        self.reason = reason
        self.worker = worker
        self.lease = lease
    }
}
