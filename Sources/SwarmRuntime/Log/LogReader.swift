import Glibc

/// Reads the coordinator's log files line by line, across rotations.
///
/// Two uses: ``next()`` until it gives nil reads what is there; calling it again later gives what
/// has come since, also when the file was rotated or a new coordinator writes it. Lines that cannot
/// be read, such as one torn by a power cut, are skipped and counted.
public struct LogReader: ~Copyable {
    private let directory: String
    /// Older files still to be read, the next one last.
    private var waiting: [String]
    private var descriptor: Int32 = -1
    private var inode: ino_t = 0
    private var isCurrent = false
    private var lines: [LogRecord] = []
    private var splitter = LineSplitter(limit: 4 << 20)
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    /// What every line of interest holds; others are passed over without being parsed.
    private let mark: LogMark?

    /// How many lines could not be read so far.
    public private(set) var unreadable = 0

    /// A reader from the oldest line on, or only of what comes from now on.
    ///
    /// - Parameters:
    ///   - directory: The folder of the log.
    ///   - fromEnd: Whether to leave out what is there already.
    ///   - query: A reader that is only asked for this may pass over what cannot be part of it.
    public init(directory: String, fromEnd: Bool = false, query: LogQuery = LogQuery()) {
        self.directory = directory
        mark = LogMark(of: query)
        waiting = fromEnd ? [] : LogFiles.older(in: directory, since: query.since).reversed()
        guard fromEnd else { return }
        openCurrent()
        if descriptor >= 0 { lseek(descriptor, 0, SEEK_END) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next record; nil when there is none for now.
    public mutating func next() -> LogRecord? {
        while lines.isEmpty {
            guard readMore() else { return nil }
        }
        return lines.removeLast()
    }

    /// Reads a piece of the file at hand or goes to the next; whether there may be more.
    private mutating func readMore() -> Bool {
        if descriptor < 0 { return openNext() }
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        if count < 0 { return errno == EINTR }
        guard count == 0 else {
            take(count)
            return true
        }
        // The end of this file. A file that was renamed is complete once its end is read after the
        // rename was seen, so look for the rename first and read once more.
        guard !isCurrent || hasBeenReplaced else { return false }
        let rest = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        if rest > 0 {
            take(rest)
            return true
        }
        close(descriptor)
        descriptor = -1
        if isCurrent { queueFilesAfterThis() }
        return true
    }

    private mutating func take(_ count: Int) {
        var found: [LogRecord] = []
        var bad = 0
        let mark = mark
        buffer.withUnsafeBytes { bytes in
            splitter.consume(UnsafeRawBufferPointer(rebasing: bytes[..<count])) { line, isCut in
                if let mark, !mark.occurs(in: line) { return }
                if !isCut, let record = try? LogRecord(jsonLine: line) {
                    found.append(record)
                } else if !line.isEmpty {
                    bad += 1
                }
            }
        }
        unreadable += bad
        lines = found.reversed()
    }

    private mutating func openNext() -> Bool {
        if let path = waiting.popLast() {
            isCurrent = false
            open(path)
            return true
        }
        return openCurrent()
    }

    @discardableResult
    private mutating func openCurrent() -> Bool {
        isCurrent = true
        return open(LogFiles.current(in: directory))
    }

    @discardableResult
    private mutating func open(_ path: String) -> Bool {
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return false }
        inode = status.st_ino
        return true
    }

    private var hasBeenReplaced: Bool {
        var status = stat()
        return stat(LogFiles.current(in: directory), &status) == 0 && status.st_ino != inode
    }

    /// More than one rotation may have happened: everything newer than this file comes next.
    private mutating func queueFilesAfterThis() {
        var newer: [String] = []
        for path in LogFiles.all(in: directory).dropLast().reversed() {
            var status = stat()
            if stat(path, &status) == 0, status.st_ino == inode { break }
            newer.append(path)
        }
        waiting = newer
    }
}

/// The lines a query selects, now and as they come; ends only when its task is cancelled.
///
/// It pulls: it reads only when asked, so a slow receiver costs no memory, and looks for new lines
/// ten times a second while there are none. It goes on across rotations and restarts of the
/// coordinator.
public struct LogFollower: AsyncSequence, Sendable {
    /// A line the query selected.
    public typealias Element = LogSelection

    private let directory: String
    private let query: LogQuery
    private let fromEnd: Bool

    /// Follows the log in this folder, from its oldest line or only from now on.
    public init(directory: String, query: LogQuery, fromEnd: Bool = false) {
        self.directory = directory
        self.query = query
        self.fromEnd = fromEnd
    }

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator {
        Iterator(LogCursor(directory: directory, query: query, fromEnd: fromEnd))
    }

    /// Reads on.
    public struct Iterator: AsyncIteratorProtocol {
        private let cursor: LogCursor

        init(_ cursor: LogCursor) { self.cursor = cursor }

        /// The next line; nil when the task was cancelled.
        public mutating func next() async -> LogSelection? {
            while !Task.isCancelled {
                if let selection = cursor.next() { return selection }
                try? await Task.sleep(for: .milliseconds(100))
            }
            return nil
        }
    }
}

/// A reader and a filter together.
public final class LogCursor {
    private var reader: LogReader
    private var filter: LogFilter
    private var selected: [LogSelection] = []

    /// A cursor at the oldest line, or at the end.
    public init(directory: String, query: LogQuery, fromEnd: Bool = false) {
        reader = LogReader(directory: directory, fromEnd: fromEnd, query: query)
        filter = LogFilter(query)
    }

    /// How many lines could not be read so far.
    public var unreadable: Int { reader.unreadable }

    /// The next selected line; nil when there is none for now.
    public func next() -> LogSelection? {
        while selected.isEmpty {
            guard let record = reader.next() else { return nil }
            selected = filter.take(record).reversed()
        }
        return selected.removeLast()
    }
}
