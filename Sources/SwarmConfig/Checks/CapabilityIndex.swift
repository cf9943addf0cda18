import SwarmModel

/// What the agents of a swarm offer, as far as it is known.
struct CapabilityIndex: Sendable {
    /// One offer of a capability.
    struct Offer: Sendable {
        var agent: String
        var name: String
        /// The contract; nil when the manifest has a mistake in it.
        var contract: CapabilityContract?
    }

    /// Every offer, in the order of the topology.
    var offers: [Offer] = []
    /// The agents, in the order of the topology.
    var agents: [String] = []
    /// The named semaphores.
    var semaphores: [String] = []
    /// What holds where contracts and workflows say nothing.
    var policies = TopologyPolicies()
    /// Whether every manifest could be read; if not, what is missing here may exist.
    var isComplete = true

    init() {}

    /// What a plan offers.
    init(_ plan: SwarmPlan) {
        agents = plan.agents.map(\.name)
        semaphores = plan.topology.semaphores.map(\.name)
        policies = TopologyPolicies(plan.topology)
        offers = plan.agents.flatMap { agent in
            agent.manifest.capabilities.map { contract in
                Offer(agent: agent.name, name: contract.name, contract: contract)
            }
        }
    }

    /// The names of all capabilities, each once.
    var names: [String] {
        var seen: Set<String> = []
        return offers.map(\.name).filter { seen.insert($0).inserted }
    }

    /// The offers of a capability, written `name` or `name@version`; of one agent when it is given.
    ///
    /// An offer whose contract has a mistake counts whatever its version.
    func offers(of capability: String, by agent: String? = nil) -> [Offer] {
        let wanted = CapabilityReference(capability)
        return offers.filter { offer in
            offer.name == wanted.name && (agent == nil || offer.agent == agent)
                && offer.contract.map { wanted.accepts($0.version) } ?? true
        }
    }
}
