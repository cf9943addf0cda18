import SwarmCore
import SwarmModel
import Testing

/// Defects that breakers in wide use have or had; each is named where it was reported.
@Suite("Defects of other circuit breakers")
struct BreakerDefectTests {
    private static let one: JSON = [
        "size": 1, "min": 1, "fail_pct": 100, "wait_ms": 1000, "permits": 1, "probe_ms": 500,
    ]

    @Test("A trial call that never reports is a failure at its deadline (resilience4j 903, 935)")
    func lostProbe() throws {
        try TraceTable(
            Self.one,
            """
            0 admit a    -> admitted closed
            0 fail a     -> counted open
            1000 admit b -> admitted half_open
            1499 tick    -> done half_open
            1499 admit c -> rejected half_open
            1500 tick    -> done open
            1501 ok b    -> stale open
            2499 admit d -> rejected open
            2500 admit d -> admitted half_open
            """
        ).check()
    }

    @Test("An overdue trial call is noticed by whoever comes first, also by its own report")
    func overdueProbeIsNoticed() throws {
        for event in ["ok b", "fail b", "ignore b", "cancel b"] {
            try TraceTable(
                Self.one,
                """
                0 admit a     -> admitted closed
                0 fail a      -> counted open
                1000 admit b  -> admitted half_open
                1500 \(event) -> stale open
                2500 admit c  -> admitted half_open
                """
            ).check()
        }
        try TraceTable(
            Self.one,
            """
            0 admit a    -> admitted closed
            0 fail a     -> counted open
            1000 admit b -> admitted half_open
            1700 admit c -> rejected open
            2699 admit d -> rejected open
            2700 admit d -> admitted half_open
            """
        ).check()
    }

    @Test("A last trial call that is ignored leaves room for another (resilience4j 544)")
    func ignoredProbe() throws {
        try TraceTable(
            [
                "size": 1, "min": 1, "fail_pct": 100, "wait_ms": 1000, "permits": 2,
                "probe_ms": 500,
            ],
            """
            0 admit a    -> admitted closed
            0 fail a     -> counted open
            1000 admit b -> admitted half_open
            1000 admit c -> admitted half_open
            1001 ok b    -> counted half_open
            1002 ignore c -> not_counted half_open
            1003 admit d -> admitted half_open
            1003 admit e -> rejected half_open
            1004 ok d    -> counted closed
            """
        ).check()
    }

    @Test("A cancelled trial call neither closes nor opens (monix 1080, rezilience 521, Polly)")
    func cancelledProbe() throws {
        try TraceTable(
            Self.one,
            """
            0 admit a     -> admitted closed
            0 fail a      -> counted open
            1000 admit b  -> admitted half_open
            1001 cancel b -> not_counted half_open
            1002 admit c  -> admitted half_open
            1003 cancel c -> not_counted half_open
            1004 admit d  -> admitted half_open
            1005 fail d   -> counted open
            """
        ).check()
    }

    @Test("Half open never lets everything pass, and never rejects for good (actor-ts, OmniRoute)")
    func halfOpenIsBounded() {
        var breaker = CircuitBreaker(
            CircuitBreaker.Settings(
                window: .calls(1),
                failureRate: 100,
                wait: .seconds(1),
                probes: 3,
                probeTimeout: .seconds(1)
            )
        )
        if let permit = breaker.admit(at: Instant(microseconds: 0)) {
            breaker.report(.failed, of: permit, at: Instant(microseconds: 0))
        }
        // Nobody ever reports; every second brings three trial calls at most, and each two some.
        var admitted: [Int] = []
        for second in 1...20 {
            let now = Instant(microseconds: Int64(second) * 1_000_000)
            admitted.append((0..<100).count { _ in breaker.admit(at: now) != nil })
        }
        #expect(admitted.allSatisfy { $0 <= 3 })
        #expect(zip(admitted, admitted.dropFirst()).allSatisfy { $0 + $1 >= 3 })
    }

    @Test("A call from before it opened changes nothing when it reports late (Polly 217, 218)")
    func lateOutcomes() throws {
        try TraceTable(
            Self.one,
            """
            0 admit late1 -> admitted closed
            0 admit late2 -> admitted closed
            0 admit late3 -> admitted closed
            0 admit late4 -> admitted closed
            0 admit a     -> admitted closed
            0 fail a      -> counted open
            1 ok late1    -> stale open
            1000 admit b  -> admitted half_open
            1001 ok late2 -> stale half_open
            1002 fail late3 -> stale half_open
            1003 ok b     -> counted closed
            1004 fail late4 -> stale closed
            """
        ).check()
    }

    @Test("A trial call given up in one trial cannot decide the next one")
    func probeOfAnEarlierTrial() throws {
        try TraceTable(
            Self.one,
            """
            0 admit a    -> admitted closed
            0 fail a     -> counted open
            1000 admit b -> admitted half_open
            1500 tick    -> done open
            2500 admit c -> admitted half_open
            2600 ok b    -> stale half_open
            2700 admit d -> rejected half_open
            2800 ok c    -> counted closed
            """
        ).check()
    }

    @Test("A call from before it opened gives no trial call back (resilience4j releasePermission)")
    func foreignPermit() throws {
        try TraceTable(
            Self.one,
            """
            0 admit a     -> admitted closed
            0 admit old   -> admitted closed
            0 fail a      -> counted open
            1000 admit b  -> admitted half_open
            1001 ignore old -> stale half_open
            1002 admit c  -> rejected half_open
            """
        ).check()
    }

    @Test("A permit reported twice counts once")
    func reportedTwice() {
        var breaker = CircuitBreaker(
            CircuitBreaker.Settings(
                window: .calls(1),
                failureRate: 100,
                wait: .zero,
                probes: 2
            )
        )
        let now = Instant(microseconds: 0)
        if let permit = breaker.admit(at: now) { breaker.report(.failed, of: permit, at: now) }
        guard let probe = breaker.admit(at: now) else {
            Issue.record("a wait of nothing is over at once")
            return
        }
        #expect(breaker.report(.succeeded, of: probe, at: now) == .counted)
        #expect(breaker.report(.succeeded, of: probe, at: now) == .stale)
        #expect(breaker.state == .halfOpen)
    }

    @Test("Time does not make a forced breaker half open (resilience4j 991)")
    func forcedThroughTime() throws {
        try TraceTable(
            Self.one,
            """
            0 admit a       -> admitted closed
            0 fail a        -> counted open
            500 force_open  -> done forced_open
            1000 tick       -> done forced_open
            5000 admit b    -> rejected forced_open
            """
        ).check()
    }

    @Test("The switch to half open admits as many as are permitted (resilience4j 1432, Polly 216)")
    func stampede() {
        var breaker = CircuitBreaker(
            CircuitBreaker.Settings(window: .calls(1), failureRate: 1, wait: .seconds(1), probes: 5)
        )
        if let permit = breaker.admit(at: Instant(microseconds: 0)) {
            breaker.report(.failed, of: permit, at: Instant(microseconds: 0))
        }
        let now = Instant(microseconds: 1_000_000)
        #expect((0..<1000).count { _ in breaker.admit(at: now) != nil } == 5)
    }

    @Test("Cancelled and ignored calls are no failures while closed (resilience4j 682)")
    func cancelledWhileClosed() throws {
        try TraceTable(
            Self.one,
            """
            0 admit a  -> admitted closed
            1 cancel a -> not_counted closed
            2 admit b  -> admitted closed
            3 ignore b -> not_counted closed
            4 admit c  -> admitted closed
            5 fail c   -> counted open
            """
        ).check()
    }

    @Test("A healthy breaker takes no memory for what goes well, a failing one a bounded amount")
    func memory() {
        // What differs from a fresh breaker is what was kept; the rest of the window is a count.
        let settings = CircuitBreaker.Settings(
            window: .seconds(60),
            failureCount: 5,
            wait: .seconds(1)
        )
        var breaker = CircuitBreaker(settings)
        for call in 0..<10_000 {
            let now = Instant(microseconds: Int64(call) * 1000)
            if let permit = breaker.admit(at: now) {
                breaker.report(.succeeded, of: permit, at: now)
            }
        }
        #expect(breaker == CircuitBreaker(settings))
    }
}
