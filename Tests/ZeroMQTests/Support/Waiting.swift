import Glibc
import ZeroMQ

/// What a bounded wait throws when nothing came.
struct WaitedInVain: Error, CustomStringConvertible {
    var description: String
}

/// Asks again every millisecond until there is an answer, for at most this many seconds.
func wait<R>(seconds: Int = 60, for what: String, _ body: () throws -> R?) throws -> R {
    let end = MonotonicClock.now + UInt64(seconds) * 1_000_000_000
    while true {
        if let answer = try body() { return answer }
        guard MonotonicClock.now < end else { throw WaitedInVain(description: what) }
        usleep(1000)
    }
}

extension Socket {
    /// The frames of the next message.
    func nextFrames() throws -> [[UInt8]] {
        try wait(for: "a message") { try receive { $0.allFrames } }
    }
}
