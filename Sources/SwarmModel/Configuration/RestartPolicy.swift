/// Whether, and how soon, a worker process that ended is started again.
public struct RestartPolicy: Hashable, Sendable {
    /// When a process is started again.
    public enum Condition: String, Hashable, Sendable, CaseIterable {
        /// Never.
        case never
        /// After any end but exit 0; exit 78 (bad configuration) is never restarted.
        case onFailure = "on_failure"
        /// After any end; exit 78 (bad configuration) is never restarted.
        case always
    }

    /// When a process is started again.
    public var policy: Condition
    /// The wait before each start.
    public var backoff: Backoff
    /// How long a process must stay up before its failures are forgotten.
    ///
    /// Uptime resets the backoff, never a successful start alone: a crash loop starts well each
    /// time.
    public var resetAfter: Duration

    /// A policy; the defaults are those of the topology file.
    public init(
        policy: Condition = .onFailure,
        backoff: Backoff = Backoff(
            initial: .milliseconds(500),
            factor: 2,
            maximum: .seconds(30),
            jitter: 0.2
        ),
        resetAfter: Duration = .seconds(120)
    ) {
        self.policy = policy
        self.backoff = backoff
        self.resetAfter = resetAfter
    }
}

/// How many restarts a swarm bears, and what happens when there are more.
public struct SupervisionPolicy: Hashable, Sendable {
    /// Which workers are restarted when one ends.
    public enum Strategy: String, Hashable, Sendable, CaseIterable {
        /// The one that ended.
        case oneForOne = "one_for_one"
        /// The one that ended and those that depend on it.
        case restForOne = "rest_for_one"
        /// All of them.
        case oneForAll = "one_for_all"
    }

    /// What happens to an agent that needed more restarts than allowed.
    public enum Escalation: String, Hashable, Sendable, CaseIterable {
        /// The instance leaves routing; the rest of the swarm stays up.
        case quarantine
        /// The swarm stops.
        case escalate
    }

    /// Which workers are restarted when one ends.
    public var strategy: Strategy
    /// The number of restarts of one instance that is still borne within ``within``.
    public var maxRestarts: Int
    /// The sliding window in which restarts are counted.
    public var within: Duration
    /// What happens at one restart more.
    public var onExceeded: Escalation

    /// A policy; the defaults are those of the topology file.
    public init(
        strategy: Strategy = .oneForOne,
        maxRestarts: Int = 5,
        within: Duration = .seconds(60),
        onExceeded: Escalation = .quarantine
    ) {
        self.strategy = strategy
        self.maxRestarts = maxRestarts
        self.within = within
        self.onExceeded = onExceeded
    }
}
