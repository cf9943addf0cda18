/// The moments the socket thread waits for, as monotonic nanoseconds.
struct Timers {
    /// Connect again.
    var reconnect: UInt64?
    /// Beat, and see whether the coordinator still does.
    var beat: UInt64?
    /// Tell of starts whose results did not follow at once.
    var starts: UInt64?
    /// Send again what found the queue full.
    var resend: UInt64?
    /// Give back what should have been let begin by now.
    var go: UInt64?
    /// Give up draining.
    var drain: UInt64?
    /// Give up waiting for any coordinator.
    var orphan: UInt64?

    /// The earliest of them.
    var next: UInt64? {
        var earliest = UInt64.max
        for moment in [reconnect, beat, starts, resend, go, drain, orphan] {
            if let moment, moment < earliest { earliest = moment }
        }
        return earliest == .max ? nil : earliest
    }
}

extension Optional<UInt64> {
    /// Whether the moment has come; it is then cleared.
    mutating func isDue(at now: UInt64) -> Bool {
        guard let moment = self, moment <= now else { return false }
        self = nil
        return true
    }
}

extension Duration {
    /// Whole nanoseconds, from 0, saturating.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (scaled, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : scaled &+ UInt64(attoseconds) / 1_000_000_000
    }
}
