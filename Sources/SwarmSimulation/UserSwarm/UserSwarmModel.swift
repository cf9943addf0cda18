import SwarmCore
import SwarmModel

/// What all lives of a user's swarm have in common.
struct UserSwarmModel {
    let plan: SwarmPlan
    let capabilities: [Scenario.Capability]
    let capabilityPositions: [String: Int]
    let made: MadeUpWorkflow
    let workflow: ScenarioWorkflow
    /// What the figures rest on, in sentences.
    private(set) var assumptions: [String] = []

    private static let semaphoreLimit = 64

    init(_ user: UserSwarm) throws(UserSwarmProblem) {
        plan = user.plan
        let contracts = try UserSwarmModel.contracts(of: plan)
        var positions: [String: Int] = [:]
        for (position, contract) in contracts.enumerated() { positions[contract.name] = position }
        capabilities = contracts.map { contract in
            UserSwarmModel.capability(contract, positions, user)
        }
        for subtask in user.workflow.subtasks {
            // A version that is asked for has been checked against the offers already.
            let name = CapabilityReference(subtask.capability).name
            positions[subtask.capability] = positions[name]
        }
        capabilityPositions = positions
        guard plan.topology.semaphores.count <= UserSwarmModel.semaphoreLimit else {
            throw UserSwarmProblem(
                "the topology has more than \(UserSwarmModel.semaphoreLimit) semaphores",
                hint: "simulate a topology with those that the workflow needs"
            )
        }
        let workflow = user.workflow
        guard let order = try? DependencyOrder(of: workflow) else {
            throw UserSwarmProblem("the workflow is not in order", hint: "check it first")
        }
        var making = MadeUpResults(workflow, order, input: user.input, elements: user.elements)
        made = try making.make { name in
            positions[name].map { contracts[$0] }
        }
        self.workflow = UserSwarmModel.compile(workflow, order, made, plan, contracts, positions)
        assumptions = UserSwarmModel.assumptions(user, contracts, making) + user.notes
    }

    /// Every contract once, in the order of the agents.
    private static func contracts(
        of plan: SwarmPlan
    ) throws(UserSwarmProblem) -> [CapabilityContract] {
        var contracts: [CapabilityContract] = []
        for agent in plan.agents {
            for contract in agent.manifest.capabilities {
                guard let known = contracts.first(where: { $0.name == contract.name }) else {
                    contracts.append(contract)
                    continue
                }
                guard known.promise == contract.promise else {
                    throw UserSwarmProblem(
                        "agents offer \"\(contract.name)\" under contracts that differ",
                        hint: "simulate a topology in which one of them offers it"
                    )
                }
            }
        }
        return contracts
    }

    private static func capability(
        _ contract: CapabilityContract,
        _ positions: [String: Int],
        _ user: UserSwarm
    ) -> Scenario.Capability {
        let usual = user.usualDuration(of: contract).wholeMicroseconds
        let topology = user.plan.topology.failure
        var capability = Scenario.Capability(
            name: contract.name,
            sideEffect: contract.sideEffect,
            isIdempotent: contract.idempotent,
            latency: max(usual / 2, 1)...max(usual / 2 * 3, 2),
            retry: (contract.failure.retry ?? PartialRetryPolicy())
                .merged(over: topology.retry ?? PartialRetryPolicy()).resolved(),
            timeout: contract.timeout
        )
        capability.agents = user.plan.agents.indices.filter {
            user.plan.agents[$0].manifest.capability(named: contract.name) != nil
        }
        if case .call(let undo) = contract.compensation {
            capability.undo = positions[undo.capability]
        }
        capability.verify = contract.verifyWith.flatMap { positions[$0] }
        capability.unknownOutcome =
            contract.failure.unknownOutcome ?? topology.unknownOutcome ?? .retryIfIdempotent
        capability.confirmsStart = contract.start == .confirmed
        capability.retryBudget = contract.retryBudget
        capability.hedge = contract.hedge
        capability.estimate = Cost(
            microdollars: Int64((contract.costEstimate.usd * 1_000_000).rounded()),
            tokens: Int64(contract.costEstimate.tokens)
        )
        capability.isKept = contract.compensation == .keep
        return capability
    }

    private static func compile(
        _ workflow: Workflow,
        _ order: DependencyOrder,
        _ made: MadeUpWorkflow,
        _ plan: SwarmPlan,
        _ contracts: [CapabilityContract],
        _ positions: [String: Int]
    ) -> ScenarioWorkflow {
        let semaphores = plan.topology.semaphores.map(\.name)
        let definitions = workflow.subtasks.enumerated().map { position, subtask in
            let capability = positions[subtask.capability] ?? 0
            let onFailure = ResolvedFailurePolicy.onFailure(
                topology: plan.topology.failure,
                contract: contracts[capability].failure,
                workflow: workflow.failure,
                subtask: subtask.failure
            )
            var definition = ScenarioWorkflow.Definition(
                name: subtask.name,
                capability: capability,
                needs: order.dependencies[position],
                readsNeeds: true,
                fanOut: made.items[position].map { .init(source: nil, count: $0.count) },
                maximumParallel: subtask.maximumParallel,
                priority: subtask.priority,
                semaphores: subtask.semaphores.compactMap { semaphores.firstIndex(of: $0) },
                timeout: subtask.timeout,
                agent: plan.agents.firstIndex { $0.name == subtask.agent },
                isPivot: subtask.isPivot,
                isFinally: subtask.isFinally,
                isLarge: false
            )
            definition.retry = (subtask.failure.retry ?? PartialRetryPolicy())
                .merged(over: workflow.failure.retry ?? PartialRetryPolicy())
            definition.unknownOutcome =
                subtask.failure.unknownOutcome ?? workflow.failure.unknownOutcome
            definition.onFailure =
                switch onFailure.value {
                case .undo: .undo
                case .abort: .abort
                case .skip: .skip
                case .ask: .ask
                case .fallback(let other): .fallback(positions[other.capability] ?? 0)
                }
            return definition
        }
        return ScenarioWorkflow(
            workflow: workflow,
            limits: WorkflowLimits(),
            digest: Digest(words: (7, 7, 7, UInt64(definitions.count))),
            input: made.input.encoded(),
            definitions: definitions,
            positions: made.positions,
            dependents: order.dependents,
            confirmed: confirmed(definitions),
            made: made
        )
    }

    private static func confirmed(_ definitions: [ScenarioWorkflow.Definition]) -> [Int] {
        var confirmed: [Int] = []
        var open = definitions.indices.filter { definitions[$0].isPivot }
        while let next = open.popLast() {
            guard !confirmed.contains(next) else { continue }
            confirmed.append(next)
            open += definitions[next].needs
        }
        return confirmed
    }

    private static func assumptions(
        _ user: UserSwarm,
        _ contracts: [CapabilityContract],
        _ making: MadeUpResults
    ) -> [String] {
        var sentences: [String] = []
        let called = contracts.filter { contract in
            user.workflow.subtasks.contains {
                CapabilityReference($0.capability).name == contract.name
            }
        }
        let guessed = called.filter {
            user.durations[$0.name] == nil && $0.costEstimate.latency == nil
        }
        if !guessed.isEmpty {
            sentences.append(
                "calls of \(guessed.map(\.name).joined(separator: ", ")) take about a twentieth "
                    + "of their timeout, at most 2 s: their contracts do not say"
            )
        }
        if !making.grown.isEmpty {
            sentences.append(
                "what the workflow refers to is there, although no schema promises it: in "
                    + making.grown.joined(separator: ", ")
            )
        }
        let lists = zip(user.workflow.subtasks, making.items).compactMap { subtask, items in
            items.map { "\(subtask.name) over \($0.count)" }
        }
        if !lists.isEmpty {
            sentences.append("fan-outs: \(lists.joined(separator: ", ")) elements")
        }
        sentences.append("no agent delegates; each call costs what its contract estimates")
        return sentences
    }
}

extension UserSwarm {
    /// How long a call takes about.
    func usualDuration(of contract: CapabilityContract) -> Duration {
        durations[contract.name] ?? contract.costEstimate.latency
            ?? min(max(contract.timeout / 20, .milliseconds(10)), .seconds(2))
    }
}

extension CapabilityContract {
    /// What of it the simulator goes by; descriptions may differ.
    fileprivate var promise: CapabilityContract {
        var promise = self
        promise.description = ""
        promise.parameters = .null
        promise.version = ""
        return promise
    }
}
