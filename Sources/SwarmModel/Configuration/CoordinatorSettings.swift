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
