public import SwarmModel

/// Why a run has a subtask that its workflow does not define.
public enum CallOrigin: Hashable, Sendable {
    /// A worker delegated it while it ran the subtask at this position.
    case delegated(parent: Int32)
    /// It undoes the effect of the subtask at this position.
    case undo(of: Int32)
    /// It asks whether the call of the subtask at this position happened.
    case verify(of: Int32)

    /// The position of the subtask it belongs to.
    public var subject: Int32 {
        switch self {
        case .delegated(let index), .undo(let index), .verify(let index): index
        }
    }
}

/// A worker's request, which the answer names: the lease it held and its own number for the call.
public struct CallReference: Hashable, Sendable {
    /// The lease of the subtask that asked.
    public var lease: LeaseID
    /// The worker's number for the call, unique under the lease.
    public var number: UInt64

    /// A request under a lease.
    public init(lease: LeaseID, number: UInt64) {
        self.lease = lease
        self.number = number
    }
}

/// A run got a subtask that its workflow does not define.
public struct CallAdded: Hashable, Sendable {
    /// Its name; the position is the next of its run.
    public var subtask: SubtaskID
    /// Why it exists.
    public var origin: CallOrigin
    /// What it calls.
    public var capability: String
    /// The only agent that may run it; nil lets the router choose.
    public var agent: String?
    /// The arguments.
    public var arguments: Payload
    /// When it must have ended, retries included; nil for no limit but that of its run.
    public var deadline: Instant?
    /// The part of its parent's budget that it may spend; nil shares the parent's.
    public var allowance: Allowance?
    /// Who asked, if a worker did.
    public var request: CallReference?

    /// A call that a run got.
    public init(
        subtask: SubtaskID,
        origin: CallOrigin,
        capability: String,
        agent: String?,
        arguments: Payload,
        deadline: Instant?,
        allowance: Allowance? = nil,
        request: CallReference? = nil
    ) {
        self.subtask = subtask
        self.origin = origin
        self.capability = capability
        self.agent = agent
        self.arguments = arguments
        self.deadline = deadline
        self.allowance = allowance
        self.request = request
    }
}

/// A worker asked again for a call that exists already.
public struct CallClaimed: Hashable, Sendable {
    /// The call.
    public var subtask: SubtaskID
    /// Who asks for it now.
    public var request: CallReference

    /// A call and who asks for it now.
    public init(subtask: SubtaskID, request: CallReference) {
        self.subtask = subtask
        self.request = request
    }
}

/// A worker asked for a call that it may not make.
public struct CallRefused: Hashable, Sendable {
    /// The subtask that asked.
    public var parent: SubtaskID
    /// Who runs it.
    public var worker: WorkerID
    /// Its request.
    public var request: CallReference
    /// What it wanted to call.
    public var capability: String
    /// Why it may not; the message names the chain of calls that led here.
    public var failure: Failure

    /// A call that was refused.
    public init(
        parent: SubtaskID,
        worker: WorkerID,
        request: CallReference,
        capability: String,
        failure: Failure
    ) {
        self.parent = parent
        self.worker = worker
        self.request = request
        self.capability = capability
        self.failure = failure
    }
}
