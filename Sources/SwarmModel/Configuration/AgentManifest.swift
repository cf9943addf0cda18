/// How an agent is spoken to.
public enum Adapter: String, Hashable, Sendable, CaseIterable {
    /// Speaks the worker protocol itself.
    case native
    /// Any program: arguments on standard input, result on standard output.
    case exec
    /// A long-lived program, one JSON request a line.
    case jsonLines = "jsonl"
    /// An MCP server started as a child process.
    case mcpStandardIO = "mcp-stdio"
    /// An MCP server reached over HTTP.
    case mcpHTTP = "mcp-http"
    /// A remote agent reached over A2A.
    case agentToAgent = "a2a"

    /// Whether this version can run agents of this kind.
    public var isAvailable: Bool { self == .native }
}

/// What sort of worker an agent is; models and tools appear differently in traces.
public enum AgentKind: String, Hashable, Sendable, CaseIterable {
    /// Does what it is told: deterministic code.
    case tool
    /// Decides for itself, usually with a model.
    case agent
}

/// The versions of the worker protocol that an agent speaks.
public struct ProtocolRange: Hashable, Sendable {
    /// The oldest version.
    public var minimum: Int
    /// The newest version.
    public var maximum: Int

    /// The versions from `minimum` to `maximum`; the default is version 1 alone.
    public init(minimum: Int = 1, maximum: Int = 1) {
        self.minimum = minimum
        self.maximum = maximum
    }
}

/// The contract of an agent, as its `agent.json` says it: what it is, how it starts, what it can
/// do.
public struct AgentManifest: Hashable, Sendable {
    /// The agent's own name; the topology may use it under another.
    public var name: String
    /// The version of the agent, `major.minor.patch`.
    public var version: String
    /// What sort of worker it is.
    public var kind: AgentKind
    /// What it does, for people.
    public var description: String
    /// How it is spoken to.
    public var adapter: Adapter
    /// The program and its arguments, never a shell string.
    ///
    /// An element that starts with `./` or `../` is relative to the manifest's folder; any other
    /// first element without a slash is looked up beside the `swarm` binary, then in `PATH`.
    public var exec: [String]
    /// The versions of the worker protocol it speaks.
    public var protocolRange: ProtocolRange
    /// What it can do, in the order of the file; names are unique.
    public var capabilities: [CapabilityContract]

    /// A manifest.
    public init(
        name: String,
        version: String = "1.0.0",
        kind: AgentKind = .tool,
        description: String = "",
        adapter: Adapter = .native,
        exec: [String] = [],
        protocolRange: ProtocolRange = ProtocolRange(),
        capabilities: [CapabilityContract] = []
    ) {
        self.name = name
        self.version = version
        self.kind = kind
        self.description = description
        self.adapter = adapter
        self.exec = exec
        self.protocolRange = protocolRange
        self.capabilities = capabilities
    }

    /// The contract of the capability with this name.
    public func capability(named name: String) -> CapabilityContract? {
        capabilities.first { $0.name == name }
    }
}
