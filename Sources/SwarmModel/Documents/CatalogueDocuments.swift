/// The workflows the topology names.
///
/// Schema `swarm.workflows/v1`.
public struct WorkflowListDocument: Codable, Hashable, Sendable {
    /// In the order of their names.
    public var workflows: [WorkflowDocument]

    /// A list.
    public init(workflows: [WorkflowDocument]) { self.workflows = workflows }
}

/// One workflow that can be run by name.
public struct WorkflowDocument: Codable, Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its version.
    public var version: String?
    /// What it does, in its author's words.
    public var description: String?
    /// The JSON Schema of its input.
    public var input: JSON?
    /// The capabilities it calls, sorted.
    public var capabilities: [String]

    /// A workflow.
    public init(
        name: String,
        version: String? = nil,
        description: String? = nil,
        input: JSON? = nil,
        capabilities: [String]
    ) {
        self.name = name
        self.version = version
        self.description = description
        self.input = input
        self.capabilities = capabilities
    }
}

/// The capabilities the topology's agents declare.
///
/// Schema `swarm.capabilities/v1`.
public struct CapabilityListDocument: Codable, Hashable, Sendable {
    /// In the order of agent, then name.
    public var capabilities: [CapabilityDocument]

    /// A list.
    public init(capabilities: [CapabilityDocument]) { self.capabilities = capabilities }
}

/// One capability of one agent.
public struct CapabilityDocument: Codable, Hashable, Sendable {
    /// The agent that offers it.
    public var agent: String
    /// Its name.
    public var name: String
    /// What it does, in its author's words.
    public var description: String?
    /// The JSON Schema of its arguments.
    public var parameters: JSON?
    /// The JSON Schema of what it returns.
    public var returns: JSON?
    /// Workers that would take a call now.
    public var workersReady: Int

    enum CodingKeys: String, CodingKey {
        case agent, name, description, parameters, returns
        case workersReady = "workers_ready"
    }

    /// A capability.
    public init(
        agent: String,
        name: String,
        description: String? = nil,
        parameters: JSON? = nil,
        returns: JSON? = nil,
        workersReady: Int
    ) {
        self.agent = agent
        self.name = name
        self.description = description
        self.parameters = parameters
        self.returns = returns
        self.workersReady = workersReady
    }
}
