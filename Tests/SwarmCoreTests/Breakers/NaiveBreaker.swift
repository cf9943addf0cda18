/// A second breaker, written to be obviously right rather than fast, for comparison.
///
/// It keeps everything that ever happened, in lists, and works every answer out anew by counting
/// through them. Times are milliseconds. It shares no code with the real one.
struct NaiveBreaker {
    struct Config {
        var countsCalls = true
        var size = 1
        var min = 1
        var failPercent: Double?
        var slowPercent: Double?
        var slowMs = 0
        var waitMs = 0
        var waitMaxMs: Int?
        var backoff = 1
        var permits = 1
        var probeMs: Int?
    }

    /// One life between two changes of state, with all that happened in it.
    private struct Era {
        var state: String
        var began: Int
        var admissions: [(call: Int, time: Int)] = []
        /// Calls of this era that reported in it, overdue ones included.
        var reports: [(call: Int, time: Int, kind: String, duration: Int)] = []
    }

    let config: Config
    private var eras = [Era(state: "closed", began: 0)]

    init(_ config: Config) { self.config = config }

    var state: String { eras[eras.count - 1].state }

    mutating func play(_ op: String, call: Int, duration: Int, at now: Int) -> String {
        giveUpOverdueProbes(now)
        switch op {
        case "admit":
            endWait(now)
            return admit(call, now)
        case "tick":
            endWait(now)
        case "force_open":
            if state != "forced_open" { enter("forced_open", now) }
        case "release":
            if state == "forced_open" { enter("closed", now) }
        case "disable":
            if state != "forced_open" && state != "disabled" { enter("disabled", now) }
        case "enable":
            if state == "disabled" { enter("closed", now) }
        default:
            return report(op, call, duration, now)
        }
        return "done"
    }

    // MARK: The present era, counted through

    private var here: Int { eras.count - 1 }

    private var counted: [(call: Int, time: Int, kind: String, duration: Int)] {
        eras[here].reports.filter { $0.kind == "ok" || $0.kind == "fail" }
    }

    private var underWay: [(call: Int, time: Int)] {
        eras[here].admissions.filter { admission in
            !eras[here].reports.contains { $0.call == admission.call }
        }
    }

    private func exceeds(_ calls: [(call: Int, time: Int, kind: String, duration: Int)]) -> Bool {
        let failed = calls.filter { $0.kind == "fail" }.count
        let slow = calls.filter { $0.duration > config.slowMs }.count
        if let limit = config.failPercent, Double(failed) * 100 / Double(calls.count) >= limit {
            return true
        }
        if let limit = config.slowPercent, Double(slow) * 100 / Double(calls.count) >= limit {
            return true
        }
        return false
    }

    /// How long to wait: counted back through the eras to the last one that was no trial.
    private func wait() -> Int {
        var earlier = 0
        for era in eras.dropLast().reversed() {
            if era.state == "open" { earlier += 1 }
            if era.state != "open" && era.state != "half_open" { break }
        }
        var wait = config.waitMs
        for _ in 0..<earlier { wait *= config.backoff }
        return min(wait, config.waitMaxMs ?? wait)
    }

    // MARK: What happens

    private mutating func enter(_ state: String, _ now: Int) {
        eras.append(Era(state: state, began: now))
    }

    private mutating func endWait(_ now: Int) {
        if state == "open" && now - eras[here].began >= wait() { enter("half_open", now) }
    }

    private mutating func giveUpOverdueProbes(_ now: Int) {
        guard state == "half_open", let limit = config.probeMs else { return }
        for probe in underWay where now - probe.time >= limit {
            eras[here].reports.append((probe.call, now, "fail", 0))
        }
        decide(now)
    }

    private mutating func admit(_ call: Int, _ now: Int) -> String {
        switch state {
        case "closed", "disabled": break
        case "half_open":
            guard underWay.count + counted.count < config.permits else { return "rejected" }
        default: return "rejected"
        }
        eras[here].admissions.append((call, now))
        return "admitted"
    }

    private mutating func report(_ kind: String, _ call: Int, _ duration: Int, _ now: Int)
        -> String
    {
        guard underWay.contains(where: { $0.call == call }) else { return "stale" }
        eras[here].reports.append((call, now, kind, duration))
        guard state != "disabled", kind == "ok" || kind == "fail" else { return "not_counted" }
        decide(now)
        return "counted"
    }

    private mutating func decide(_ now: Int) {
        switch state {
        case "closed":
            var calls = counted
            if config.countsCalls {
                calls = calls.suffix(config.size)
            } else {
                calls = calls.filter { $0.time / 1000 > now / 1000 - config.size }
            }
            let least = config.countsCalls ? min(config.min, config.size) : config.min
            if calls.count >= least && exceeds(calls) { enter("open", now) }
        case "half_open":
            let calls = counted
            guard calls.count == config.permits else { return }
            // Without a limit for failures every trial call has to succeed.
            let hasFailed =
                config.failPercent == nil && calls.contains { $0.kind == "fail" }
            enter(hasFailed || exceeds(calls) ? "open" : "closed", now)
        default: break
        }
    }
}
