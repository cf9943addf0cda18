import SwarmModel

/// Which workers offer what, and which subtasks wait for it.
struct CapabilityRouter: Hashable, Sendable {
    /// One worker that offers one capability.
    struct Offer: Hashable, Sendable {
        let worker: Int
        /// The position of its contract among ``contracts``.
        let contract: Int
        /// The position of the circuit breaker of this capability at this worker.
        let breaker: Int
        /// The time one call may take.
        let timeout: Duration
        /// The declared cost of a call, in millionths of a dollar, at most 2,000 dollars.
        let microdollars: Int64
        /// How long a call takes here, in microseconds: a moving average over journaled results,
        /// each weighing an eighth; the declared latency until there is one.
        var latency: Int64
    }

    /// A capability, as subtasks ask for it: by name, or `name@2` for a version that begins so.
    struct Capability: Hashable, Sendable {
        let key: String
        let name: String
        let version: String?
        var offers: [Offer] = []
        /// Where the search starts at equal rank, so that equals take turns.
        var rotation = 0

        /// The shortest latency that was declared or observed; 0 when none is known.
        var fastest: Int64 {
            var fastest: Int64 = 0
            for offer in offers where offer.latency > 0 && (fastest == 0 || offer.latency < fastest)
            {
                fastest = offer.latency
            }
            return fastest
        }
    }

    /// Subtasks that need the same capability, agent and semaphores: if the first cannot run now,
    /// none can.
    struct Lane: Hashable, Sendable {
        let capability: Int
        let agent: String?
        let semaphores: [Int]
        var queue = ReadyQueue()
        /// While no worker may take what waits here: the latest that was told so, or was failed.
        var blockedThrough: UInt64 = 0
    }

    private(set) var capabilities: [Capability] = []
    private var contracts: [CompiledContract] = []
    var lanes: [Lane] = []
    private var capabilityPositions: [String: Int] = [:]

    /// The lane for subtasks of this kind, made if there is none yet.
    mutating func lane(capability key: String, agent: String?, semaphores: [Int]) -> Int {
        let capability = position(of: key)
        let wanted = lanes.firstIndex {
            $0.capability == capability && $0.agent == agent && $0.semaphores == semaphores
        }
        if let wanted { return wanted }
        lanes.append(Lane(capability: capability, agent: agent, semaphores: semaphores))
        return lanes.count - 1
    }

    /// The offers of a capability, in the order of the topology.
    func offers(of lane: Int) -> [Offer] { capabilities[lanes[lane].capability].offers }

    /// The contract under which a worker offers a capability; nil when it does not.
    func contract(capability: Int, worker: Int) -> CompiledContract? {
        capabilities[capability].offers.first { $0.worker == worker }.map { contracts[$0.contract] }
    }

    /// Whether some agent of the topology offers a capability.
    static func isOffered(_ key: String, agent: String?, by plan: SwarmPlan) -> Bool {
        let (name, version) = split(key)
        return plan.agents.contains { candidate in
            (agent == nil || candidate.name == agent)
                && candidate.manifest.capabilities.contains { contract in
                    contract.name == name && matches(contract.version, version)
                }
        }
    }

    /// The contract under which the first agent of the topology offers a capability.
    static func contract(_ key: String, agent: String?, by plan: SwarmPlan) -> CapabilityContract? {
        let (name, version) = split(key)
        for candidate in plan.agents where agent == nil || candidate.name == agent {
            guard let contract = candidate.manifest.capability(named: name),
                matches(contract.version, version)
            else { continue }
            return contract
        }
        return nil
    }

    /// Works out all offers again for a list of workers, keeping what was observed.
    mutating func configure(_ plan: SwarmPlan, workers: [Worker]) {
        let known = Known(plan: plan, workers: workers)
        self.known = known
        contracts = []
        for position in capabilities.indices {
            let capability = capabilities[position]
            capabilities[position].offers = offers(
                capability.name,
                capability.version,
                from: known,
                keeping: capability.offers
            )
        }
    }

    /// The moving average after one more call.
    mutating func observe(_ duration: Duration, capability: Int, worker: Int) {
        guard
            let offer = capabilities[capability].offers.firstIndex(where: { $0.worker == worker })
        else { return }
        let old = capabilities[capability].offers[offer].latency
        let sample = max(duration.wholeMicroseconds, 1)
        capabilities[capability].offers[offer].latency =
            old == 0 ? sample : old + (sample - old) / 8
    }

    mutating func turn(capability: Int) {
        let count = max(capabilities[capability].offers.count, 1)
        capabilities[capability].rotation = (capabilities[capability].rotation + 1) % count
    }

    // MARK: Private

    /// What offers are worked out from, kept for capabilities that are first asked for later.
    private struct Known: Hashable, Sendable {
        var plan: SwarmPlan
        var agents: [Int]
        var retired: [Bool]
        /// For each worker the positions of the breakers of its capabilities, in manifest order.
        var breakers: [[Int]]

        init(plan: SwarmPlan, workers: [Worker]) {
            self.plan = plan
            agents = workers.map(\.agent)
            retired = workers.map(\.isRetired)
            breakers = workers.map(\.tools)
        }
    }

    private var known: Known?

    private mutating func position(of key: String) -> Int {
        if let position = capabilityPositions[key] { return position }
        let (name, version) = CapabilityRouter.split(key)
        var capability = Capability(key: key, name: name, version: version)
        if let known {
            capability.offers = offers(name, version, from: known, keeping: [])
        }
        capabilityPositions[key] = capabilities.count
        capabilities.append(capability)
        return capabilities.count - 1
    }

    private mutating func offers(
        _ name: String,
        _ version: String?,
        from known: Known,
        keeping old: [Offer]
    ) -> [Offer] {
        var offers: [Offer] = []
        for (slot, agent) in known.agents.enumerated() where !known.retired[slot] {
            let manifest = known.plan.agents[agent].manifest
            guard let place = manifest.capabilities.firstIndex(where: { $0.name == name }),
                CapabilityRouter.matches(manifest.capabilities[place].version, version)
            else { continue }
            let contract = manifest.capabilities[place]
            let declared = contract.costEstimate.latency?.wholeMicroseconds ?? 0
            let observed = old.first { $0.worker == slot }?.latency
            let usd = min(max(contract.costEstimate.usd, 0), 2000)
            offers.append(
                Offer(
                    worker: slot,
                    contract: contracts.count,
                    breaker: known.breakers[slot][place],
                    timeout: contract.timeout,
                    microdollars: Int64(usd * 1_000_000),
                    latency: observed ?? declared
                )
            )
            contracts.append(CompiledContract(contract))
        }
        return offers
    }

    private static func split(_ key: String) -> (name: String, version: String?) {
        guard let at = key.firstIndex(of: "@") else { return (key, nil) }
        return (String(key[..<at]), String(key[key.index(after: at)...]))
    }

    private static func matches(_ version: String, _ wanted: String?) -> Bool {
        guard let wanted else { return true }
        return version == wanted || version.hasPrefix(wanted + ".")
    }
}
