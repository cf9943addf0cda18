import SwarmModel

// How a seed becomes a scenario.

extension Scenario {
    /// Draws a scenario.
    init(options: SimulationOptions, faults: FaultPlan) {
        var random = SimulationRandom(seed: options.seed, stream: 1)
        let names = ScenarioNames.self
        let agentCount = random.within(1...4)
        let semaphores = (0..<random.below(3)).map {
            NamedSemaphore(name: names.semaphore($0), permits: random.within(1...5))
        }
        var capabilities = (0..<random.within(1...5)).map {
            Scenario.drawCapability($0, &random)
        }
        for position in capabilities.indices {
            capabilities[position].agents = [random.below(agentCount)]
            for agent in 0..<agentCount
            where agent != capabilities[position].agents[0] && random.perMille(350) {
                capabilities[position].agents.append(agent)
            }
        }
        // A stream of its own, so that all else is drawn as it was.
        var breaking = SimulationRandom(seed: options.seed, stream: 0xB4EA_4E40)
        for position in capabilities.indices {
            capabilities[position].breaker = Scenario.drawBreaker(
                latency: capabilities[position].latency.upperBound,
                &breaking
            )
        }
        Scenario.drawRepetition(of: &capabilities, seed: options.seed)
        let delegation = DelegationStyle.drawn(faults.kinds, &random)
        for position in capabilities.indices where delegation != nil {
            guard random.perMille(700) else { continue }
            capabilities[position].delegates = true
            // Its time is that of all it waits for.
            capabilities[position].timeout = capabilities[position].timeout * 8
        }
        self.delegation = delegation
        let spending = SpendingStyle.drawn(faults.kinds, agents: agentCount, seed: options.seed)
        self.spending = spending
        var prices = SpendingStyle.stream(options.seed, 1 << 60)
        for position in capabilities.indices where spending != nil {
            capabilities[position].estimate = SpendingStyle.estimate(&prices)
        }
        Scenario.addRemedies(to: &capabilities, &random)
        let supervision = SupervisionPolicy(
            strategy: random.perMille(850)
                ? .oneForOne : random.pick([.restForOne, .oneForAll]),
            maxRestarts: random.within(1...12),
            within: .seconds(random.within(10...60)),
            onExceeded: random.perMille(950) ? .quarantine : .escalate
        )
        var agents: [AgentConfiguration] = []
        for position in 0..<agentCount {
            let isNeeded = capabilities.contains { $0.agents[0] == position }
            agents.append(
                Scenario.drawAgent(position, isNeeded, semaphores, options, &random)
            )
        }
        // Whoever is waited for must come back.
        for name in agents.flatMap(\.dependsOn).map(\.agent) {
            for position in agents.indices where agents[position].name == name {
                agents[position].restart.policy = .always
            }
        }
        for position in agents.indices {
            agents[position].budget = spending?.agentBudgets[position]
        }
        var limits = delegation?.limits ?? RunLimits()
        limits.runBudget = spending?.runBudget
        limits.onExhausted = spending?.onExhausted ?? .stop
        plan = Scenario.plan(agents, capabilities, supervision, semaphores, limits)
        var others = agents
        for position in others.indices {
            others[position].concurrency = random.within(1...6)
            others[position].replicas = min(random.within(1...3), options.maximumReplicas)
        }
        otherPlan = Scenario.plan(others, capabilities, supervision, semaphores, limits)
        self.capabilities = capabilities
        capabilityPositions = [:]
        for (position, capability) in capabilities.enumerated() {
            capabilityPositions[capability.name] = position
        }
        workers = []
        agentOf = []
        for position in agents.indices {
            let replicas = max(agents[position].replicas, others[position].replicas)
            for replica in 0..<replicas {
                workers.append(WorkerID(agent: agents[position].name, replica: replica + 1))
                agentOf.append(position)
            }
        }
        let usesLarge = random.perMille(120)
        let drawn = (0..<random.within(1...3)).map { number in
            Scenario.drawWorkflow(
                number,
                capabilities,
                semaphores,
                delegation?.limits,
                isLarge: usesLarge,
                isHasty: faults.kinds.contains(.deadline),
                spending,
                isFlawed: faults.kinds.contains(.invalid),
                options,
                &random
            )
        }
        let runCount = min(Scenario.drawRunCount(&random), options.maximumRuns)
        var at: Int64 = 1_000
        let spacing = random.spread(1_000...4_000_000)
        runs = []
        for _ in 0..<runCount {
            at += random.spread(1...spacing)
            let cancelAfter = random.perMille(300) ? random.spread(1_000...20_000_000) : nil
            runs.append(
                PlannedRun(
                    at: at,
                    workflow: random.below(drawn.count),
                    cancelAfter: faults.kinds.contains(.cancel) ? cancelAfter : nil
                )
            )
        }
        // One that no run executes need not be written and read.
        let used = Set(runs.map(\.workflow)).sorted()
        workflows = used.map { drawn[$0]() }
        for run in runs.indices {
            runs[run].workflow = used.firstIndex(of: runs[run].workflow) ?? 0
        }
        // 1 January 2026; or within seconds of where 32 bits end.
        begin = random.perMille(100) ? 2_147_483_640_000_000 : 1_767_225_600_000_000
        calmAfter = min(at + random.spread(2_000_000...40_000_000), options.horizon)
        seed = options.seed
    }

    /// Mostly one run or two, for different swarms find more than long lives of the same one; but
    /// breakers and permits that runs share need some with many.
    private static func drawRunCount(_ random: inout SimulationRandom) -> Int {
        let many = random.within(4...8)
        let share = random.below(1000)
        if share < 600 { return 1 }
        if share < 830 { return 2 }
        return share < 930 ? 3 : many
    }

    private static func drawCapability(
        _ position: Int,
        _ random: inout SimulationRandom
    ) -> Capability {
        let effect = random.pick(
            [.none, .none, .read, .additive, .additive, .destructive] as [SideEffect]
        )
        let fastest = random.spread(500...400_000)
        let retry = RetryPolicy(
            maxAttempts: random.within(1...6),
            backoff: Backoff(
                initial: .microseconds(random.spread(1_000...2_000_000)),
                factor: Double(random.within(10...30)) / 10,
                maximum: .microseconds(random.spread(1_000_000...8_000_000)),
                jitter: Double(random.below(11)) / 10
            ),
            retryOn: random.perMille(850)
                ? RetryPolicy.defaultKinds : [.transient, .workerLost, .leaseExpired, .internal]
        )
        return Capability(
            name: ScenarioNames.capability(position),
            sideEffect: effect,
            isIdempotent: random.perMille(450),
            latency: fastest...(fastest * Int64(random.within(1...8))),
            retry: retry,
            timeout: .microseconds(random.spread(4_000_000...20_000_000))
        )
    }

    /// Often a breaker that opens sooner and tries again sooner than the usual one.
    private static func drawBreaker(
        latency: Int64,
        _ random: inout SimulationRandom
    ) -> PartialCircuitBreakerPolicy? {
        guard random.perMille(500) else { return nil }
        return PartialCircuitBreakerPolicy(
            errorThreshold: random.within(1...6),
            recoveryTimeout: .microseconds(random.spread(20_000...20_000_000)),
            halfOpenCalls: random.within(1...3),
            maxRecoveryTimeout: .seconds(random.within(20...60)),
            backoff: Double(random.within(10...30)) / 10,
            // A trial has time for what it does, unless something goes wrong.
            probeTimeout: random.perMille(400)
                ? .microseconds(3 * latency + random.spread(50_000...2_000_000)) : nil
        )
    }

    /// Gives capabilities that change the world ways to undo and to verify their calls.
    private static func addRemedies(
        to capabilities: inout [Capability],
        _ random: inout SimulationRandom
    ) {
        for position in capabilities.indices where capabilities[position].changesWorld {
            if random.perMille(600) {
                var undo = capabilities[position]
                undo.name = "undo\(position)"
                undo.sideEffect = .additive
                undo.isIdempotent = true
                undo.role = .undo
                undo.confirmsStart = false
                undo.delegates = false
                undo.hedge = nil
                capabilities[position].undo = capabilities.count
                capabilities[position].undoReadsResult = random.perMille(300)
                capabilities.append(undo)
            }
            guard !capabilities[position].isSafe else { continue }
            capabilities[position].unknownOutcome = random.pick(
                [.retryIfIdempotent, .retryIfIdempotent, .verify, .askHuman, .fail]
            )
            capabilities[position].confirmsStart = random.perMille(200)
            let mustVerify = capabilities[position].unknownOutcome == .verify
            if mustVerify || random.perMille(600) {
                var verify = capabilities[position]
                verify.name = "verify\(position)"
                verify.sideEffect = .read
                verify.undo = nil
                verify.unknownOutcome = .retryIfIdempotent
                verify.confirmsStart = false
                verify.delegates = false
                verify.hedge = nil
                verify.role = .verify
                capabilities[position].verify = capabilities.count
                capabilities.append(verify)
            }
        }
    }

    private static func drawAgent(
        _ position: Int,
        _ isNeeded: Bool,
        _ semaphores: [NamedSemaphore],
        _ options: SimulationOptions,
        _ random: inout SimulationRandom
    ) -> AgentConfiguration {
        var agent = AgentConfiguration(
            name: ScenarioNames.agent(position),
            manifest: "agent.json"
        )
        agent.replicas = min(random.within(1...3), options.maximumReplicas)
        agent.concurrency = random.within(1...6)
        let policy = random.pick(
            [.always, .always, .onFailure, .onFailure, .never] as [RestartPolicy.Condition]
        )
        agent.restart = RestartPolicy(
            policy: isNeeded ? .always : policy,
            backoff: Backoff(
                initial: .microseconds(random.spread(50_000...1_000_000)),
                factor: 2,
                maximum: .seconds(8),
                jitter: 0.2
            ),
            resetAfter: .seconds(random.within(2...60))
        )
        agent.readyTimeout = .microseconds(random.spread(1_500_000...8_000_000))
        agent.liveness = LivenessPolicy(
            heartbeat: .microseconds(random.spread(500_000...3_000_000)),
            missed: random.within(2...4)
        )
        agent.shutdown = ShutdownPolicy(
            drain: .microseconds(random.spread(500_000...8_000_000)),
            grace: .microseconds(random.spread(300_000...4_000_000))
        )
        if let semaphore = semaphores.first, random.perMille(150) {
            agent.semaphores = [semaphore.name]
        }
        if position > 0, random.perMille(300) {
            agent.dependsOn = [
                AgentDependency(
                    agent: ScenarioNames.agent(random.below(position)),
                    condition: random.pick([.ready, .started, .healthy]),
                    onRestart: random.pick([.ignore, .restart, .pause, .pause])
                )
            ]
        }
        return agent
    }

    private static func plan(
        _ agents: [AgentConfiguration],
        _ capabilities: [Capability],
        _ supervision: SupervisionPolicy,
        _ semaphores: [NamedSemaphore],
        _ limits: RunLimits
    ) -> SwarmPlan {
        let plans = agents.indices.map { position in
            AgentPlan(
                configuration: agents[position],
                manifest: AgentManifest(
                    name: agents[position].name,
                    exec: ["worker"],
                    capabilities: capabilities.filter { $0.agents.contains(position) }.map {
                        $0.contract(among: capabilities)
                    }
                ),
                manifestDigest: Digest(words: (1, 2, 3, UInt64(position))),
                directory: "/"
            )
        }
        var coordinator = CoordinatorSettings()
        coordinator.limits = limits
        coordinator.limits.runDeadline = .seconds(86_400)
        return SwarmPlan(
            topology: Topology(
                name: "simulated",
                coordinator: coordinator,
                supervision: supervision,
                semaphores: semaphores,
                agents: agents
            ),
            agents: plans,
            directory: "/"
        )
    }
}

extension Scenario.Capability {
    /// The contract an agent's manifest declares for it.
    func contract(among capabilities: [Scenario.Capability]) -> CapabilityContract {
        var contract = CapabilityContract(
            name: name,
            parameters: .object(["type": "object"]),
            sideEffect: sideEffect,
            idempotent: isIdempotent,
            timeout: timeout,
            costEstimate: CostEstimate(
                usd: Double(estimate.microdollars) / 1_000_000,
                tokens: Int(estimate.tokens),
                latency: .microseconds(latency.lowerBound)
            ),
            failure: FailurePolicy(
                retry: PartialRetryPolicy(retry),
                unknownOutcome: unknownOutcome
            ),
            verifyWith: verify.map { capabilities[$0].name },
            start: confirmsStart ? .confirmed : .immediate
        )
        contract.circuitBreaker = breaker
        contract.hedge = hedge
        contract.retryBudget = retryBudget
        if let undo {
            var args: [(String, JSON)] = [("n", "$args.n")]
            if undoReadsResult { args.append(("v", "$result.v")) }
            contract.compensation = .call(
                Compensation(
                    capability: capabilities[undo].name,
                    args: JSON(members: args),
                    deadline: .seconds(120)
                )
            )
        }
        return contract
    }
}

/// The names things have in a scenario; short, so that a history is easy to read.
enum ScenarioNames {
    static func agent(_ position: Int) -> String { "agent\(position)" }
    static func capability(_ position: Int) -> String { "cap\(position)" }
    static func semaphore(_ position: Int) -> String { "gate\(position)" }
    static func definition(_ position: Int) -> String { "s\(position)" }
}
