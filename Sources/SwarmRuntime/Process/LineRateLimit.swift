/// How many lines of one worker go on to the log: a bucket of permits that refills steadily.
///
/// Lines over the limit are dropped and counted, never queued: a worker that floods its output
/// must cost a bounded amount, and the count says that it did.
struct LineRateLimit {
    /// Permits that come back each second, and the most that gather.
    let perSecond: Int
    private var permits: Double
    private var refilledAt: UInt64
    /// Lines dropped since the last ``takeDropped()``.
    private(set) var dropped = 0

    /// A bucket that starts with `initial` permits; `now` in nanoseconds of a monotonic clock.
    init(perSecond: Int, initial: Int? = nil, now: UInt64) {
        self.perSecond = perSecond
        permits = Double(initial ?? perSecond)
        refilledAt = now
    }

    /// Gives back what the time since the last call earned.
    mutating func refill(now: UInt64) {
        guard now > refilledAt else { return }
        let earned = Double(now - refilledAt) / 1e9 * Double(perSecond)
        // A bucket that started fuller than its steady size keeps that until it is used up.
        permits = max(permits, min(permits + earned, Double(perSecond)))
        refilledAt = now
    }

    /// Whether one more line may pass; counts it as dropped if not.
    mutating func admit() -> Bool {
        guard permits >= 1 else {
            dropped += 1
            return false
        }
        permits -= 1
        return true
    }

    /// The number of lines dropped since the last call.
    mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }
}
