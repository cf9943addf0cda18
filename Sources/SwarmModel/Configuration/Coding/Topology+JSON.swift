extension Topology {
    /// Reads a topology whose `defaults` are merged into its agents and whose variables are
    /// replaced.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(json: JSON) throws(ConfigurationError) {
        let reader = try ConfigurationReader(json)
        guard try reader.integer("schema_version") == 1 else {
            throw reader.failure("schema_version", "1")
        }
        self.init(name: try reader.requiredString("name"), agents: [])
        if let entry = try reader.nested("coordinator") {
            coordinator = try CoordinatorSettings(entry)
        }
        if let entry = try reader.nested("supervision") {
            supervision = try SupervisionPolicy(entry)
        }
        if let entry = try reader.nested("failure") { failure = try FailurePolicy(entry) }
        if let entry = try reader.nested("circuit_breakers") {
            circuitBreakers = try CircuitBreakerDefaults(entry)
        }
        if let entry = try reader.nested("retry_budget") {
            retryBudget = try PartialRetryBudgetPolicy(entry).resolved()
        }
        for (name, entry) in try reader.entries("semaphores") {
            guard let permits = try entry.integer("permits"), permits >= 1 else {
                throw entry.failure("permits", "1 or more")
            }
            semaphores.append(
                NamedSemaphore(
                    name: name,
                    permits: permits,
                    maxWait: try entry.duration("max_wait"),
                    maxHold: try entry.duration("max_hold")
                )
            )
        }
        if let entry = try reader.nested("approvals") { approvals = try ApprovalSettings(entry) }
        for (name, entry) in try reader.entries("agents") {
            agents.append(try AgentConfiguration(name: name, entry))
        }
        workflows = try reader.strings("workflows") ?? workflows
        if let entry = try reader.nested("telemetry") {
            telemetry.metrics = try entry.boolean("metrics") ?? telemetry.metrics
            telemetry.otlp = try entry.string("otlp").flatMap { $0.isEmpty ? nil : $0 }
            telemetry.captureContent =
                try entry.word("capture_content") ?? telemetry.captureContent
        }
    }

    /// The topology as a file writes it, every default spelled out; reads back as the same.
    public var json: JSON {
        .configuration([
            ("schema_version", 1), ("name", .string(name)), ("coordinator", coordinator.json),
            ("supervision", supervision.json), ("failure", failure.json),
            ("circuit_breakers", circuitBreakers.json),
            ("retry_budget", PartialRetryBudgetPolicy(retryBudget).json),
            (
                "semaphores",
                .configuration(
                    semaphores.map { semaphore in
                        (
                            semaphore.name,
                            .configuration([
                                ("permits", .integer(Int64(semaphore.permits))),
                                ("max_wait", semaphore.maxWait.map { .configuration($0) }),
                                ("max_hold", semaphore.maxHold.map { .configuration($0) }),
                            ])
                        )
                    }
                )
            ),
            ("approvals", approvals.json),
            ("agents", .configuration(agents.map { ($0.name, $0.json) })),
            ("workflows", .configuration(workflows)),
            (
                "telemetry",
                .configuration([
                    ("metrics", .bool(telemetry.metrics)),
                    ("otlp", telemetry.otlp.map { .string($0) }),
                    ("capture_content", .string(telemetry.captureContent.rawValue)),
                ])
            ),
        ])
    }
}

extension ApprovalSettings {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init()
        timeout = try reader.duration("timeout") ?? timeout
        onTimeout = try reader.word("on_timeout") ?? onTimeout
        for entry in try reader.elements("rules") {
            let condition = try entry.nested("when")
            rules.append(
                ApprovalRule(
                    sideEffect: try condition?.word("side_effect"),
                    risk: try condition?.word("risk"),
                    agent: try condition?.string("agent"),
                    capability: try condition?.string("capability"),
                    approvers: try entry.strings("approvers") ?? [],
                    quorum: try entry.integer("quorum") ?? 1
                )
            )
        }
    }

    var json: JSON {
        [
            "timeout": .configuration(timeout), "on_timeout": .string(onTimeout.rawValue),
            "rules": .array(
                rules.map { rule in
                    [
                        "when": .configuration([
                            ("side_effect", rule.sideEffect.map { .string($0.rawValue) }),
                            ("risk", rule.risk.map { .string($0.rawValue) }),
                            ("agent", rule.agent.map { .string($0) }),
                            ("capability", rule.capability.map { .string($0) }),
                        ]),
                        "approvers": .configuration(rule.approvers),
                        "quorum": .integer(Int64(rule.quorum)),
                    ]
                }
            ),
        ]
    }
}
