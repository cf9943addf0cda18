import Glibc

/// The clock of a ``SocketThread``'s deadlines: nanoseconds since the machine started.
///
/// It stands still while the machine sleeps and never jumps.
public enum MonotonicClock {
    /// Nanoseconds now.
    public static var now: UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
