import SwarmModel
import ZeroMQ

/// When to look at the silence of workers next, and whether we looked in time.
struct LivenessWatch {
    private var interval: UInt64 = 0
    /// Monotonic nanoseconds of the next look; nil while there is nobody to watch.
    private(set) var next: UInt64?

    /// Looks at least twice in each beat of this length from now on.
    mutating func watch(every beat: Duration) {
        let half = UInt64(max(beat.wholeNanoseconds / 2, 1_000_000))
        guard interval == 0 || half < interval else { return }
        interval = half
        arm(at: MonotonicClock.now)
    }

    /// How late the look comes, if so late that the workers' messages may still be unread.
    func overslept(at now: UInt64) -> UInt64? {
        guard let next, now > next, now - next > 2 * interval else { return nil }
        return now - next
    }

    mutating func arm(at now: UInt64) {
        guard interval > 0 else { return }
        next = now + interval
    }
}

/// At most so many answers to strangers in a second, so that a flood of them costs little.
struct ChallengeLimit {
    private var second: UInt64 = 0
    private var count = 0

    static let perSecond = 100

    mutating func admit(at now: UInt64) -> Bool {
        let present = now / 1_000_000_000
        if present != second {
            second = present
            count = 0
        }
        count += 1
        return count <= ChallengeLimit.perSecond
    }
}

extension Duration {
    /// The duration in nanoseconds, saturating.
    var wholeNanoseconds: Int64 {
        let (product, overflow) = wholeMicroseconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product
    }
}
