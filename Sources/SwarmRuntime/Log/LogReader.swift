import Glibc

/// Reads the coordinator's log files line by line, across rotations.
///
/// Two uses: ``next()`` until it gives nil reads what is there; calling it again later gives what
/// has come since, also when the file was rotated or a new coordinator writes it. Lines that cannot
/// be read, such as one torn by a power cut, are skipped and counted.
public struct LogReader: ~Copyable {
    private let directory: String
    /// The file at hand; -1 between two files.
    private var descriptor: Int32 = -1
    /// The number the file at hand has, or will get when it is full.
    private var number: Int
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
        guard fromEnd else {
            number = LogFiles.first(in: directory, since: query.since)
            return
        }
        number = (LogFiles.numbers(in: directory).last ?? 0) + 1
        if open() { lseek(descriptor, 0, SEEK_END) }
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
        if descriptor < 0 { return open() }
        // Asked before reading: once a file has its number nothing is added to it, so its end, read
        // after that, is the end.
        let isFull = hasBeenFollowed
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        if count < 0 { return errno == EINTR }
        if count > 0 {
            take(count)
            return true
        }
        guard isFull else { return false }
        close(descriptor)
        descriptor = -1
        number += 1
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

    /// Whether nothing is added to the file at hand any more: it has its number, or, should someone
    /// have removed old files and so made numbers begin again, another file took its place.
    private var hasBeenFollowed: Bool {
        if LogFiles.numbers(in: directory).contains(where: { $0 >= number }) { return true }
        var (own, current) = (stat(), stat())
        return fstat(descriptor, &own) == 0
            && stat(LogFiles.current(in: directory), &current) == 0
            && own.st_ino != current.st_ino
    }

    /// Opens the file of this number, or the first after it if that is gone; whether there is one.
    private mutating func open() -> Bool {
        while true {
            if open(LogFiles.full(number, in: directory)) { return true }
            // It must be the one that is written to, unless that got its number meanwhile.
            let isOpen = open(LogFiles.current(in: directory))
            guard let later = LogFiles.numbers(in: directory).first(where: { $0 >= number }) else {
                return isOpen
            }
            number = later
            if isOpen { close(descriptor) }
            descriptor = -1
        }
    }

    private mutating func open(_ path: String) -> Bool {
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        return descriptor >= 0
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
