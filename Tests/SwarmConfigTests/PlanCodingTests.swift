import SwarmConfig
import SwarmModel
import Testing

@Suite("Plans as JSON")
struct PlanCodingTests {
    @Test("A plan reads back from its JSON as the same")
    func roundTrip() throws {
        let folder = try ConfigurationFolder()
        defer { folder.remove() }
        let plan = try #require(folder.load().plan)
        let text = plan.json.encoded()
        #expect(try SwarmPlan(json: JSON(parsing: text)) == plan)
    }

    @Test("Every setting of an agent survives the way through JSON")
    func agentConfiguration() throws {
        let agent = AgentConfiguration(
            name: "a",
            adapter: .exec,
            manifest: "m.json",
            exec: ["p", "-x"],
            replicas: 3,
            concurrency: 7,
            semaphores: ["s"],
            restart: RestartPolicy(
                policy: .never,
                backoff: Backoff(
                    initial: .milliseconds(1),
                    factor: 1.5,
                    maximum: .seconds(9),
                    jitter: 0
                ),
                resetAfter: .seconds(61)
            ),
            dependsOn: [AgentDependency(agent: "b", condition: .healthy, onRestart: .pause)],
            readyTimeout: .microseconds(1_500_250),
            liveness: LivenessPolicy(heartbeat: .milliseconds(20), missed: 9),
            shutdown: ShutdownPolicy(drain: .zero, grace: .seconds(3600)),
            env: [EnvironmentVariable(name: "A", value: "${x}")],
            envFromHost: ["HOME"],
            secrets: [
                SecretReference(name: "F", source: .file("f")),
                SecretReference(name: "E", source: .environment("E")),
                SecretReference(name: "C", source: .command(["pass", "show"])),
            ],
            resources: ResourceLimits(memory: .mebibytes(5), openFiles: 99),
            log: LogSettings(
                level: .trace,
                rotateSize: ByteCount(bytes: 12_345),
                rotateKeep: 2,
                rateLimit: 1
            ),
            allow: ["c"],
            circuitBreaker: PartialCircuitBreakerPolicy(errorThreshold: 3, backoff: 1),
            budget: Budget(usd: 0.5, tokens: 1, calls: 2, time: .seconds(3))
        )
        #expect(try AgentConfiguration(name: "a", json: agent.json) == agent)
        let plain = AgentConfiguration(name: "b", manifest: "agents/b/agent.json")
        #expect(try AgentConfiguration(name: "b", json: [:]) == plain)
    }

    @Test("Every policy of a topology survives the way through JSON")
    func topology() throws {
        let breaker = CircuitBreakerPolicy(
            isEnabled: false,
            errorThreshold: 2,
            window: .seconds(3),
            recoveryTimeout: .seconds(4),
            halfOpenCalls: 5,
            errorRate: 0.25,
            minimumCalls: 6,
            slowCall: .seconds(7),
            slowRate: 1,
            maxRecoveryTimeout: .seconds(8),
            backoff: 1.25,
            probeTimeout: .seconds(9)
        )
        let topology = Topology(
            name: "t",
            coordinator: CoordinatorSettings(
                limits: RunLimits(
                    delegationDepth: 0,
                    children: 1,
                    delegatedSubtasks: 2,
                    runDeadline: .seconds(3),
                    runBudget: Budget(usd: 0.25, tokens: 5, calls: 6, time: .seconds(7)),
                    onExhausted: .wrapUp,
                    repeatThreshold: 8,
                    loopWindow: 9,
                    loopSimilarity: 0.5
                )
            ),
            failure: FailurePolicy(
                onFailure: .fallback(Fallback(capability: "a", arguments: .constant([]))),
                retry: PartialRetryPolicy(jitter: 0),
                unknownOutcome: .fail,
                onUnavailable: .fail
            ),
            circuitBreakers: CircuitBreakerDefaults(tool: breaker, agent: breaker),
            retryBudget: RetryBudgetPolicy(
                tokens: 1,
                retryCost: 2,
                timeoutCost: 3,
                successReturn: 4
            ),
            semaphores: [
                NamedSemaphore(name: "s", permits: 2, maxWait: .seconds(1), maxHold: .seconds(2))
            ],
            agents: []
        )
        #expect(try Topology(json: topology.json) == topology)
        let plain = Topology(name: "t", agents: [])
        #expect(try Topology(json: plain.json) == plain)
    }

    @Test("A plan journaled before there were policies reads as it was meant")
    func olderPlan() throws {
        let text = """
            {"directory":"/srv","topology":{"schema_version":1,"name":"old","coordinator":{
            "listen":[],"journal":{"driver":"sqlite","durability":"full"},"limits":{
            "delegation_depth":4,"run_deadline":"30m","run_budget":{"usd":5,"calls":9},
            "repeat_threshold":3},"orphan_timeout":"30s"},"semaphores":{"s":{"permits":1}},
            "agents":{"a":{"manifest":"a.json","concurrency":2}},"workflows":[]},
            "manifests":{"a":{"digest":"\(String(repeating: "0", count: 64))","directory":"/srv",
            "manifest":{"schema_version":1,"name":"a","capabilities":[{"type":"function",
            "function":{"name":"c","strict":false,"parameters":{"type":"object"}},
            "operational":{"version":"1.0.0","side_effect":"read","idempotent":true,
            "retry_policy":{"max_attempts":3,"initial":"200ms","factor":2,"max":"10s",
            "jitter":0.2,"retry_on":["transient"]},"unknown_outcome":"retry_if_idempotent",
            "circuit_breaker":{"error_threshold":5,"window":"1m","recovery_timeout":"30s",
            "half_open_calls":1},"start":"immediate"}}]}}}}
            """
        let plan = try SwarmPlan(json: JSON(parsing: text))
        #expect(
            plan.topology.coordinator.limits
                == RunLimits(runBudget: Budget(usd: 5, calls: 9))
        )
        #expect(plan.topology.failure == FailurePolicy())
        #expect(plan.topology.circuitBreakers == CircuitBreakerDefaults())
        #expect(plan.topology.retryBudget == RetryBudgetPolicy())
        #expect(plan.topology.semaphores == [NamedSemaphore(name: "s", permits: 1)])
        let agent = try #require(plan.agent(named: "a"))
        #expect(agent.configuration.circuitBreaker == nil)
        #expect(agent.configuration.budget == nil)
        let contract = try #require(agent.manifest.capability(named: "c"))
        let retries = RetryPolicy(backoff: Backoff(jitter: 0.2), retryOn: [.transient])
        #expect(contract.retryPolicy == retries)
        #expect(contract.unknownOutcome == .retryIfIdempotent)
        #expect(contract.onFailure == nil)
        #expect(contract.onUnavailable == nil)
        #expect(contract.hedge == nil)
        #expect(contract.retryBudget == nil)
        #expect(contract.repeatThreshold == nil)
        let breaker = plan.topology.circuitBreakers.policy(
            for: .tool,
            nearest: contract.circuitBreaker
        )
        #expect(breaker == CircuitBreakerPolicy())
        #expect(try SwarmPlan(json: plan.json) == plan)
    }

    @Test("What a contract leaves out stays left out, so that its topology shows through")
    func silence() throws {
        let contract = try CapabilityContract(
            json: [
                "function": ["name": "c"],
                "operational": ["retry_policy": ["max_attempts": 5]],
            ]
        )
        let read = try CapabilityContract(json: contract.json)
        #expect(read == contract)
        #expect(read.failure == FailurePolicy(retry: PartialRetryPolicy(maxAttempts: 5)))
        let policy = ResolvedFailurePolicy(
            topology: FailurePolicy(onFailure: .ask, retry: PartialRetryPolicy(factor: 7)),
            contract: read.failure
        )
        #expect(policy.maxAttempts == Decided(5, from: .contract))
        #expect(policy.factor == Decided(7, from: .topology))
        #expect(policy.onFailure == Decided(.ask, from: .topology))
    }

    @Test("Every part of a contract survives the way through JSON")
    func contract() throws {
        let contract = CapabilityContract(
            name: "post",
            description: "Posts",
            parameters: ["type": "object"],
            strict: true,
            returns: true,
            version: "2.1.0",
            sideEffect: .additive,
            idempotent: true,
            openWorld: false,
            risk: .critical,
            timeout: .milliseconds(5),
            costEstimate: CostEstimate(
                usd: 0.002,
                tokens: 12,
                latency: .milliseconds(40),
                basis: .measured
            ),
            failure: FailurePolicy(
                onFailure: .fallback(
                    Fallback(
                        capability: "post_slowly",
                        agent: "archive",
                        arguments: .constant(["text": "$${kept}"])
                    )
                ),
                retry: PartialRetryPolicy(
                    maxAttempts: 9,
                    initial: .zero,
                    factor: 3,
                    maximum: .seconds(5),
                    jitter: 0.5,
                    retryOn: [.conflict],
                    deadline: .seconds(90),
                    maxInvalidResults: 0
                ),
                unknownOutcome: .askHuman,
                onUnavailable: .fail
            ),
            hedge: HedgePolicy(after: .milliseconds(50), maximum: 2),
            retryBudget: PartialRetryBudgetPolicy(
                tokens: 0,
                retryCost: 1,
                timeoutCost: 2,
                successReturn: 3
            ),
            repeatThreshold: 1000,
            verifyWith: "get",
            circuitBreaker: PartialCircuitBreakerPolicy(
                isEnabled: false,
                errorThreshold: 2,
                window: .seconds(1),
                recoveryTimeout: .seconds(2),
                halfOpenCalls: 3,
                errorRate: 0.5,
                minimumCalls: 4,
                slowCall: .seconds(5),
                slowRate: 0.25,
                maxRecoveryTimeout: .seconds(6),
                backoff: 1.5,
                probeTimeout: .seconds(7)
            ),
            compensation: .call(Compensation(capability: "undo", args: ["id": "$result.id"])),
            start: .confirmed,
            auditLevel: .summary,
            dataClassification: .restricted
        )
        #expect(try CapabilityContract(json: contract.json) == contract)
    }

    @Test("A contract that says nothing is taken for the worst")
    func pessimism() throws {
        let contract = try CapabilityContract(json: ["function": ["name": "delete_all"]])
        #expect(contract.sideEffect == .destructive)
        #expect(!contract.idempotent)
        #expect(contract.openWorld)
        #expect(contract.risk == .high)
        #expect(!contract.isSafeToRepeat)
        #expect(contract.timeout == .seconds(60))
        #expect(contract.compensation == .undeclared)
    }

    @Test("Damaged JSON of a plan names the first problem")
    func damaged() throws {
        #expect(throws: ConfigurationError.self) { try SwarmPlan(json: ["topology": [:]]) }
        #expect(
            throws: ConfigurationError(
                path: ["retry_on"],
                reason: "expected kinds of failure, not \"later\""
            )
        ) {
            try RetryPolicy(json: ["retry_on": ["later"]])
        }
        #expect(throws: ConfigurationError(path: ["max_attempts"], reason: "expected 1 or more")) {
            try RetryPolicy(json: ["max_attempts": 0])
        }
    }
}
