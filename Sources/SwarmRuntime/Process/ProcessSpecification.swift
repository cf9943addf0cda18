/// Everything that decides what a worker process is when it starts; nothing is inherited silently.
public struct ProcessSpecification: Sendable {
    /// The path of the program; resolved beforehand, never searched for in `PATH` here.
    public var executable: String
    /// What follows the program's own path in its argument list.
    public var arguments: [String]
    /// The complete environment, in order; the coordinator's own is not added to it.
    public var environment: [(name: String, value: String)]
    /// Where the process starts; nil keeps the coordinator's working directory.
    public var workingDirectory: String?
    /// Upper bounds the kernel enforces.
    public var limits: ProcessLimits
    /// The most lines a second that get through to the log; the rest is dropped and counted.
    public var linesPerSecond: Int
    /// Whether what the process started and left behind is killed as soon as the process ends.
    ///
    /// True unless said otherwise: a worker's process group is one unit, and a leftover would hold
    /// files, ports and memory that nobody accounts for.
    public var endsGroupOnExit: Bool

    /// A process to be started.
    public init(
        executable: String,
        arguments: [String] = [],
        environment: [(name: String, value: String)] = [],
        workingDirectory: String? = nil,
        limits: ProcessLimits = ProcessLimits(),
        linesPerSecond: Int = ProcessLauncher.defaultLinesPerSecond,
        endsGroupOnExit: Bool = true
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.limits = limits
        self.linesPerSecond = linesPerSecond
        self.endsGroupOnExit = endsGroupOnExit
    }
}

/// Upper bounds of one process, set before its program starts, so there is no moment without them.
public struct ProcessLimits: Hashable, Sendable {
    /// The highest number of open descriptors (`RLIMIT_NOFILE`); nil leaves the inherited one.
    public var openFiles: UInt64?
    /// The most bytes of address space (`RLIMIT_AS`); nil leaves the inherited bound.
    ///
    /// Address space is more than memory in use; a runtime that reserves generously needs room.
    public var memory: UInt64?

    /// Bounds; those left out are inherited.
    public init(openFiles: UInt64? = nil, memory: UInt64? = nil) {
        self.openFiles = openFiles
        self.memory = memory
    }
}
