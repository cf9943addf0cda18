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
            allow: ["c"]
        )
        #expect(try AgentConfiguration(name: "a", json: agent.json) == agent)
        let plain = AgentConfiguration(name: "b", manifest: "agents/b/agent.json")
        #expect(try AgentConfiguration(name: "b", json: [:]) == plain)
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
