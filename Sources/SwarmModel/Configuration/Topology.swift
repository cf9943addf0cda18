/// A semaphore of the whole swarm: at most so many calls that name it run at the same time.
public struct NamedSemaphore: Hashable, Sendable {
    /// Its name, as agents and workflows use it.
    public var name: String
    /// The number of permits.
    public var permits: Int
    /// How long a subtask may wait for a permit before it fails; nil waits as long as its run may.
    public var maxWait: Duration?
    /// How long one attempt may hold a permit: no attempt that holds one lasts longer; nil leaves
    /// it to the attempt's own timeout.
    public var maxHold: Duration?

    /// A semaphore with this many permits.
    public init(name: String, permits: Int, maxWait: Duration? = nil, maxHold: Duration? = nil) {
        self.name = name
        self.permits = permits
        self.maxWait = maxWait
        self.maxHold = maxHold
    }
}

/// Which calls a person must approve first.
public struct ApprovalRule: Hashable, Sendable {
    /// The side effect it applies to; nil is any.
    public var sideEffect: SideEffect?
    /// The risk it applies to; nil is any.
    public var risk: RiskLevel?
    /// The agent it applies to; nil is any.
    public var agent: String?
    /// The capability it applies to; nil is any.
    public var capability: String?
    /// Who may approve.
    public var approvers: [String]
    /// How many of them must.
    public var quorum: Int

    /// A rule; without conditions it applies to every call.
    public init(
        sideEffect: SideEffect? = nil,
        risk: RiskLevel? = nil,
        agent: String? = nil,
        capability: String? = nil,
        approvers: [String],
        quorum: Int = 1
    ) {
        self.sideEffect = sideEffect
        self.risk = risk
        self.agent = agent
        self.capability = capability
        self.approvers = approvers
        self.quorum = quorum
    }
}

/// When and how people are asked.
public struct ApprovalSettings: Hashable, Sendable {
    /// What an approval that nobody answered counts as.
    public enum OnTimeout: String, Hashable, Sendable, CaseIterable {
        case deny, approve
    }

    /// How long a question stays open.
    public var timeout: Duration
    /// What an unanswered question counts as.
    public var onTimeout: OnTimeout
    /// Which calls need approval.
    public var rules: [ApprovalRule]

    /// Settings; the default asks nobody and would deny after a day.
    public init(
        timeout: Duration = .seconds(86_400),
        onTimeout: OnTimeout = .deny,
        rules: [ApprovalRule] = []
    ) {
        self.timeout = timeout
        self.onTimeout = onTimeout
        self.rules = rules
    }
}

/// What the swarm tells observers about itself.
public struct TelemetrySettings: Hashable, Sendable {
    /// How much of arguments and results leaves with traces.
    public enum ContentCapture: String, Hashable, Sendable, CaseIterable {
        case none, metadata, full
    }

    /// Whether metrics are served.
    public var metrics: Bool
    /// Where traces go, an OTLP endpoint; nil is nowhere.
    public var otlp: String?
    /// How much of arguments and results leaves with traces.
    public var captureContent: ContentCapture

    /// Settings; the defaults are those of the topology file.
    public init(
        metrics: Bool = true,
        otlp: String? = nil,
        captureContent: ContentCapture = .none
    ) {
        self.metrics = metrics
        self.otlp = otlp
        self.captureContent = captureContent
    }
}

/// A swarm as its `topology.json` says it, with every default filled in.
public struct Topology: Hashable, Sendable {
    /// The name of the swarm.
    public var name: String
    /// How the coordinator listens, remembers and limits.
    public var coordinator: CoordinatorSettings
    /// How many restarts the swarm bears.
    public var supervision: SupervisionPolicy
    /// What the swarm says about failures, where contracts, workflows and subtasks say nothing.
    public var failure: FailurePolicy
    /// What breakers do, where contracts, agents and workflows say nothing.
    public var circuitBreakers: CircuitBreakerDefaults
    /// How many retries of a capability the swarm bears, where its contract says nothing.
    public var retryBudget: RetryBudgetPolicy
    /// The semaphores of the whole swarm, in the order of the file.
    public var semaphores: [NamedSemaphore]
    /// When and how people are asked.
    public var approvals: ApprovalSettings
    /// The agents, in the order of the file; `defaults` are merged in.
    public var agents: [AgentConfiguration]
    /// Patterns for the workflow files that belong to the swarm, relative to the topology's folder.
    public var workflows: [String]
    /// What the swarm tells observers.
    public var telemetry: TelemetrySettings

    /// A topology; the defaults are those of the file.
    public init(
        name: String,
        coordinator: CoordinatorSettings = CoordinatorSettings(),
        supervision: SupervisionPolicy = SupervisionPolicy(),
        failure: FailurePolicy = FailurePolicy(),
        circuitBreakers: CircuitBreakerDefaults = CircuitBreakerDefaults(),
        retryBudget: RetryBudgetPolicy = RetryBudgetPolicy(),
        semaphores: [NamedSemaphore] = [],
        approvals: ApprovalSettings = ApprovalSettings(),
        agents: [AgentConfiguration],
        workflows: [String] = [],
        telemetry: TelemetrySettings = TelemetrySettings()
    ) {
        self.name = name
        self.coordinator = coordinator
        self.supervision = supervision
        self.failure = failure
        self.circuitBreakers = circuitBreakers
        self.retryBudget = retryBudget
        self.semaphores = semaphores
        self.approvals = approvals
        self.agents = agents
        self.workflows = workflows
        self.telemetry = telemetry
    }

    /// The agent with this name.
    public func agent(named name: String) -> AgentConfiguration? {
        agents.first { $0.name == name }
    }
}
