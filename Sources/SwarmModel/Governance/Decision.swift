/// What was decided about a subtask that waits for a decision.
public enum Decision: String, Hashable, Sendable, CaseIterable, Codable {
    /// The call in doubt had its effect; the subtask has succeeded.
    case happened
    /// The call in doubt had no effect; it may be made again.
    case didNotHappen = "did-not-happen"
    /// Try the failed subtask once more.
    case retry
    /// Go on without it, and without what needs it.
    case skip
    /// End the run and undo what it did; a call in doubt is undone too.
    case undo
    /// End the run and leave what it did.
    case abort
}

/// What a subtask is held for.
public enum Doubt: String, Hashable, Sendable, CaseIterable, Codable {
    /// Nobody knows whether its call happened.
    case unknownOutcome = "unknown_outcome"
    /// It has failed, and its policy is to ask.
    case failed

    /// The decisions that make sense.
    public var answers: [Decision] {
        switch self {
        case .unknownOutcome: [.happened, .didNotHappen, .undo, .abort]
        case .failed: [.retry, .skip, .undo, .abort]
        }
    }
}

/// An effect that a run which did not succeed leaves in the world.
public struct Standing: Hashable, Sendable {
    /// Why it was not undone.
    public enum Reason: String, Hashable, Sendable, CaseIterable, Codable {
        /// Its contract names nothing that undoes it.
        case noCompensation = "no_compensation"
        /// What undoes it has failed.
        case compensationFailed = "compensation_failed"
        /// Nobody knows whether it is there at all.
        case mayHaveHappened = "may_have_happened"
        /// Something that came after it could not be undone, so it was not touched.
        case blocked
        /// The policy was to leave it.
        case left
    }

    /// The subtask whose effect it is.
    public var subtask: SubtaskID
    /// The capability that had it.
    public var capability: String
    /// Why it is still there.
    public var reason: Reason

    /// An effect that stands.
    public init(subtask: SubtaskID, capability: String, reason: Reason) {
        self.subtask = subtask
        self.capability = capability
        self.reason = reason
    }
}
