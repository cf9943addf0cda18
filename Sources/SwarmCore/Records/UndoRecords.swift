public import SwarmModel

/// How the effect of a call will be undone.
public struct UndoRegistered: Hashable, Sendable {
    /// The subtask whose effect it is.
    public var subtask: SubtaskID
    /// The capability that undoes it.
    public var capability: String
    /// Its arguments as JSON; `$result.…` and `$args.…` stand for parts of the call.
    public var arguments: Payload
    /// How long undoing may take in all, its retries included.
    public var within: Duration

    /// A way to undo a call.
    public init(subtask: SubtaskID, capability: String, arguments: Payload, within: Duration) {
        self.subtask = subtask
        self.capability = capability
        self.arguments = arguments
        self.within = within
    }
}

/// The effect of a call cannot be undone, for its compensation cannot even be called.
public struct UndoFailed: Hashable, Sendable {
    /// The subtask whose effect it is.
    public var subtask: SubtaskID
    /// Why.
    public var failure: Failure

    /// An effect that cannot be undone.
    public init(subtask: SubtaskID, failure: Failure) {
        self.subtask = subtask
        self.failure = failure
    }
}

/// A run could not be undone in full.
public struct RunParked: Hashable, Sendable {
    /// Which run.
    public var run: RunID
    /// Why it did not succeed.
    public var failure: Failure
    /// What it leaves in the world.
    public var standing: [Standing]

    /// A run that waits for someone to mend what keeps it from being undone.
    public init(run: RunID, failure: Failure, standing: [Standing]) {
        self.run = run
        self.failure = failure
        self.standing = standing
    }
}

/// Someone decided how a parked run goes on.
public struct RunResumed: Hashable, Sendable {
    /// Which run.
    public var run: RunID
    /// Whether what it leaves is accepted; otherwise it is undone again.
    public var accepts: Bool
    /// Why.
    public var reason: String
    /// Who decided.
    public var by: String

    /// A parked run that goes on.
    public init(run: RunID, accepts: Bool, reason: String, by: String) {
        self.run = run
        self.accepts = accepts
        self.reason = reason
        self.by = by
    }
}
