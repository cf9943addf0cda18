/// How long to wait before the next try: exponential, capped, jittered.
public struct Backoff: Hashable, Sendable {
    /// The wait before the second try.
    public var initial: Duration
    /// What each further wait is multiplied by; at least 1.
    public var factor: Double
    /// The longest wait.
    public var maximum: Duration
    /// The share of a wait that is left to chance, from 0 to 1: added or taken away before a
    /// restart, only taken away before a retry.
    public var jitter: Double

    /// A backoff with the defaults of a retried call: 200 ms, doubling, at most 10 s, full
    /// jitter.
    public init(
        initial: Duration = .milliseconds(200),
        factor: Double = 2,
        maximum: Duration = .seconds(10),
        jitter: Double = 1
    ) {
        self.initial = initial
        self.factor = factor
        self.maximum = maximum
        self.jitter = jitter
    }

    /// The wait after `failures` failures in a row (from 1), before jitter.
    ///
    /// Pure and total: absurd numbers give ``maximum``, never a trap.
    public func delay(afterFailures failures: Int) -> Duration {
        let limit = Double(maximum.wholeMicroseconds)
        var wait = Double(initial.wholeMicroseconds)
        var remaining = max(failures, 1) - 1
        while remaining > 0, wait < limit, factor > 1 {
            wait *= factor
            remaining -= 1
        }
        return .microseconds(Int64(min(wait, limit)))
    }

    /// The same wait with chance applied on both sides, as before a restart.
    ///
    /// `chance` is drawn evenly from 0 to 1 by the caller.
    /// The result lies within `jitter` of the plain wait and never above ``maximum``.
    public func delay(afterFailures failures: Int, chance: Double) -> Duration {
        let plain = Double(delay(afterFailures: failures).wholeMicroseconds)
        let spread = 1 + jitter * (2 * chance - 1)
        let limit = Double(maximum.wholeMicroseconds)
        return .microseconds(Int64(max(0, min(plain * spread, limit))))
    }
}
