extension PartialCircuitBreakerPolicy {
    /// Reads what one level says about a breaker.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(json: JSON) throws(ConfigurationError) {
        try self.init(ConfigurationReader(json))
    }

    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init(
            isEnabled: try reader.boolean("enabled"),
            errorThreshold: try reader.count("error_threshold"),
            window: try reader.duration("window"),
            recoveryTimeout: try reader.duration("recovery_timeout"),
            halfOpenCalls: try reader.count("half_open_calls"),
            errorRate: try reader.share("error_rate"),
            minimumCalls: try reader.count("minimum_calls"),
            slowCall: try reader.duration("slow_call"),
            slowRate: try reader.share("slow_rate"),
            maxRecoveryTimeout: try reader.duration("max_recovery_timeout"),
            backoff: try reader.factor("backoff"),
            probeTimeout: try reader.duration("probe_timeout")
        )
    }

    /// What the level says, as a file writes it; reads back as the same.
    public var json: JSON {
        .configuration([
            ("enabled", isEnabled.map { .bool($0) }),
            ("error_threshold", errorThreshold.map { .integer(Int64($0)) }),
            ("window", window.map { .configuration($0) }),
            ("recovery_timeout", recoveryTimeout.map { .configuration($0) }),
            ("half_open_calls", halfOpenCalls.map { .integer(Int64($0)) }),
            ("error_rate", errorRate.map { .configuration($0) }),
            ("minimum_calls", minimumCalls.map { .integer(Int64($0)) }),
            ("slow_call", slowCall.map { .configuration($0) }),
            ("slow_rate", slowRate.map { .configuration($0) }),
            ("max_recovery_timeout", maxRecoveryTimeout.map { .configuration($0) }),
            ("backoff", backoff.map { .configuration($0) }),
            ("probe_timeout", probeTimeout.map { .configuration($0) }),
        ])
    }
}

extension CircuitBreakerPolicy {
    /// The policy as a file writes it, every default spelled out.
    public var json: JSON { PartialCircuitBreakerPolicy(self).json }
}

extension PartialCircuitBreakerPolicy {
    /// Says everything that a whole policy says.
    public init(_ policy: CircuitBreakerPolicy) {
        self.init(
            isEnabled: policy.isEnabled,
            errorThreshold: policy.errorThreshold,
            window: policy.window,
            recoveryTimeout: policy.recoveryTimeout,
            halfOpenCalls: policy.halfOpenCalls,
            errorRate: policy.errorRate,
            minimumCalls: policy.minimumCalls,
            slowCall: policy.slowCall,
            slowRate: policy.slowRate,
            maxRecoveryTimeout: policy.maxRecoveryTimeout,
            backoff: policy.backoff,
            probeTimeout: policy.probeTimeout
        )
    }
}

extension CircuitBreakerDefaults {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init()
        if let entry = try reader.nested("tool") {
            tool = try PartialCircuitBreakerPolicy(entry).resolved(over: tool)
        }
        if let entry = try reader.nested("agent") {
            agent = try PartialCircuitBreakerPolicy(entry).resolved(over: agent)
        }
        if let entry = try reader.nested("workflow") {
            workflow = try PartialCircuitBreakerPolicy(entry).resolved(over: workflow)
        }
    }

    var json: JSON { ["tool": tool.json, "agent": agent.json, "workflow": workflow.json] }
}
