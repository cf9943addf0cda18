/// The swarm at a glance: the coordinator and every worker.
///
/// Schema `swarm.ps/v1`.
public struct SwarmStatusDocument: Codable, Hashable, Sendable {
    /// The topology's name.
    public var name: String
    /// The process that coordinates.
    public var coordinator: CoordinatorDocument
    /// Every worker instance of the topology, in its order.
    public var workers: [WorkerDocument]
    /// How many runs have not ended.
    public var activeRuns: Int

    enum CodingKeys: String, CodingKey {
        case name, coordinator, workers
        case activeRuns = "active_runs"
    }

    /// A status.
    public init(
        name: String,
        coordinator: CoordinatorDocument,
        workers: [WorkerDocument],
        activeRuns: Int
    ) {
        self.name = name
        self.coordinator = coordinator
        self.workers = workers
        self.activeRuns = activeRuns
    }
}

/// The process that coordinates.
public struct CoordinatorDocument: Codable, Hashable, Sendable {
    /// Its process id.
    public var pid: Int32
    /// Version of the program.
    public var version: String
    /// Where it listens.
    public var endpoints: Endpoints
    /// Absolute path of the state directory.
    public var stateDirectory: String
    /// Absolute path of the topology file.
    public var topology: String
    /// What survives a power cut: `full`, `process` or `none`.
    public var durability: String
    /// When the process started, RFC 3339.
    public var startedAt: String
    /// How long it has been up.
    public var uptimeMs: Int64
    /// The position of the last record in the journal.
    public var seq: UInt64
    /// Resident memory, in MiB.
    public var rssMib: Double?

    /// Where the coordinator listens.
    public struct Endpoints: Codable, Hashable, Sendable {
        /// The ZeroMQ endpoint of the workers, such as `ipc:///srv/desk/.swarm/bus.sock`.
        public var bus: String
        /// The control API, such as `http+unix:///srv/desk/.swarm/control.sock`.
        public var control: String

        /// Both endpoints.
        public init(bus: String, control: String) {
            self.bus = bus
            self.control = control
        }
    }

    enum CodingKeys: String, CodingKey {
        case pid, version, endpoints
        case stateDirectory = "state_directory"
        case topology, durability
        case startedAt = "started_at"
        case uptimeMs = "uptime_ms"
        case seq
        case rssMib = "rss_mib"
    }

    /// A coordinator.
    public init(
        pid: Int32,
        version: String,
        endpoints: Endpoints,
        stateDirectory: String,
        topology: String,
        durability: String,
        startedAt: Instant,
        uptime: Duration,
        seq: UInt64,
        rssMib: Double? = nil
    ) {
        self.pid = pid
        self.version = version
        self.endpoints = endpoints
        self.stateDirectory = stateDirectory
        self.topology = topology
        self.durability = durability
        self.startedAt = startedAt.rfc3339
        uptimeMs = uptime.wholeMilliseconds
        self.seq = seq
        self.rssMib = rssMib
    }
}

/// One worker instance, whether or not a process is behind it just now.
public struct WorkerDocument: Codable, Hashable, Sendable {
    /// The instance, such as `pricing-2`.
    public var worker: String
    /// The agent it is an instance of.
    public var agent: String
    /// The process behind it; absent when there is none.
    public var pid: Int32?
    /// What the health monitor says.
    public var state: State
    /// Whether it takes work now.
    public var ready: Bool
    /// How long the process has been up; absent when there is none.
    public var uptimeMs: Int64?
    /// Subtasks it holds.
    public var inflight: Int
    /// Subtasks it may hold at once.
    public var concurrency: Int
    /// Subtasks that wait for an instance of this agent.
    public var queue: Int
    /// Launches after the first.
    public var restarts: Int
    /// 95th percentile of the time from dispatch to result; absent before the first result.
    public var p95Ms: Double?
    /// How many of its latest 256 calls failed, from 0 to 1; absent before the first.
    public var errorRate: Double?
    /// Circuit breakers that keep calls from it; absent when all pass.
    public var openBreakers: [String]?
    /// How the last process of the instance ended, or why it does not run.
    public var lastError: String?
    /// The capabilities it announced.
    public var capabilities: [String]
    /// The version it announced.
    public var version: String?
    /// Which launch this is, counted over the journal.
    public var incarnation: UInt64?

    /// What the health monitor says of a worker.
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Launched, or about to be; no HELLO yet.
        case expected
        /// Said HELLO and beats.
        case ready
        /// Missed beats, or was stopped; gets no new work.
        case suspect
        /// Its process ended or fell silent for too long; what it held is reassigned.
        case lost
        /// Restarted too often; stays down until somebody looks.
        case quarantined
        /// Finishes what it holds and takes nothing new.
        case draining
        /// Ended on purpose.
        case stopped
    }

    enum CodingKeys: String, CodingKey {
        case worker, agent, pid, state, ready
        case uptimeMs = "uptime_ms"
        case inflight, concurrency, queue, restarts
        case p95Ms = "p95_ms"
        case errorRate = "error_rate"
        case openBreakers = "open_breakers"
        case lastError = "last_error"
        case capabilities, version, incarnation
    }

    /// A worker.
    public init(
        worker: String,
        agent: String,
        pid: Int32? = nil,
        state: State,
        ready: Bool,
        uptime: Duration? = nil,
        inflight: Int = 0,
        concurrency: Int,
        queue: Int = 0,
        restarts: Int = 0,
        p95Ms: Double? = nil,
        lastError: String? = nil,
        capabilities: [String] = [],
        version: String? = nil,
        incarnation: UInt64? = nil
    ) {
        self.worker = worker
        self.agent = agent
        self.pid = pid
        self.state = state
        self.ready = ready
        uptimeMs = uptime?.wholeMilliseconds
        self.inflight = inflight
        self.concurrency = concurrency
        self.queue = queue
        self.restarts = restarts
        self.p95Ms = p95Ms
        self.lastError = lastError
        self.capabilities = capabilities
        self.version = version
        self.incarnation = incarnation
    }
}

/// Whether the coordinator serves, and whether its workers do.
///
/// Schema `swarm.health/v1`.
public struct HealthDocument: Codable, Hashable, Sendable {
    /// `ready` when every expected worker takes work, `starting` before that, `degraded` when a
    /// worker that was ready is not, `stopping` during shutdown.
    public var status: Status
    /// The coordinator's process id.
    public var pid: Int32
    /// Version of the program.
    public var version: String
    /// Workers that take work now.
    public var workersReady: Int
    /// Workers the topology asks for.
    public var workersExpected: Int
    /// One sentence when the status is not `ready`: what is missing.
    public var reason: String?

    /// The coordinator's own judgement.
    public enum Status: String, Codable, Hashable, Sendable, CaseIterable {
        /// Workers are being started.
        case starting
        /// Every expected worker takes work.
        case ready
        /// It serves, and some worker does not.
        case degraded
        /// It takes no new work.
        case stopping
    }

    enum CodingKeys: String, CodingKey {
        case status, pid, version
        case workersReady = "workers_ready"
        case workersExpected = "workers_expected"
        case reason
    }

    /// A judgement.
    public init(
        status: Status,
        pid: Int32,
        version: String,
        workersReady: Int,
        workersExpected: Int,
        reason: String? = nil
    ) {
        self.status = status
        self.pid = pid
        self.version = version
        self.workersReady = workersReady
        self.workersExpected = workersExpected
        self.reason = reason
    }
}
