import CSwarmSystem
import Glibc

/// The reading end of one capture file.
///
/// Owns its descriptor; ``close()`` must be called exactly once.
struct CapturedStream {
    /// How much unread output is kept; beyond it reading jumps ahead and counts what it left out.
    static let backlogLimit: UInt64 = 16 << 20
    /// Where reading goes on after a jump: this much before the end.
    static let resumeDistance: UInt64 = 1 << 20
    /// What stays in the file after it has been read.
    static let tailLength: UInt64 = 64 << 10
    /// Blocks are given back in steps of at least this much.
    private static let punchStep: UInt64 = 1 << 20
    /// The file system's block size is a divisor of this wherever holes can be punched.
    private static let alignment: UInt64 = 64 << 10

    let stream: OutputStream
    let descriptor: Int32
    /// Up to here the bytes have been read.
    private(set) var offset: UInt64
    private(set) var splitter: LineSplitter
    /// Bytes jumped over since the last ``takeDroppedBytes()``.
    private var droppedBytes: UInt64 = 0
    private var punched: UInt64 = 0

    init(_ stream: OutputStream, path: String, at offset: UInt64) throws(LaunchError) {
        self.stream = stream
        self.offset = offset
        splitter = LineSplitter(limit: ProcessLauncher.lineLimit)
        descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .output(path, errno: errno) }
    }

    func close() { Glibc.close(descriptor) }

    /// Where a reader that takes over must begin so that no line is lost: the beginning of the line
    /// whose end has not come yet.
    var resumePosition: UInt64 { offset - UInt64(splitter.partial.count) }

    /// The bytes in the file, read or not.
    var size: UInt64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? UInt64(max(0, status.st_size)) : 0
    }

    /// Reads at most `budget` bytes and hands over the lines in them; whether there is more.
    mutating func read(
        into buffer: UnsafeMutableRawBufferPointer,
        budget: Int,
        line: (_ bytes: UnsafeRawBufferPointer, _ isTruncated: Bool) -> Void
    ) -> Bool {
        let size = size
        if size < offset {
            // The program truncated its own output, as `> /dev/stdout` in a shell does.
            offset = 0
            punched = 0
            splitter.finish(line: line)
        } else if size - offset > CapturedStream.backlogLimit {
            let target = size - CapturedStream.resumeDistance
            droppedBytes += target - offset
            offset = target
            splitter.skipToNextLine()
            giveBack(upTo: target)
        }
        var left = budget
        while left > 0 {
            let count = pread(
                descriptor,
                buffer.baseAddress,
                min(left, buffer.count),
                off_t(offset)
            )
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            offset += UInt64(count)
            left -= count
            splitter.consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]), line: line)
        }
        return true
    }

    /// Hands over a last line without an end; called when the process has ended.
    mutating func finish(line: (_ bytes: UnsafeRawBufferPointer, _ isTruncated: Bool) -> Void) {
        splitter.finish(line: line)
    }

    /// The bytes jumped over since the last call.
    mutating func takeDroppedBytes() -> UInt64 {
        defer { droppedBytes = 0 }
        return droppedBytes
    }

    /// Frees the blocks before `position`, except for the tail; rounded, and not for small amounts.
    mutating func giveBack(upTo position: UInt64) {
        guard position > CapturedStream.tailLength else { return }
        let end =
            (position - CapturedStream.tailLength) / CapturedStream.alignment
            * CapturedStream.alignment
        guard end >= punched + CapturedStream.punchStep else { return }
        // A file system that cannot punch holes keeps the bytes until the file is removed.
        _ = swarm_punch_hole(descriptor, Int64(punched), Int64(end - punched))
        punched = end
    }

    /// The last 64 KiB of the file.
    func tail() -> [UInt8] {
        let size = size
        let start = size - min(size, CapturedStream.tailLength)
        return [UInt8](unsafeUninitializedCapacity: Int(size - start)) { buffer, count in
            while count < buffer.count, let base = buffer.baseAddress {
                let got = pread(
                    descriptor,
                    base + count,
                    buffer.count - count,
                    off_t(start) + off_t(count)
                )
                if got < 0, errno == EINTR { continue }
                if got <= 0 { return }
                count += got
            }
        }
    }
}
