/// A moment of the coordinator's clock: microseconds since the Unix epoch.
///
/// The shell anchors this clock to the wall clock once, at start, and from then on advances it by
/// the monotonic clock, so it never goes back while a coordinator lives and a jump of the wall
/// clock neither fires nor delays a timer.
public struct Instant: Hashable, Sendable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64

    /// The moment this many microseconds after the Unix epoch.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whether the first is earlier.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The moment `duration` later; sub-microsecond parts are dropped, overflow saturates.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.microseconds
            .addingReportingOverflow(duration.wholeMicroseconds)
        return Instant(microseconds: overflow ? .max : sum)
    }

    /// The time from `earlier` to `later`; negative when they are the wrong way round.
    public static func - (later: Instant, earlier: Instant) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }
}

extension Duration {
    /// The duration in microseconds, rounded towards zero, saturating at the ends of `Int64`.
    public var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        return scaled &+ attoseconds / 1_000_000_000_000
    }

    /// The duration in milliseconds, rounded towards zero.
    public var wholeMilliseconds: Int64 { wholeMicroseconds / 1000 }
}
