import Glibc
import SwarmModel

/// What one process writes, on its way to the log: both streams, their shared rate limit, and the
/// position a later coordinator would read on from.
///
/// The recorded position trails the reading by at least a second. What was read has then long left
/// the log's queue for its file, so a coordinator that is killed loses no line; its successor may
/// repeat those of the last second or two.
struct ProcessCapture {
    /// How long lines have been handed over before the position moves past them, in nanoseconds.
    static let confirmationDelay: UInt64 = 1_000_000_000
    /// How many bytes of each stream are read before others have their turn.
    static let turnBudget = 1 << 20

    private let files: CaptureFiles
    private var stdout: CapturedStream
    private var stderr: CapturedStream
    private var rate: LineRateLimit
    private let positionDescriptor: Int32
    private var recorded: CapturePosition
    private var dropsReportedAt: UInt64
    /// Read but not yet recorded, and since when.
    private var pending: (position: CapturePosition, since: UInt64)?

    /// Opens the capture files for reading: from their beginning for a new process, from the
    /// recorded position for an adopted one, which may also have more lines waiting.
    init(
        files: CaptureFiles,
        linesPerSecond limit: Int,
        isAdopted: Bool,
        now: UInt64
    ) throws(LaunchError) {
        self.files = files
        recorded = isAdopted ? CapturePosition(readFrom: files.positionPath) : CapturePosition()
        dropsReportedAt = now
        rate = LineRateLimit(perSecond: limit, initial: isAdopted ? 30 * limit : nil, now: now)
        stdout = try CapturedStream(
            .stdout,
            path: files.path(of: .stdout),
            at: recorded.stdout
        )
        do {
            stderr = try CapturedStream(
                .stderr,
                path: files.path(of: .stderr),
                at: recorded.stderr
            )
        } catch {
            stdout.close()
            throw error
        }
        positionDescriptor = open(files.positionPath, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if positionDescriptor < 0 {
            let number = errno
            stdout.close()
            stderr.close()
            throw .output(files.positionPath, errno: number)
        }
    }

    /// Closes the files; removes them, too, when the process has ended.
    func close(removing: Bool) {
        stdout.close()
        stderr.close()
        Glibc.close(positionDescriptor)
        if removing { files.remove() }
    }

    /// Reads a turn's worth of both streams; whether there is more.
    mutating func read(
        into buffer: UnsafeMutableRawBufferPointer,
        now: UInt64,
        lines: inout [OutputLine]
    ) -> Bool {
        rate.refill(now: now)
        let moreOut = read(.stdout, into: buffer, lines: &lines)
        let moreErr = read(.stderr, into: buffer, lines: &lines)
        if pending == nil, position != recorded { pending = (position, now) }
        return moreOut || moreErr
    }

    /// Hands over last lines without an end.
    mutating func finish(lines: inout [OutputLine]) {
        var rate = rate
        stdout.finish { ProcessCapture.take(.stdout, $0, $1, &rate, &lines) }
        stderr.finish { ProcessCapture.take(.stderr, $0, $1, &rate, &lines) }
        self.rate = rate
    }

    /// Records what was handed over long enough ago and frees its blocks; the nanoseconds until it
    /// wants to be called again, nil for not before more output comes.
    mutating func settle(now: UInt64) -> UInt64? {
        guard let waiting = pending else { return nil }
        let age = now - waiting.since
        guard age >= ProcessCapture.confirmationDelay else {
            return ProcessCapture.confirmationDelay - age
        }
        recorded = waiting.position
        recorded.write(to: positionDescriptor)
        stdout.giveBack(upTo: recorded.stdout)
        stderr.giveBack(upTo: recorded.stderr)
        pending = position == recorded ? nil : (position, now)
        return pending == nil ? nil : ProcessCapture.confirmationDelay
    }

    /// Lines over the limit since the last call.
    mutating func takeDroppedLines() -> Int { rate.takeDropped() }

    /// Puts what was left out into the batch, at most once a second; otherwise says in `delay` when
    /// to come back for it.
    mutating func reportDrops(now: UInt64, into batch: inout OutputBatch, delay: inout UInt64?) {
        batch.droppedBytes = takeDroppedBytes()
        guard rate.dropped > 0 else { return }
        let age = now - dropsReportedAt
        if age >= ProcessCapture.confirmationDelay {
            batch.droppedLines = takeDroppedLines()
            dropsReportedAt = now
        } else {
            let wait = ProcessCapture.confirmationDelay - age
            delay = min(delay ?? wait, wait)
        }
    }

    /// Bytes jumped over since the last call.
    mutating func takeDroppedBytes() -> UInt64 {
        stdout.takeDroppedBytes() + stderr.takeDroppedBytes()
    }

    /// The last 64 KiB of standard error.
    func stderrTail() -> [UInt8] { stderr.tail() }

    private var position: CapturePosition {
        CapturePosition(stdout: stdout.resumePosition, stderr: stderr.resumePosition)
    }

    private mutating func read(
        _ stream: OutputStream,
        into buffer: UnsafeMutableRawBufferPointer,
        lines: inout [OutputLine]
    ) -> Bool {
        var rate = rate
        defer { self.rate = rate }
        switch stream {
        case .stdout:
            return stdout.read(into: buffer, budget: ProcessCapture.turnBudget) {
                ProcessCapture.take(.stdout, $0, $1, &rate, &lines)
            }
        case .stderr:
            return stderr.read(into: buffer, budget: ProcessCapture.turnBudget) {
                ProcessCapture.take(.stderr, $0, $1, &rate, &lines)
            }
        }
    }

    private static func take(
        _ stream: OutputStream,
        _ bytes: UnsafeRawBufferPointer,
        _ isTruncated: Bool,
        _ rate: inout LineRateLimit,
        _ lines: inout [OutputLine]
    ) {
        guard rate.admit() else { return }
        lines.append(OutputLine(stream: stream, bytes: Array(bytes), isTruncated: isTruncated))
    }
}
