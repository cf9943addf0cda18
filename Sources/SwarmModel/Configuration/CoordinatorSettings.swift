/// What survives what: how hard the journal works before a decision counts as made.
public enum Durability: String, Hashable, Sendable, CaseIterable {
    /// Survives a power cut: every commit is synced to disk. The default.
    case full
    /// Survives the end of the process, not of the machine: written, synced at checkpoints.
    case process
    /// Survives nothing: kept in memory.
    case none
}

/// Where the journal is and how durable it is.
public struct JournalSettings: Hashable, Sendable {
    /// The file, relative to the topology's folder; nil is `journal.db` in the state directory.
    public var path: String?
    /// What survives what.
    public var durability: Durability

    /// Settings; the default is a fully durable journal in the state directory.
    public init(path: String? = nil, durability: Durability = .full) {
        self.path = path
        self.durability = durability
    }
}

/// Where the control API listens besides its unix socket.
public struct HTTPSettings: Hashable, Sendable {
    /// A loopback address with a port.
    public var listen: String
    /// Whether requests that change anything are refused there.
    public var readOnly: Bool

    /// Settings; the default port is 7333 on loopback.
    public init(listen: String = "127.0.0.1:7333", readOnly: Bool = false) {
        self.listen = listen
        self.readOnly = readOnly
    }
}

/// What one run may spend; nil leaves a dimension unlimited.
public struct RunBudget: Hashable, Sendable {
    /// Money, in US dollars.
    public var usd: Double?
    /// Model tokens.
    public var tokens: Int?
    /// Calls of capabilities.
    public var calls: Int?

    /// A budget; by default without any limit.
    public init(usd: Double? = nil, tokens: Int? = nil, calls: Int? = nil) {
        self.usd = usd
        self.tokens = tokens
        self.calls = calls
    }
}

/// What no run may exceed.
public struct RunLimits: Hashable, Sendable {
    /// How deep agents may delegate to agents.
    public var delegationDepth: Int
    /// How long a run may take in all.
    public var runDeadline: Duration
    /// What a run may spend; nil is no budget.
    public var runBudget: RunBudget?
    /// The number of times a run may repeat itself before it is stopped.
    public var repeatThreshold: Int

    /// Limits; the defaults are those of the topology file.
    public init(
        delegationDepth: Int = 4,
        runDeadline: Duration = .seconds(1800),
        runBudget: RunBudget? = nil,
        repeatThreshold: Int = 3
    ) {
        self.delegationDepth = delegationDepth
        self.runDeadline = runDeadline
        self.runBudget = runBudget
        self.repeatThreshold = repeatThreshold
    }
}

/// How the coordinator itself listens, remembers and limits.
public struct CoordinatorSettings: Hashable, Sendable {
    /// The endpoints workers connect to, `ipc://PATH` or `tcp://127.0.0.1:PORT`; empty is
    /// `bus.sock` in the state directory.
    public var listen: [String]
    /// Where the control API listens besides its unix socket; nil is nowhere.
    public var http: HTTPSettings?
    /// Where decisions are kept.
    public var journal: JournalSettings
    /// What no run may exceed.
    public var limits: RunLimits
    /// How long workers outlive a coordinator that ended, so that the next one can adopt them.
    public var orphanTimeout: Duration

    /// Settings; the defaults are those of the topology file.
    public init(
        listen: [String] = [],
        http: HTTPSettings? = nil,
        journal: JournalSettings = JournalSettings(),
        limits: RunLimits = RunLimits(),
        orphanTimeout: Duration = .seconds(30)
    ) {
        self.listen = listen
        self.http = http
        self.journal = journal
        self.limits = limits
        self.orphanTimeout = orphanTimeout
    }
}
