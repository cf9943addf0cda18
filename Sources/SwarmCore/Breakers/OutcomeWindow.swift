import DequeModule
import SwarmModel

/// How many calls there were, and how many of them failed or were slow.
public struct OutcomeTally: Hashable, Sendable {
    /// All of them; a call that was slow and failed is one call.
    public var calls = 0
    /// Those that failed.
    public var failures = 0
    /// Those that were slow, failed or not.
    public var slow = 0

    /// None yet.
    public init() {}

    mutating func add(isFailure: Bool, isSlow: Bool) {
        calls += 1
        if isFailure { failures += 1 }
        if isSlow { slow += 1 }
    }
}

/// The calls a closed breaker looks at.
///
/// Made for many breakers of which nearly all are healthy: what went well takes no memory in a
/// window of calls, and at most an entry a second in one of time.
enum OutcomeWindow: Hashable, Sendable {
    case calls(CallWindow)
    case seconds(SecondWindow)

    init(_ settings: CircuitBreaker.Settings) {
        switch settings.window {
        case .calls(let size): self = .calls(CallWindow(size: size))
        case .seconds(let size):
            self = .seconds(SecondWindow(size: size, countsAll: settings.looksAtRates))
        }
    }

    var tally: OutcomeTally {
        switch self {
        case .calls(let window): window.tally
        case .seconds(let window): window.tally
        }
    }

    mutating func add(isFailure: Bool, isSlow: Bool, at now: Instant) {
        switch self {
        case .calls(var window):
            // Emptied while it is changed, so that its storage has one owner and is not copied.
            self = .calls(CallWindow(size: 0))
            window.add(isFailure: isFailure, isSlow: isSlow)
            self = .calls(window)
        case .seconds(var window):
            self = .calls(CallWindow(size: 0))
            window.add(isFailure: isFailure, isSlow: isSlow, at: now)
            self = .seconds(window)
        }
    }

    mutating func removeAll() {
        switch self {
        case .calls(let window): self = .calls(CallWindow(size: window.size))
        case .seconds(let window):
            self = .seconds(SecondWindow(size: window.size, countsAll: window.countsAll))
        }
    }
}

/// The last so many calls, of which only the failed and the slow ones are kept.
struct CallWindow: Hashable, Sendable {
    /// A call that failed or was slow, and the how manieth it was.
    private struct Mark: Hashable, Sendable {
        var number: Int
        var isFailure: Bool
        var isSlow: Bool
    }

    let size: Int
    /// All calls since the window was empty.
    private var total = 0
    private var marks: Deque<Mark> = []
    private var failures = 0
    private var slow = 0

    init(size: Int) { self.size = size }

    var tally: OutcomeTally {
        var tally = OutcomeTally()
        tally.calls = min(total, size)
        tally.failures = failures
        tally.slow = slow
        return tally
    }

    mutating func add(isFailure: Bool, isSlow: Bool) {
        total += 1
        if let oldest = marks.first, oldest.number <= total - size {
            marks.removeFirst()
            if oldest.isFailure { failures -= 1 }
            if oldest.isSlow { slow -= 1 }
        }
        guard isFailure || isSlow else { return }
        marks.append(Mark(number: total, isFailure: isFailure, isSlow: isSlow))
        if isFailure { failures += 1 }
        if isSlow { slow += 1 }
    }
}

/// The calls of the last so many seconds, in buckets of a whole second of the clock.
///
/// A call reported at 0.9 s is in the bucket of second 0. With a window of 10 seconds it is looked
/// at until 9.999 s, and no longer at 10 s. So a window is between `size - 1` and `size` seconds
/// long, for one number a second instead of one a call. The same as in resilience4j.
struct SecondWindow: Hashable, Sendable {
    private struct Bucket: Hashable, Sendable {
        var second: Int64
        var tally: OutcomeTally
    }

    let size: Int
    /// Whether calls that went well are counted.
    let countsAll: Bool
    /// Seconds in which something was counted, in order; none is older than the window.
    private var buckets: Deque<Bucket> = []
    private(set) var tally = OutcomeTally()

    init(size: Int, countsAll: Bool) {
        self.size = size
        self.countsAll = countsAll
    }

    mutating func add(isFailure: Bool, isSlow: Bool, at now: Instant) {
        guard isFailure || countsAll else { return }
        let second = max(Self.second(of: now), buckets.last?.second ?? .min)
        while let oldest = buckets.first, oldest.second <= second - Int64(size) {
            tally.calls -= oldest.tally.calls
            tally.failures -= oldest.tally.failures
            tally.slow -= oldest.tally.slow
            buckets.removeFirst()
        }
        if buckets.last?.second != second {
            buckets.append(Bucket(second: second, tally: OutcomeTally()))
        }
        buckets[buckets.count - 1].tally.add(isFailure: isFailure, isSlow: isSlow)
        tally.add(isFailure: isFailure, isSlow: isSlow)
    }

    /// The second of the clock a moment is in, also before 1970.
    private static func second(of now: Instant) -> Int64 {
        let (second, rest) = now.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest < 0 ? second - 1 : second
    }
}
