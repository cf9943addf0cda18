import Glibc
import SwarmModel

/// The writing end of the log's files; used by the log's thread alone.
struct LogFileWriter {
    /// How much is gathered before it is written.
    private static let chunkSize = 256 << 10

    private let configuration: LogFile.Configuration
    private var descriptor: Int32
    private var size: Int
    private var chunk: [UInt8] = []
    private var chunkCount = 0
    private var line: [UInt8] = []
    private var dropped = 0
    private var dropReason = ""

    init(_ configuration: LogFile.Configuration) throws(LogFileError) {
        self.configuration = configuration
        if mkdir(configuration.directory, 0o700) != 0, errno != EEXIST {
            throw LogFileError(configuration.directory, errno: errno)
        }
        let path = LogFiles.current(in: configuration.directory)
        guard let (descriptor, size) = LogFileWriter.open(path) else {
            throw LogFileError(path, errno: errno)
        }
        self.descriptor = descriptor
        self.size = size
    }

    func close() { Glibc.close(descriptor) }

    /// Remembers that lines are missing; the next write that works says so.
    mutating func noteDropped(_ count: Int, reason: String) {
        guard count > 0 else { return }
        dropped += count
        dropReason = reason
    }

    /// Writes the records; those the disk refuses are dropped and counted.
    mutating func write(_ records: [LogRecord]) {
        guard !records.isEmpty || dropped > 0 else { return }
        if dropped > 0, !writeNotice() {
            noteDropped(records.count, reason: dropReason)
            return
        }
        for record in records { add(record) }
        flush()
    }

    private mutating func add(_ record: LogRecord) {
        line.removeAll(keepingCapacity: true)
        record.writeJSONLine(to: &line)
        if size + chunk.count + line.count > configuration.fileSize, size + chunk.count > 0 {
            flush()
            rotate()
        }
        chunk.append(contentsOf: line)
        chunkCount += 1
        if chunk.count >= LogFileWriter.chunkSize { flush() }
    }

    /// Says how many lines are missing; whether that could be written.
    private mutating func writeNotice() -> Bool {
        let count = dropped
        dropped = 0
        add(
            LogRecord(
                .logDropped,
                at: LogFileWriter.now,
                message:
                    "\(count) lines are missing here because \(dropReason); nothing but the log"
                    + " is affected",
                fields: ["lines": .integer(Int64(count))],
                action: "df -h \(configuration.directory)"
            )
        )
        guard flush() else {
            dropped = count
            return false
        }
        return true
    }

    /// Hands the chunk to the system, whole lines or nothing; whether that worked.
    @discardableResult
    private mutating func flush() -> Bool {
        defer {
            chunk.removeAll(keepingCapacity: true)
            chunkCount = 0
        }
        var written = 0
        while written < chunk.count {
            let count = chunk.withUnsafeBytes { bytes in
                Glibc.write(
                    descriptor,
                    bytes.baseAddress.map { $0 + written },
                    bytes.count - written
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = count < 0 ? SystemError.text(errno) : "nothing more could be written"
                // Back to the end of the last whole line.
                _ = ftruncate(descriptor, off_t(size))
                noteDropped(chunkCount, reason: "the disk refused them (\(reason))")
                return false
            }
            written += count
        }
        size += chunk.count
        return true
    }

    /// Gives the full file its number, removes what is too old, and begins a new file; goes on with
    /// the old one if that fails, for a log that is too long is better than none.
    private mutating func rotate() {
        let directory = configuration.directory
        let number = (LogFiles.numbers(in: directory).last ?? 0) + 1
        guard
            rename(
                LogFiles.current(in: directory),
                LogFiles.full(number, in: directory)
            ) == 0
        else { return }
        for old in LogFiles.numbers(in: directory) where old <= number - fullFileCount {
            unlink(LogFiles.full(old, in: directory))
        }
        guard let (next, size) = LogFileWriter.open(LogFiles.current(in: directory)) else { return }
        Glibc.close(descriptor)
        descriptor = next
        self.size = size
        let notice = LogRecord(
            .logRotated,
            at: LogFileWriter.now,
            message: "a new file begins; the log goes on here"
        )
        guard notice.level >= configuration.level else { return }
        notice.writeJSONLine(to: &chunk)
    }

    /// How many files there may be beside the one that is written to.
    private var fullFileCount: Int { max(1, configuration.fileCount - 1) }

    /// Opens a file for appending; one that ends within a line, as after a power cut, gets that
    /// line's end first.
    private static func open(_ path: String) -> (descriptor: Int32, size: Int)? {
        let descriptor = Glibc.open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        var size = Int(status.st_size)
        var last: UInt8 = 0x0A
        if size > 0, pread(descriptor, &last, 1, off_t(size - 1)) == 1, last != 0x0A {
            var newline: UInt8 = 0x0A
            if Glibc.write(descriptor, &newline, 1) == 1 { size += 1 }
        }
        return (descriptor, size)
    }

    private static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(
            microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        )
    }
}
