/// How an agent waits for another when the swarm starts, and what a restart of that other means.
public struct AgentDependency: Hashable, Sendable {
    /// What must be true of the other agent first.
    public enum Condition: String, Hashable, Sendable, CaseIterable {
        /// Its processes have been started.
        case started
        /// All its instances have said HELLO.
        case ready
        /// All its instances are ready and none reports itself degraded.
        case healthy
        /// All its processes have ended with exit 0.
        case completed
    }

    /// What this agent does when an instance of the other is restarted.
    public enum OnRestart: String, Hashable, Sendable, CaseIterable {
        /// Goes on.
        case ignore
        /// Is restarted too.
        case restart
        /// Gets no new work until the other is back.
        case pause
    }

    /// The name of the other agent.
    public var agent: String
    /// What must be true of it first.
    public var condition: Condition
    /// What happens when it is restarted.
    public var onRestart: OnRestart

    /// A dependency on another agent; by default it must be ready, and its restarts do not matter.
    public init(agent: String, condition: Condition = .ready, onRestart: OnRestart = .ignore) {
        self.agent = agent
        self.condition = condition
        self.onRestart = onRestart
    }
}

/// Whether an agent's own claims about its capabilities may lower a risk.
public enum AgentTrust: String, Hashable, Sendable, CaseIterable {
    /// They are believed.
    case trusted
    /// They can only raise a risk.
    case untrusted
}

/// How a silent worker is noticed.
public struct LivenessPolicy: Hashable, Sendable {
    /// The interval of beats, both ways.
    public var heartbeat: Duration
    /// The number of beats missed in a row that make a worker lost.
    public var missed: Int

    /// A policy; the default is lost after three beats of two seconds.
    public init(heartbeat: Duration = .seconds(2), missed: Int = 3) {
        self.heartbeat = heartbeat
        self.missed = missed
    }

    /// The silence after which a worker is lost.
    public var tolerance: Duration { heartbeat * missed }
}

/// How a worker is stopped: it drains, then gets SIGTERM, then its process group gets SIGKILL.
public struct ShutdownPolicy: Hashable, Sendable {
    /// How long work in hand may go on after the worker was asked to drain.
    public var drain: Duration
    /// How long a process may take to end after SIGTERM.
    public var grace: Duration

    /// A policy; the default is 30 s to drain and 10 s of grace.
    public init(drain: Duration = .seconds(30), grace: Duration = .seconds(10)) {
        self.drain = drain
        self.grace = grace
    }
}

/// One variable of a worker's environment.
public struct EnvironmentVariable: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its value, after interpolation.
    public var value: String

    /// A variable with this value.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// A secret that a worker gets as a file of mode 0600, named by the variable `NAME_FILE`.
public struct SecretReference: Hashable, Sendable {
    /// Where the value comes from; only the reference is ever journaled.
    public enum Source: Hashable, Sendable {
        /// A file, relative to the topology's folder.
        case file(String)
        /// A variable of the coordinator's own environment.
        case environment(String)
        /// What a command prints, as an argument vector.
        case command([String])
    }

    /// The name of the secret.
    public var name: String
    /// Where its value comes from.
    public var source: Source

    /// A secret from this source.
    public init(name: String, source: Source) {
        self.name = name
        self.source = source
    }
}

/// Limits the kernel holds a worker process to; nil leaves a limit as it is.
public struct ResourceLimits: Hashable, Sendable {
    /// The address space of the process.
    public var memory: ByteCount?
    /// The number of open file descriptors.
    public var openFiles: Int?

    /// Limits; by default none.
    public init(memory: ByteCount? = nil, openFiles: Int? = nil) {
        self.memory = memory
        self.openFiles = openFiles
    }
}

/// How much is written to the log, and how the log is kept.
public struct LogSettings: Hashable, Sendable {
    /// The least serious level that is written.
    public enum Level: String, Hashable, Sendable, CaseIterable {
        case trace, debug, info, warn, error
    }

    /// The least serious level of the worker's lines that is written; lines without one always are.
    public var level: Level
    /// The size at which a log file is rotated.
    public var rotateSize: ByteCount
    /// The number of rotated files that are kept.
    public var rotateKeep: Int
    /// The lines a second that one instance may write; the rest is dropped, counted and said.
    public var rateLimit: Int

    /// Settings; the defaults are those of the topology file.
    public init(
        level: Level = .info,
        rotateSize: ByteCount = .mebibytes(64),
        rotateKeep: Int = 5,
        rateLimit: Int = 1000
    ) {
        self.level = level
        self.rotateSize = rotateSize
        self.rotateKeep = rotateKeep
        self.rateLimit = rateLimit
    }
}

/// One agent of a topology, with everything that `defaults` and the built-in defaults fill in.
public struct AgentConfiguration: Hashable, Sendable {
    /// The name in the topology; its instances count up from `name-1`.
    public var name: String
    /// How the agent is spoken to.
    public var adapter: Adapter
    /// Whether its own claims may lower a risk.
    public var trust: AgentTrust
    /// The path of its manifest, as written, relative to the topology's folder.
    public var manifest: String
    /// What to start instead of the manifest's `exec`; nil leaves it to the manifest.
    public var exec: [String]?
    /// The number of processes.
    public var replicas: Int
    /// The number of calls one process works on at the same time.
    public var concurrency: Int
    /// The named semaphores that each call to this agent takes a permit of.
    public var semaphores: [String]
    /// Whether and how soon an ended process is started again.
    public var restart: RestartPolicy
    /// The agents that must be up first, in the order of the file.
    public var dependsOn: [AgentDependency]
    /// How long a new process may take to say HELLO.
    public var readyTimeout: Duration
    /// How a silent worker is noticed.
    public var liveness: LivenessPolicy
    /// How a worker is stopped.
    public var shutdown: ShutdownPolicy
    /// Variables for the process, over a clean environment.
    public var env: [EnvironmentVariable]
    /// Variables of the coordinator's environment that the process gets too, by name.
    public var envFromHost: [String]
    /// Secrets for the process.
    public var secrets: [SecretReference]
    /// Limits the kernel holds the process to.
    public var resources: ResourceLimits
    /// How its log is kept.
    public var log: LogSettings
    /// The capabilities it may be asked for; nil allows all of the manifest.
    public var allow: [String]?
    /// When failures take one of its instances out of routing; nil, or a field of nil, leaves it
    /// to the topology.
    public var circuitBreaker: PartialCircuitBreakerPolicy?
    /// What the agent may spend within one run and all it delegates; nil is no budget.
    public var budget: Budget?

    /// An agent; the defaults are those of the topology file.
    public init(
        name: String,
        adapter: Adapter = .native,
        trust: AgentTrust = .trusted,
        manifest: String,
        exec: [String]? = nil,
        replicas: Int = 1,
        concurrency: Int = 1,
        semaphores: [String] = [],
        restart: RestartPolicy = RestartPolicy(),
        dependsOn: [AgentDependency] = [],
        readyTimeout: Duration = .seconds(10),
        liveness: LivenessPolicy = LivenessPolicy(),
        shutdown: ShutdownPolicy = ShutdownPolicy(),
        env: [EnvironmentVariable] = [],
        envFromHost: [String] = [],
        secrets: [SecretReference] = [],
        resources: ResourceLimits = ResourceLimits(),
        log: LogSettings = LogSettings(),
        allow: [String]? = nil,
        circuitBreaker: PartialCircuitBreakerPolicy? = nil,
        budget: Budget? = nil
    ) {
        self.name = name
        self.adapter = adapter
        self.trust = trust
        self.manifest = manifest
        self.exec = exec
        self.replicas = replicas
        self.concurrency = concurrency
        self.semaphores = semaphores
        self.restart = restart
        self.dependsOn = dependsOn
        self.readyTimeout = readyTimeout
        self.liveness = liveness
        self.shutdown = shutdown
        self.env = env
        self.envFromHost = envFromHost
        self.secrets = secrets
        self.resources = resources
        self.log = log
        self.allow = allow
        self.circuitBreaker = circuitBreaker
        self.budget = budget
    }

    /// The names of its instances, `name-1` first.
    public var instances: [WorkerID] {
        (0..<replicas).map { WorkerID(agent: name, replica: $0 + 1) }
    }
}
