/// What a circuit breaker stands before.
public enum CircuitBreakerLevel: String, Hashable, Sendable, CaseIterable {
    /// One capability at one instance.
    case tool
    /// One instance of an agent.
    case agent
    /// One workflow; a failed run is a failure.
    case workflow
}

/// When something that fails is taken out of use, and when it is tried again.
///
/// Thresholds are inclusive; a call is slow when it takes strictly longer than ``slowCall``.
public struct CircuitBreakerPolicy: Hashable, Sendable {
    /// Whether there is a breaker at all.
    public var isEnabled: Bool
    /// The number of failures within ``window`` that opens the breaker.
    public var errorThreshold: Int
    /// The sliding window in which calls are counted.
    public var window: Duration
    /// How long the breaker stays open before the first trial call.
    public var recoveryTimeout: Duration
    /// The number of trial calls that must succeed to close it.
    public var halfOpenCalls: Int
    /// The share of failed calls that opens it too, 0 to 1; nil is never.
    public var errorRate: Double?
    /// The number of calls below which the rates are not looked at; nil is ``errorThreshold``.
    public var minimumCalls: Int?
    /// The time above which a call is slow; nil is never.
    public var slowCall: Duration?
    /// The share of slow calls that opens it too, 0 to 1; nil is never.
    public var slowRate: Double?
    /// The longest the breaker stays open before a trial call, however often it opened again.
    public var maxRecoveryTimeout: Duration
    /// What the time it stays open is multiplied by when a trial fails; at least 1.
    public var backoff: Double
    /// How long a trial call may take before it counts as failed; nil is the call's own timeout.
    public var probeTimeout: Duration?

    /// A policy; the defaults are those of a tool.
    public init(
        isEnabled: Bool = true,
        errorThreshold: Int = 5,
        window: Duration = .seconds(60),
        recoveryTimeout: Duration = .seconds(30),
        halfOpenCalls: Int = 1,
        errorRate: Double? = nil,
        minimumCalls: Int? = nil,
        slowCall: Duration? = nil,
        slowRate: Double? = nil,
        maxRecoveryTimeout: Duration = .seconds(600),
        backoff: Double = 2,
        probeTimeout: Duration? = nil
    ) {
        self.isEnabled = isEnabled
        self.errorThreshold = errorThreshold
        self.window = window
        self.recoveryTimeout = recoveryTimeout
        self.halfOpenCalls = halfOpenCalls
        self.errorRate = errorRate
        self.minimumCalls = minimumCalls
        self.slowCall = slowCall
        self.slowRate = slowRate
        self.maxRecoveryTimeout = maxRecoveryTimeout
        self.backoff = backoff
        self.probeTimeout = probeTimeout
    }

    /// The built-in policy of a level: 5 failures a minute for a tool, 10 for the wider two.
    public static func standard(for level: CircuitBreakerLevel) -> CircuitBreakerPolicy {
        switch level {
        case .tool: CircuitBreakerPolicy()
        case .agent, .workflow: CircuitBreakerPolicy(errorThreshold: 10)
        }
    }
}

/// What one level of configuration says about a breaker; nil says nothing.
public struct PartialCircuitBreakerPolicy: Hashable, Sendable {
    /// Whether there is a breaker at all.
    public var isEnabled: Bool?
    /// The number of failures that opens the breaker.
    public var errorThreshold: Int?
    /// The window in which calls are counted.
    public var window: Duration?
    /// How long it stays open before the first trial call.
    public var recoveryTimeout: Duration?
    /// The number of trial calls that must succeed.
    public var halfOpenCalls: Int?
    /// The share of failed calls that opens it too.
    public var errorRate: Double?
    /// The number of calls below which the rates are not looked at.
    public var minimumCalls: Int?
    /// The time above which a call is slow.
    public var slowCall: Duration?
    /// The share of slow calls that opens it too.
    public var slowRate: Double?
    /// The longest it stays open before a trial call.
    public var maxRecoveryTimeout: Duration?
    /// What the time it stays open is multiplied by when a trial fails.
    public var backoff: Double?
    /// How long a trial call may take.
    public var probeTimeout: Duration?

    /// What a level says; by default nothing.
    public init(
        isEnabled: Bool? = nil,
        errorThreshold: Int? = nil,
        window: Duration? = nil,
        recoveryTimeout: Duration? = nil,
        halfOpenCalls: Int? = nil,
        errorRate: Double? = nil,
        minimumCalls: Int? = nil,
        slowCall: Duration? = nil,
        slowRate: Double? = nil,
        maxRecoveryTimeout: Duration? = nil,
        backoff: Double? = nil,
        probeTimeout: Duration? = nil
    ) {
        self.isEnabled = isEnabled
        self.errorThreshold = errorThreshold
        self.window = window
        self.recoveryTimeout = recoveryTimeout
        self.halfOpenCalls = halfOpenCalls
        self.errorRate = errorRate
        self.minimumCalls = minimumCalls
        self.slowCall = slowCall
        self.slowRate = slowRate
        self.maxRecoveryTimeout = maxRecoveryTimeout
        self.backoff = backoff
        self.probeTimeout = probeTimeout
    }

    /// The whole policy, with `below` where this level says nothing.
    public func resolved(over below: CircuitBreakerPolicy) -> CircuitBreakerPolicy {
        CircuitBreakerPolicy(
            isEnabled: isEnabled ?? below.isEnabled,
            errorThreshold: errorThreshold ?? below.errorThreshold,
            window: window ?? below.window,
            recoveryTimeout: recoveryTimeout ?? below.recoveryTimeout,
            halfOpenCalls: halfOpenCalls ?? below.halfOpenCalls,
            errorRate: errorRate ?? below.errorRate,
            minimumCalls: minimumCalls ?? below.minimumCalls,
            slowCall: slowCall ?? below.slowCall,
            slowRate: slowRate ?? below.slowRate,
            maxRecoveryTimeout: maxRecoveryTimeout ?? below.maxRecoveryTimeout,
            backoff: backoff ?? below.backoff,
            probeTimeout: probeTimeout ?? below.probeTimeout
        )
    }
}

/// The breakers of a topology, one policy a level; contracts, agents and workflows refine them.
public struct CircuitBreakerDefaults: Hashable, Sendable {
    /// What holds for one capability at one instance.
    public var tool: CircuitBreakerPolicy
    /// What holds for one instance.
    public var agent: CircuitBreakerPolicy
    /// What holds for one workflow.
    public var workflow: CircuitBreakerPolicy

    /// Policies for the three levels; by default the built-in ones.
    public init(
        tool: CircuitBreakerPolicy = .standard(for: .tool),
        agent: CircuitBreakerPolicy = .standard(for: .agent),
        workflow: CircuitBreakerPolicy = .standard(for: .workflow)
    ) {
        self.tool = tool
        self.agent = agent
        self.workflow = workflow
    }

    /// What holds at a level, with what the contract, the agent or the workflow itself says.
    public func policy(
        for level: CircuitBreakerLevel,
        nearest: PartialCircuitBreakerPolicy?
    ) -> CircuitBreakerPolicy {
        let base =
            switch level {
            case .tool: tool
            case .agent: agent
            case .workflow: workflow
            }
        return nearest?.resolved(over: base) ?? base
    }
}
