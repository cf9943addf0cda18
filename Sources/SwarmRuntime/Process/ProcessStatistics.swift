import Glibc
public import SwarmCore

/// What the kernel says about a process in `/proc/PID/stat`.
struct ProcessStatistics: Hashable {
    /// `R`, `S`, `T`, `Z` and so on.
    var state: UInt8
    /// The process group.
    var group: pid_t
    /// Clock ticks from the machine's start to the process's.
    var startTime: UInt64

    /// Whether the process has ended and only waits for its parent to notice.
    var hasEnded: Bool { state == UInt8(ascii: "Z") || state == UInt8(ascii: "X") }

    /// Asks the kernel; nil when there is no such process.
    init?(of pid: pid_t) {
        guard let text = SmallFile.read("/proc/\(pid)/stat", limit: 4096) else { return nil }
        self.init(text)
    }

    /// Reads the line; the name in its second field may hold spaces and parentheses itself, so
    /// fields are counted from the last parenthesis.
    init?(_ text: [UInt8]) {
        guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = text[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, let state = fields[0].first,
            let group = pid_t(String(decoding: fields[2], as: UTF8.self)),
            let startTime = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        self.state = state
        self.group = group
        self.startTime = startTime
    }
}

extension ProcessIdentity {
    /// The process with this number now; nil when there is none.
    public init?(running pid: Int32) {
        guard let statistics = ProcessStatistics(of: pid) else { return nil }
        self.init(pid: pid, startTime: statistics.startTime)
    }

    /// Whether this very process still runs: its number is not enough, numbers are used again.
    public var isAlive: Bool {
        guard let statistics = ProcessStatistics(of: pid) else { return false }
        return statistics.startTime == startTime && !statistics.hasEnded
    }
}

/// Whole reads of files the kernel makes up, and of our own small ones.
enum SmallFile {
    /// The first `limit` bytes; nil when the file cannot be read.
    static func read(_ path: String, limit: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            while count < limit, let start = buffer.baseAddress {
                let got = Glibc.read(descriptor, start + count, limit - count)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failed = true }
                if got <= 0 { return }
                count += got
            }
        }
        return failed ? nil : bytes
    }
}
