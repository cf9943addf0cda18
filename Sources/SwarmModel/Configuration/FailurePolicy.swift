/// What one level of configuration says about failures; nil says nothing.
///
/// The levels are the topology's `failure`, a capability's contract, a workflow's `failure` and a
/// subtask. The nearest to the subtask wins, field by field; see ``ResolvedFailurePolicy``.
public struct FailurePolicy: Hashable, Sendable {
    /// What happens when a subtask has failed for good.
    public var onFailure: OnFailure?
    /// When a failed attempt is followed by another.
    public var retry: PartialRetryPolicy? {
        get { if case .says(let policy)? = boxedRetry { policy } else { nil } }
        set { boxedRetry = newValue.map { .says($0) } }
    }
    /// Kept apart, since most of a million subtasks say nothing and should pay nothing for it.
    private var boxedRetry: Box?
    /// What to do when nobody can say whether a call happened.
    public var unknownOutcome: UnknownOutcomePolicy?
    /// What a subtask does that no worker may take.
    public var onUnavailable: OnUnavailable?

    /// What a level says; by default nothing.
    public init(
        onFailure: OnFailure? = nil,
        retry: PartialRetryPolicy? = nil,
        unknownOutcome: UnknownOutcomePolicy? = nil,
        onUnavailable: OnUnavailable? = nil
    ) {
        self.onFailure = onFailure
        boxedRetry = retry.map { .says($0) }
        self.unknownOutcome = unknownOutcome
        self.onUnavailable = onUnavailable
    }

    private indirect enum Box: Hashable, Sendable {
        case says(PartialRetryPolicy)
    }
}

/// What happens when a subtask has failed for good: every permitted attempt is spent.
public enum OnFailure: Hashable, Sendable {
    /// The run ends failed and what it did is compensated. The default.
    case undo
    /// The run ends failed and what it did is left standing, and listed.
    case abort
    /// The subtask and all that needs it are skipped and the run goes on; references to what was
    /// skipped give null.
    case skip
    /// A person decides: retry, skip, undo or abort.
    case ask
    /// Another capability is called in its place.
    indirect case fallback(Fallback)
}

/// The call made in place of one that failed.
public struct Fallback: Hashable, Sendable {
    /// The capability to call.
    public var capability: String
    /// The only agent that may take it; nil lets the router choose among all that offer it.
    public var agent: String?
    /// Its arguments; nil takes those of the call that failed.
    public var arguments: Template?

    /// Names the capability to call instead; by default anywhere, with the same arguments.
    public init(capability: String, agent: String? = nil, arguments: Template? = nil) {
        self.capability = capability
        self.agent = agent
        self.arguments = arguments
    }
}

/// What a subtask does when no worker may take it: all breakers open, all quarantined or stopped.
public enum OnUnavailable: String, Hashable, Sendable, CaseIterable {
    /// It waits until one may, or until a deadline passes. The default.
    case wait
    /// It fails at once, as `unavailable` or `breaker_open`.
    case fail
}

/// The level of configuration that decided a policy; journaled with each decision.
public enum PolicyOrigin: String, Hashable, Sendable, CaseIterable {
    /// No level said anything.
    case builtIn = "default"
    /// The `failure` of the topology.
    case topology
    /// The contract of the capability.
    case contract
    /// The `failure` of the workflow.
    case workflow
    /// The subtask itself.
    case subtask
}
