public import SwarmCore
public import SwarmModel

/// The end of a worker process and what is left of it.
public struct ProcessExit: Sendable {
    /// Whose process it was.
    public var worker: WorkerID
    /// Which of its processes.
    public var incarnation: Incarnation
    /// Its number and start time.
    public var identity: ProcessIdentity
    /// How it ended; ``SwarmModel/ExitStatus/unknown`` for an adopted one, whose parent had died.
    public var status: ExitStatus
    /// The last 64 KiB it wrote to its standard error, for the event that reports the exit.
    public var stderrTail: [UInt8]
    /// What it consumed; nil for an adopted process, which only its parent could have asked for.
    public var usage: ResourceUsage?

    /// The end of a process.
    public init(
        worker: WorkerID,
        incarnation: Incarnation,
        identity: ProcessIdentity,
        status: ExitStatus,
        stderrTail: [UInt8] = [],
        usage: ResourceUsage? = nil
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.identity = identity
        self.status = status
        self.stderrTail = stderrTail
        self.usage = usage
    }
}

/// What a process and the children it waited for consumed.
public struct ResourceUsage: Hashable, Sendable {
    /// Processor time spent in the program.
    public var userTime: Duration
    /// Processor time the kernel spent on its behalf.
    public var systemTime: Duration
    /// The most memory it ever held, in bytes.
    public var peakMemory: Int
}

/// Which of the two outputs of a process a line came from.
public enum OutputStream: String, Hashable, Sendable, CaseIterable {
    /// Standard output.
    case stdout
    /// Standard error; no sign of an error by itself, many programs log there.
    case stderr
}

/// One line a worker wrote.
public struct OutputLine: Hashable, Sendable {
    /// Where it wrote it.
    public var stream: OutputStream
    /// The bytes without the line's end; not always valid UTF-8.
    public var bytes: [UInt8]
    /// Whether the line went on beyond ``ProcessLauncher/lineLimit`` and was cut there.
    public var isTruncated: Bool

    /// A line.
    public init(stream: OutputStream, bytes: [UInt8], isTruncated: Bool = false) {
        self.stream = stream
        self.bytes = bytes
        self.isTruncated = isTruncated
    }
}

/// Lines one worker wrote, and how many more of its lines are not there.
public struct OutputBatch: Sendable {
    /// Who wrote them.
    public var worker: WorkerID
    /// Which of its processes.
    public var incarnation: Incarnation
    /// The lines, in order within each stream.
    public var lines: [OutputLine]
    /// Lines left out since the last batch because they came faster than the limit.
    public var droppedLines: Int
    /// Bytes left out unread since the last batch: the worker wrote faster than anyone reads.
    public var droppedBytes: UInt64

    /// Lines of one process.
    public init(
        worker: WorkerID,
        incarnation: Incarnation,
        lines: [OutputLine],
        droppedLines: Int = 0,
        droppedBytes: UInt64 = 0
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.lines = lines
        self.droppedLines = droppedLines
        self.droppedBytes = droppedBytes
    }
}
