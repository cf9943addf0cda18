import Glibc
public import SwarmModel
import ZeroMQ

/// Wall-clock moments that advance with the monotonic clock.
///
/// Anchored once, so a jump of the wall clock moves no timer; anchored no earlier than the last
/// journaled moment, so journal time never goes back over a restart.
struct CoordinatorClock: Sendable {
    private let anchor: Instant
    private let monotonicAnchor: UInt64

    init(notBefore last: Instant?) {
        let wall = Instant.wallClock()
        anchor = max(wall, last ?? wall)
        monotonicAnchor = MonotonicClock.now
    }

    /// The present moment.
    var now: Instant {
        Instant(
            microseconds: anchor.microseconds + Int64((MonotonicClock.now - monotonicAnchor) / 1000)
        )
    }

    /// The monotonic nanosecond at which this clock shows `instant`, rounded up.
    ///
    /// So a timer that is set for it never fires early.
    func monotonic(_ instant: Instant) -> UInt64 {
        let ahead = instant.microseconds - anchor.microseconds
        guard ahead > 0 else { return monotonicAnchor }
        let (product, overflow) = UInt64(ahead).multipliedReportingOverflow(by: 1000)
        return overflow ? .max : monotonicAnchor &+ product &+ 1000
    }
}

extension Instant {
    /// The present moment as the wall clock shows it, for lines of the log without a record.
    public static func wallClock() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(
            microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        )
    }
}
