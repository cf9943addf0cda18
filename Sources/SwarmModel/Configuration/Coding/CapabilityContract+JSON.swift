extension CapabilityContract {
    /// Reads one element of a manifest's `capabilities`.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(json: JSON) throws(ConfigurationError) {
        try self.init(ConfigurationReader(json))
    }

    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        guard let function = try reader.nested("function") else {
            throw reader.failure("function", "an object")
        }
        self.init(
            name: try function.requiredString("name"),
            description: try function.string("description") ?? "",
            parameters: function.object["parameters"] ?? CapabilityContract.anyObject,
            strict: try function.boolean("strict") ?? false,
            returns: reader.object["returns"]
        )
        guard CapabilityName.isValid(name) else {
            throw ConfigurationError(
                path: function.path.appending(key: "name"),
                reason: CapabilityName.rule
            )
        }
        if let operational = try reader.nested("operational") { try read(operational) }
    }

    /// The schema of a capability that declares no parameters.
    public static let anyObject: JSON = ["type": "object"]

    private mutating func read(_ operational: ConfigurationReader) throws(ConfigurationError) {
        version = try operational.string("version") ?? version
        if let declared = try operational.word("side_effect", as: SideEffect.self) {
            sideEffect = declared
            risk = RiskLevel.usual(for: declared)
        }
        idempotent = try operational.boolean("idempotent") ?? idempotent
        openWorld = try operational.boolean("open_world") ?? openWorld
        risk = try operational.word("risk") ?? risk
        timeout = try operational.duration("timeout") ?? timeout
        if let cost = try operational.nested("cost_estimate") {
            costEstimate = CostEstimate(
                usd: try cost.number("usd") ?? 0,
                tokens: try cost.integer("tokens") ?? 0,
                latency: try cost.duration("latency"),
                basis: try cost.word("basis") ?? .declared
            )
        }
        failure = try FailurePolicy(operational, retryKey: "retry_policy")
        if let entry = try operational.nested("hedge") { hedge = try HedgePolicy(entry) }
        if let entry = try operational.nested("retry_budget") {
            retryBudget = try PartialRetryBudgetPolicy(entry)
        }
        repeatThreshold = try operational.count("repeat_threshold")
        verifyWith = try operational.string("verify_with")
        if let breaker = try operational.nested("circuit_breaker") {
            circuitBreaker = try PartialCircuitBreakerPolicy(breaker)
        }
        compensation = try CompensationPolicy(operational)
        start = try operational.word("start") ?? start
        auditLevel = try operational.word("audit_level") ?? auditLevel
        dataClassification = try operational.word("data_classification") ?? dataClassification
    }

    /// The contract as a manifest writes it; reads back as the same.
    ///
    /// Every default is spelled out but those of failures, for which the topology may speak.
    public var json: JSON {
        .configuration([
            ("type", "function"),
            (
                "function",
                .configuration([
                    ("name", .string(name)), ("description", .string(description)),
                    ("strict", .bool(strict)), ("parameters", parameters),
                ])
            ),
            ("returns", returns), ("operational", .configuration(operational)),
        ])
    }

    private var operational: [(String, JSON?)] {
        [
            ("version", .string(version)), ("side_effect", .string(sideEffect.rawValue)),
            ("idempotent", .bool(idempotent)), ("open_world", .bool(openWorld)),
            ("risk", .string(risk.rawValue)), ("timeout", .configuration(timeout)),
            ("cost_estimate", costEstimate.json),
        ] + failure.members(retryKey: "retry_policy") + [
            ("hedge", hedge?.json), ("retry_budget", retryBudget?.json),
            ("repeat_threshold", repeatThreshold.map { .integer(Int64($0)) }),
            ("verify_with", verifyWith.map { .string($0) }),
            ("circuit_breaker", circuitBreaker?.json), ("compensation", compensation.json),
            ("start", .string(start.rawValue)),
            ("audit_level", .string(auditLevel.rawValue)),
            ("data_classification", .string(dataClassification.rawValue)),
        ]
    }
}

extension RiskLevel {
    /// The risk of a call whose contract declares a side effect and says nothing about risk.
    static func usual(for sideEffect: SideEffect) -> RiskLevel {
        switch sideEffect {
        case .none, .read: .low
        case .additive: .medium
        case .destructive: .high
        }
    }
}

extension CostEstimate {
    var json: JSON {
        .configuration([
            ("usd", .configuration(usd)), ("tokens", .integer(Int64(tokens))),
            ("latency", latency.map { .configuration($0) }), ("basis", .string(basis.rawValue)),
        ])
    }
}

extension CompensationPolicy {
    init(_ operational: ConfigurationReader) throws(ConfigurationError) {
        switch operational.object["compensation"] {
        case nil: self = .undeclared
        case .string("none")?: self = .none
        case .string("keep")?:
            guard operational.object["side_effect"] == "additive",
                operational.object["idempotent"] == .bool(true)
            else {
                throw operational.failure(
                    "compensation",
                    "\"keep\" only for what is additive and idempotent"
                )
            }
            self = .keep
        case .object?:
            guard let reader = try operational.nested("compensation") else {
                self = .undeclared
                return
            }
            var compensation = Compensation(
                capability: try reader.requiredString("capability"),
                args: reader.object["args"] ?? .object([:])
            )
            compensation.deadline = try reader.duration("deadline") ?? compensation.deadline
            self = .call(compensation)
        default:
            throw operational.failure(
                "compensation",
                "\"none\", \"keep\" or an object with a capability"
            )
        }
    }

    var json: JSON? {
        switch self {
        case .undeclared: nil
        case .none: "none"
        case .keep: "keep"
        case .call(let compensation):
            .configuration([
                ("capability", .string(compensation.capability)), ("args", compensation.args),
                ("deadline", .configuration(compensation.deadline)),
            ])
        }
    }
}
