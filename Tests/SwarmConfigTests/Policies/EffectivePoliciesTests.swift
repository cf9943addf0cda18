import SwarmConfig
import SwarmModel
import Testing

/// `swarm config show --effective`: what holds once every level has spoken, and who decided it.
@Suite("The effective policies")
struct EffectivePoliciesTests {
    /// The correct swarm, with something said at every level.
    private static func folder() throws -> ConfigurationFolder {
        var folder = try ConfigurationFolder()
        try folder.replace(
            #""x_note": "mine""#,
            with: """
                "failure": { "on_failure": "ask", "retry": { "factor": 3, "max_attempts": 9 } },
                "circuit_breakers": { "tool": { "window": "20s" }, "agent": { "window": "30s" },
                  "workflow": { "window": "40s" } },
                "retry_budget": { "tokens": 50 }
                """,
            in: "topology.json"
        )
        try folder.replace(
            #""run_deadline": "30m""#,
            with: #""run_deadline": "30m", "run_budget": { "usd": 5, "calls": 9 }"#,
            in: "topology.json"
        )
        try folder.replace(
            #""timeout": "5s","#,
            with: #""timeout": "5s", "circuit_breaker": { "error_threshold": 2 },"#,
            in: "agents/ledger/agent.json"
        )
        try folder.replace(
            #""version": "3","#,
            with: """
                "version": "3", "budget": { "usd": 1 },
                "failure": { "on_failure": "abort", "retry": { "jitter": 0.5 } },
                """,
            in: "workflows/order.json"
        )
        return folder
    }

    private func effective(_ folder: ConfigurationFolder) throws -> EffectiveConfiguration {
        var loader = ConfigurationLoader(environment: [:], programFolder: nil)
        loader.explainsPolicies = true
        let loaded = loader.load(topology: "\(folder.path)/topology.json")
        #expect(folder.report(loaded.diagnostics) == [])
        return try #require(loaded.effective)
    }

    private func word(_ origin: EffectiveConfiguration.Origin) -> String {
        switch origin {
        case .builtIn: "default"
        case .defaults, .file: "topology"
        case .contract: "contract"
        case .workflow: "workflow"
        }
    }

    @Test(
        "Each value is that of the nearest level that says something, with its place",
        arguments: [
            ("agents.ledger.capabilities.post_entry.retry_policy.max_attempts", 4, "contract"),
            ("agents.ledger.capabilities.post_entry.retry_policy.factor", 3, "topology"),
            ("agents.ledger.capabilities.post_entry.retry_policy.jitter", 1, "default"),
            ("agents.ledger.capabilities.post_entry.on_failure", "ask", "topology"),
            ("agents.ledger.capabilities.post_entry.on_unavailable", "wait", "default"),
            ("agents.ledger.capabilities.post_entry.side_effect", "additive", "contract"),
            (
                "agents.ledger.capabilities.post_entry.circuit_breaker.error_threshold", 2,
                "contract"
            ),
            ("agents.ledger.capabilities.post_entry.circuit_breaker.window", "20s", "topology"),
            ("agents.ledger.capabilities.post_entry.retry_budget.tokens", 50, "topology"),
            ("agents.ledger.capabilities.post_entry.retry_budget.retry_cost", 5, "default"),
            ("agents.ledger.capabilities.post_entry.repeat_threshold", 3, "default"),
            ("agents.ledger.circuit_breaker.window", "30s", "topology"),
            ("agents.ledger.circuit_breaker.error_threshold", 10, "default"),
            ("workflows.order.circuit_breaker.window", "40s", "topology"),
            ("workflows.order.circuit_breaker.error_threshold", 10, "default"),
            ("workflows.order.budget.usd", 1, "workflow"),
            ("workflows.order.budget.calls", 9, "topology"),
            ("workflows.order.limits.deadline", "30m", "topology"),
            ("workflows.order.limits.children", 32, "default"),
            ("workflows.order.limits.max_subtasks", 1_000_000, "default"),
            ("workflows.order.on_exhausted", "stop", "default"),
            ("workflows.order.subtasks.post.timeout", "10s", "workflow"),
            ("workflows.order.subtasks.prices.timeout", "1m", "default"),
            ("workflows.order.subtasks.post.retry.max_attempts", 2, "workflow"),
            ("workflows.order.subtasks.post.retry.jitter", 0.5, "workflow"),
            ("workflows.order.subtasks.post.on_failure", "abort", "workflow"),
            ("workflows.order.subtasks.post.unknown_outcome", "verify", "contract"),
            ("workflows.order.subtasks.prices.retry.max_attempts", 9, "topology"),
        ] as [(String, JSON, String)]
    )
    func values(path: String, value: JSON, origin: String) throws {
        let folder = try Self.folder()
        defer { folder.remove() }
        let found = try effective(folder).values.filter { $0.path.description == path }
        #expect(found.map(\.value) == [value])
        #expect(found.map { word($0.origin) } == [origin])
    }

    @Test(
        "A value of a contract names the line of its manifest, one of a workflow that of its file"
    )
    func places() throws {
        let folder = try Self.folder()
        defer { folder.remove() }
        let text = folder.short(try effective(folder).text)
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        #expect(
            lines.contains(
                "agents.ledger.capabilities.post_entry.retry_policy.max_attempts = 4 contract, "
                    + "agents/ledger/agent.json:31:43"
            )
        )
        #expect(
            lines.contains(
                "workflows.order.subtasks.post.retry.max_attempts = 2 workflow, "
                    + "workflows/order.json:30:34"
            )
        )
    }

    @Test("Without being asked, the effective configuration is that of the topology alone")
    func topologyAlone() throws {
        let folder = try Self.folder()
        defer { folder.remove() }
        let values = try #require(folder.load().effective).values
        #expect(!values.contains { "\($0.path)".contains("capabilities") })
        #expect(!values.contains { "\($0.path)".hasPrefix("workflows.") })
    }

    @Test("It says what the core resolves, for every capability and every subtask")
    func agreement() throws {
        let folder = try Self.folder()
        defer { folder.remove() }
        let effective = try effective(folder)
        let loaded = folder.load()
        let plan = try #require(loaded.plan)
        var compared = 0
        for agent in plan.agents {
            for contract in agent.manifest.capabilities {
                let policy = ResolvedFailurePolicy(
                    topology: plan.topology.failure,
                    contract: contract.failure
                )
                let path: JSONPath = [
                    "agents", .key(agent.name), "capabilities", .key(contract.name),
                ]
                compared += check(policy, "retry_policy", at: path, in: effective)
            }
        }
        for workflow in loaded.workflows.compactMap(\.workflow) {
            for subtask in workflow.subtasks {
                let contract = plan.offers(of: subtask.capability, by: subtask.agent).first?
                    .contract
                let policy = ResolvedFailurePolicy(
                    topology: plan.topology.failure,
                    contract: try #require(contract).failure,
                    workflow: workflow.failure,
                    subtask: subtask.failure
                )
                let path: JSONPath = [
                    "workflows", .key(workflow.name), "subtasks", .key(subtask.name),
                ]
                compared += check(policy, "retry", at: path, in: effective)
            }
        }
        #expect(compared == 7 * 10)
    }

    /// Holds what is shown below a path against what is resolved; how many values were compared.
    private func check(
        _ policy: ResolvedFailurePolicy,
        _ retry: String,
        at path: JSONPath,
        in effective: EffectiveConfiguration
    ) -> Int {
        let json = FailurePolicy(
            onFailure: policy.onFailure.value,
            retry: PartialRetryPolicy(policy.retry),
            unknownOutcome: policy.unknownOutcome.value,
            onUnavailable: policy.onUnavailable.value
        ).json
        let origins: [(JSONPath, JSONPath, PolicyOrigin)] = [
            (["on_failure"], ["on_failure"], policy.onFailure.origin),
            (["unknown_outcome"], ["unknown_outcome"], policy.unknownOutcome.origin),
            (["on_unavailable"], ["on_unavailable"], policy.onUnavailable.origin),
            ([.key(retry), "max_attempts"], ["retry", "max_attempts"], policy.maxAttempts.origin),
            ([.key(retry), "initial"], ["retry", "initial"], policy.initial.origin),
            ([.key(retry), "factor"], ["retry", "factor"], policy.factor.origin),
            ([.key(retry), "max"], ["retry", "max"], policy.maximum.origin),
            ([.key(retry), "jitter"], ["retry", "jitter"], policy.jitter.origin),
            ([.key(retry), "retry_on"], ["retry", "retry_on"], policy.retryOn.origin),
            (
                [.key(retry), "max_invalid_results"], ["retry", "max_invalid_results"],
                policy.maxInvalidResults.origin
            ),
        ]
        for (shown, resolved, origin) in origins {
            let place = JSONPath(path.components + shown.components)
            let found = effective.values.filter { $0.path == place }
            #expect(found.map(\.value) == [json[resolved]], "\(place)")
            let expected = origin == .subtask ? "workflow" : origin.rawValue
            #expect(found.map { word($0.origin) } == [expected], "\(place)")
        }
        return origins.count
    }
}
