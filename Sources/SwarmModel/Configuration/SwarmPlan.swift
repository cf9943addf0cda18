/// One agent of a plan: how it is run, and what it promises.
public struct AgentPlan: Hashable, Sendable {
    /// How it is run.
    public var configuration: AgentConfiguration
    /// What it promises; capabilities that the topology does not allow are left out.
    public var manifest: AgentManifest
    /// The SHA-256 of the manifest file; workers say theirs, and a difference is refused.
    public var manifestDigest: Digest
    /// The absolute path of the folder the manifest is in.
    public var directory: String

    /// An agent with its manifest.
    public init(
        configuration: AgentConfiguration,
        manifest: AgentManifest,
        manifestDigest: Digest,
        directory: String
    ) {
        self.configuration = configuration
        self.manifest = manifest
        self.manifestDigest = manifestDigest
        self.directory = directory
    }

    /// The name in the topology.
    public var name: String { configuration.name }

    /// The program and its arguments: the topology's, else the manifest's.
    public var exec: [String] { configuration.exec ?? manifest.exec }
}

/// A topology and the manifests of its agents, resolved and checked: what a coordinator runs.
///
/// It is journaled when a coordinator starts, so that a fold of the journal needs no file.
public struct SwarmPlan: Hashable, Sendable {
    /// The swarm, with every default filled in.
    public var topology: Topology
    /// Its agents, in the order of the topology.
    public var agents: [AgentPlan]
    /// The absolute path of the topology's folder, the working directory of every worker.
    public var directory: String

    /// A plan of these parts; the topology's own list of agents is taken from `agents`.
    public init(topology: Topology, agents: [AgentPlan], directory: String) {
        self.topology = topology
        self.topology.agents = agents.map(\.configuration)
        self.agents = agents
        self.directory = directory
    }

    /// The agent with this name.
    public func agent(named name: String) -> AgentPlan? {
        agents.first { $0.name == name }
    }

    /// The agents that offer a capability, in the order of the topology.
    public func agents(offering capability: String) -> [AgentPlan] {
        agents.filter { $0.manifest.capability(named: capability) != nil }
    }
}
