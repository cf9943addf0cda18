import CSwarmSystem
import Glibc
import Synchronization

/// The coordinator's log: JSON Lines in `coordinator.jsonl`, in files of bounded size.
///
/// Whoever logs only puts a record into a queue; encoding and writing happen on a thread of the
/// log's own, so the coordinator's thread never waits for a disk. The queue is bounded, and a disk
/// that is full or too slow costs lines, not the swarm: they are counted, and as soon as writing
/// works again a line says how many are missing and why. ``close()`` must be called in the end.
public final class LogFile: Sendable {
    /// Where a log lies and how much of it is kept.
    public struct Configuration: Hashable, Sendable {
        /// The folder; made if its parent exists.
        public var directory: String
        /// Records below this level are not kept.
        public var level: LogLevel
        /// The most bytes of one file.
        public var fileSize: Int
        /// The most files, the current one included; at least two.
        public var fileCount: Int
        /// The most records that wait to be written.
        public var queueLimit: Int

        /// A log in this folder.
        public init(
            directory: String,
            level: LogLevel = .info,
            fileSize: Int = 64 << 20,
            fileCount: Int = 5,
            queueLimit: Int = 16_384
        ) {
            self.directory = directory
            self.level = level
            self.fileSize = fileSize
            self.fileCount = fileCount
            self.queueLimit = queueLimit
        }
    }

    /// What takes records as they are written; ``LogFile/remove(_:)`` ends it.
    public struct Observation: Hashable, Sendable {
        fileprivate let number: Int
    }

    private struct Shared {
        var queue: [LogRecord] = []
        var dropped = 0
        var isClosing = false
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var observers: [(Observation, @Sendable ([LogRecord]) -> Void)] = []
        var observations = 0
    }

    private let shared = Mutex(Shared())
    private let counter: Int32
    private let configuration: Configuration

    /// Opens the log and starts its thread.
    ///
    /// - Throws: ``LogFileError`` when the folder cannot be made or the file not be opened.
    public init(_ configuration: Configuration) throws(LogFileError) {
        self.configuration = configuration
        let writer = try LogFileWriter(configuration)
        counter = swarm_counter(1)
        guard counter >= 0 else {
            writer.close()
            throw LogFileError(configuration.directory, errno: errno)
        }
        guard SystemThread.start(name: "log", { [self] in run(writer) }) else {
            writer.close()
            throw LogFileError(configuration.directory, errno: EAGAIN)
        }
    }

    /// Not earlier: whoever logs may still be about to wake the thread, and a number that was given
    /// back could by then be another's descriptor.
    deinit { Glibc.close(counter) }

    /// Whether records of this level are kept; asked before making one that is costly to make.
    public func keeps(_ level: LogLevel) -> Bool { level >= configuration.level }

    /// Puts a record into the queue, or drops and counts it when the queue is full.
    ///
    /// Never waits. After ``close()`` it does nothing.
    public func append(_ record: LogRecord) { append(contentsOf: CollectionOfOne(record)) }

    /// Puts several records into the queue at once, under the same rule as one; those below the
    /// level, or that of the log, are left out.
    public func append(contentsOf records: some Collection<LogRecord>, from level: LogLevel? = nil)
    {
        let least = level ?? configuration.level
        let wakes = shared.withLock { shared in
            guard !shared.isClosing else { return false }
            let wasEmpty = shared.queue.isEmpty
            for record in records where record.level >= least {
                if shared.queue.count < configuration.queueLimit {
                    shared.queue.append(record)
                } else {
                    shared.dropped += 1
                }
            }
            return wasEmpty && !shared.queue.isEmpty
        }
        if wakes { wake() }
    }

    /// Returns once everything logged so far has been handed to the system.
    public func flush() async {
        await withCheckedContinuation { continuation in
            let hasEnded = shared.withLock { shared in
                if !shared.hasEnded { shared.waiting.append(continuation) }
                return shared.hasEnded
            }
            if hasEnded { continuation.resume() } else { wake() }
        }
    }

    /// Writes what is in the queue and ends; nothing is taken any more.
    public func close() async {
        shared.withLock { $0.isClosing = true }
        await flush()
    }

    /// Calls `body` with each batch of records, in order, after it was written; on the log's own
    /// thread, so it must be quick and not wait.
    public func observe(_ body: @escaping @Sendable ([LogRecord]) -> Void) -> Observation {
        shared.withLock { shared in
            shared.observations += 1
            let observation = Observation(number: shared.observations)
            shared.observers.append((observation, body))
            return observation
        }
    }

    /// Ends an observation; a batch under way may still arrive.
    public func remove(_ observation: Observation) {
        shared.withLock { $0.observers.removeAll { $0.0 == observation } }
    }

    private func wake() {
        var one: UInt64 = 1
        write(counter, &one, 8)
    }

    // MARK: - The thread

    private func run(_ initial: LogFileWriter) {
        var writer = initial
        while true {
            var count: UInt64 = 0
            read(counter, &count, 8)
            var isClosing = false
            repeat {
                let (records, dropped, waiting, observers) = shared.withLock { shared in
                    defer {
                        shared.queue = []
                        shared.dropped = 0
                        shared.waiting = []
                    }
                    isClosing = shared.isClosing
                    return (shared.queue, shared.dropped, shared.waiting, shared.observers)
                }
                writer.write(records)
                if dropped > 0 {
                    writer.noteDropped(dropped, reason: "the queue of the log was full")
                    writer.write([])
                }
                if !records.isEmpty {
                    for (_, body) in observers { body(records) }
                }
                for continuation in waiting { continuation.resume() }
            } while hasWork
            if isClosing, endIfIdle() { break }
        }
        writer.close()
    }

    private var hasWork: Bool { shared.withLock { !$0.queue.isEmpty || !$0.waiting.isEmpty } }

    /// Whether nothing came in since the last look, after which nothing will.
    private func endIfIdle() -> Bool {
        shared.withLock { shared in
            guard shared.queue.isEmpty, shared.waiting.isEmpty else { return false }
            shared.hasEnded = true
            return true
        }
    }
}

/// Why a log cannot be opened.
public struct LogFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened, with the path it happened to.
    public var message: String
    /// What to do about it.
    public var hint: String
    /// The system's number of it.
    public var errno: Int32

    init(_ path: String, errno number: Int32) {
        errno = number
        message = "cannot open the log \(path): \(SystemError.text(number))"
        hint = "the state directory must be writable and have room"
    }

    /// The message and what to do about it, in one line.
    public var description: String { "\(message); \(hint)" }
}
