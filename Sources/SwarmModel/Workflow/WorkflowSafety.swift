/// Checks that a run of a workflow can always be finished or undone, and stays within its bounds.
///
/// Pure, and without positions: the loader of configuration files maps the findings to lines, and
/// a coordinator refuses a submission that has any but warnings. The rules for points of no return
/// are those of flexible transactions: compensatable steps, one pivot, retriable steps (Mehrotra
/// et al., "A transaction model for multidatabase systems", ICDCS 1992), on each path of a graph.
public struct WorkflowSafety: Sendable {
    /// One offer of a capability.
    public struct Offer: Hashable, Sendable {
        /// The agent.
        public var agent: String
        /// What it promises.
        public var contract: CapabilityContract

        /// An offer.
        public init(agent: String, contract: CapabilityContract) {
            self.agent = agent
            self.contract = contract
        }
    }

    /// The most findings that are worth telling.
    public static let findingLimit = 100

    /// What no run of the swarm may exceed; nil when that is not known.
    let limits: RunLimits?
    /// What the swarm says about failures.
    let failure: FailurePolicy
    /// Whether what contracts say of other capabilities is looked at too.
    let checksContracts: Bool
    /// Who offers a capability, `name` or `name@version`, of one agent when it is given; nil when
    /// that is not known.
    let offers: @Sendable (_ capability: String, _ agent: String?) -> [Offer]?

    /// Checks against a swarm that is only partly known.
    ///
    /// - Parameters:
    ///   - limits: what no run may exceed; nil when that is not known.
    ///   - failure: what the topology says about failures.
    ///   - offers: who offers a capability, `name` or `name@version`, of one agent when it is
    ///     given; nil when that is not known.
    public init(
        limits: RunLimits?,
        failure: FailurePolicy,
        offers: @escaping @Sendable (_ capability: String, _ agent: String?) -> [Offer]?
    ) {
        self.limits = limits
        self.failure = failure
        self.offers = offers
        checksContracts = false
    }

    /// Checks against a whole swarm, what its contracts refer to included.
    public init(_ plan: SwarmPlan) {
        limits = plan.topology.coordinator.limits
        failure = plan.topology.failure
        checksContracts = true
        offers = { plan.offers(of: $0, by: $1) }
    }

    /// Everything that is wrong or doubtful, in the order of the file, at most ``findingLimit``;
    /// `order` are the dependencies of the workflow, which whoever holds it has worked out already.
    public func findings(in workflow: Workflow, order: DependencyOrder) -> [SafetyFinding] {
        var walk = SafetyWalk(safety: self, workflow: workflow, order: order)
        walk.checkBounds()
        for position in workflow.subtasks.indices {
            guard walk.findings.count < WorkflowSafety.findingLimit else { break }
            walk.checkStep(position)
        }
        return Array(walk.findings.prefix(WorkflowSafety.findingLimit))
    }
}

extension SwarmPlan {
    /// Who offers a capability, `name` or `name@version`, of one agent when it is given.
    public func offers(of capability: String, by agent: String? = nil) -> [WorkflowSafety.Offer] {
        let wanted = CapabilityReference(capability)
        return agents.compactMap { plan in
            guard agent == nil || plan.name == agent,
                let contract = plan.manifest.capability(named: wanted.name),
                wanted.accepts(contract.version)
            else { return nil }
            return WorkflowSafety.Offer(agent: plan.name, contract: contract)
        }
    }
}
