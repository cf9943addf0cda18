import SwarmCore
import SwarmModel
import Testing

/// The rules of the breaker, as tables of events worked out by hand.
@Suite("Circuit breaker")
struct CircuitBreakerTests {
    /// Half of the last four calls, judged from four on; open for a second, one trial call.
    static let half: JSON = [
        "window": "count", "size": 4, "min": 4, "fail_pct": 50, "wait_ms": 1000, "permits": 1,
    ]

    @Test("A rate is judged from the smallest number of calls on, and its limit is inclusive")
    func thresholdIsInclusive() throws {
        try TraceTable(
            Self.half,
            """
            0 admit a -> admitted closed
            1 fail a  -> counted closed
            2 admit b -> admitted closed
            3 fail b  -> counted closed
            4 admit c -> admitted closed
            5 ok c    -> counted closed
            6 admit d -> admitted closed
            7 ok d    -> counted open
            8 admit e -> rejected open
            """
        ).check()
    }

    @Test("A share just below the limit opens nothing, however long it lasts")
    func belowTheLimit() throws {
        let rows = (0..<30).map { index in
            """
            \(index * 10) admit c\(index) -> admitted closed
            \(index * 10 + 1) \(index % 4 == 0 ? "fail" : "ok") c\(index) -> counted closed
            """
        }
        try TraceTable(Self.half, rows.joined(separator: "\n")).check()
    }

    @Test("A window of calls forgets the call that falls out of it")
    func countWindowSlides() throws {
        try TraceTable(
            Self.half,
            """
            0 admit a -> admitted closed
            0 admit b -> admitted closed
            0 admit c -> admitted closed
            0 admit d -> admitted closed
            0 admit e -> admitted closed
            0 admit f -> admitted closed
            1 fail a  -> counted closed
            1 ok b    -> counted closed
            1 ok c    -> counted closed
            1 ok d    -> counted closed
            1 fail e  -> counted closed
            1 fail f  -> counted open
            """
        ).check()
    }

    @Test("A smallest number of calls above the window counts as the size of the window")
    func minimumIsClamped() throws {
        try TraceTable(
            [
                "window": "count", "size": 2, "min": 100, "fail_pct": 100, "wait_ms": 1000,
                "permits": 1,
            ],
            """
            0 admit a -> admitted closed
            0 admit b -> admitted closed
            1 fail a  -> counted closed
            2 fail b  -> counted open
            """
        ).check()
    }

    @Test("A window of time is made of whole seconds of the clock")
    func timeWindowHasBuckets() throws {
        let config: JSON = [
            "window": "time", "size": 2, "min": 2, "fail_pct": 100, "wait_ms": 1000, "permits": 1,
        ]
        // Second 0 is looked at in the seconds 0 and 1, and not in second 2.
        try TraceTable(
            config,
            """
            999 admit a  -> admitted closed
            999 admit b  -> admitted closed
            999 fail a   -> counted closed
            1999 fail b  -> counted open
            """
        ).check()
        try TraceTable(
            config,
            """
            999 admit a  -> admitted closed
            999 admit b  -> admitted closed
            999 fail a   -> counted closed
            2000 fail b  -> counted closed
            2001 admit c -> admitted closed
            2999 fail c  -> counted open
            """
        ).check()
    }

    @Test("A smallest number of calls is not clamped to the seconds of a window of time")
    func minimumOfATimeWindow() throws {
        try TraceTable(
            [
                "window": "time", "size": 1, "min": 3, "fail_pct": 50, "wait_ms": 1000,
                "permits": 1,
            ],
            """
            0 admit a -> admitted closed
            0 admit b -> admitted closed
            0 admit c -> admitted closed
            1 fail a  -> counted closed
            1 fail b  -> counted closed
            1 fail c  -> counted open
            """
        ).check()
    }

    @Test("Slow is strictly longer than the limit, and slow calls alone can open the breaker")
    func slowIsStrictlyLonger() throws {
        try TraceTable(
            [
                "window": "count", "size": 2, "min": 2, "fail_pct": 100, "slow_pct": 50,
                "slow_ms": 100, "wait_ms": 1000, "permits": 1,
            ],
            """
            0 admit a         -> admitted closed
            0 admit b         -> admitted closed
            0 admit c         -> admitted closed
            1 ok a took 100   -> counted closed
            2 ok b took 100   -> counted closed
            3 ok c took 101   -> counted open
            """
        ).check()
    }

    @Test("A call that fails slowly is one call, failed and slow")
    func slowFailure() throws {
        try TraceTable(
            [
                "window": "count", "size": 4, "min": 4, "fail_pct": 50, "slow_pct": 50,
                "slow_ms": 100, "wait_ms": 1000, "permits": 1,
            ],
            """
            0 admit a          -> admitted closed
            0 admit b          -> admitted closed
            0 admit c          -> admitted closed
            0 admit d          -> admitted closed
            1 fail a took 500  -> counted closed
            1 ok b             -> counted closed
            1 ok c             -> counted closed
            1 ok d took 101    -> counted open
            """
        ).check()
    }

    @Test("What is not said to have taken long is not slow")
    func durationLeftOut() throws {
        try TraceTable(
            [
                "window": "count", "size": 1, "min": 1, "fail_pct": 100, "slow_pct": 100,
                "slow_ms": 0, "wait_ms": 1000, "permits": 1,
            ],
            """
            0 admit a       -> admitted closed
            9000 ok a       -> counted closed
            9000 admit b    -> admitted closed
            9001 ok b took 1 -> counted open
            """
        ).check()
    }

    @Test("A trial call is admitted exactly when the wait ends, and not before")
    func waitEndsExactly() throws {
        try TraceTable(
            ["size": 1, "min": 1, "fail_pct": 100, "wait_ms": 1000, "permits": 1],
            """
            0 admit a    -> admitted closed
            5 fail a     -> counted open
            1004 admit b -> rejected open
            1004 tick    -> done open
            1005 admit c -> admitted half_open
            1005 admit d -> rejected half_open
            1006 ok c    -> counted closed
            """
        ).check()
    }

    @Test("A tick at the end of the wait makes it half open, an outcome does not")
    func tickEndsTheWait() throws {
        try TraceTable(
            ["size": 1, "min": 1, "fail_pct": 100, "wait_ms": 1000, "permits": 1],
            """
            0 admit a    -> admitted closed
            0 admit b    -> admitted closed
            0 fail a     -> counted open
            1000 ok b    -> stale open
            1000 tick    -> done half_open
            1000 tick    -> done half_open
            9000 admit c -> admitted half_open
            """
        ).check()
    }

    @Test("Half open is decided by the same rates, when all permitted trial calls have reported")
    func halfOpenIsDecidedTogether() throws {
        let config: JSON = [
            "size": 1, "min": 1, "fail_pct": 50, "wait_ms": 1000, "permits": 3,
        ]
        // Two of three is more than half, but only the third report decides.
        try TraceTable(
            config,
            """
            0 admit a    -> admitted closed
            0 fail a     -> counted open
            1000 admit b -> admitted half_open
            1000 admit c -> admitted half_open
            1001 fail b  -> counted half_open
            1002 fail c  -> counted half_open
            1003 admit d -> admitted half_open
            1003 admit e -> rejected half_open
            1004 ok d    -> counted open
            """
        ).check()
        // One of three is less than half.
        try TraceTable(
            config,
            """
            0 admit a    -> admitted closed
            0 fail a     -> counted open
            1000 admit b -> admitted half_open
            1000 admit c -> admitted half_open
            1000 admit d -> admitted half_open
            1001 fail b  -> counted half_open
            1002 ok c    -> counted half_open
            1003 ok d    -> counted closed
            """
        ).check()
    }

    @Test("Slow trial calls open it again")
    func slowProbes() throws {
        try TraceTable(
            [
                "size": 1, "min": 1, "fail_pct": 100, "slow_pct": 50, "slow_ms": 10,
                "wait_ms": 1000, "permits": 2,
            ],
            """
            0 admit a           -> admitted closed
            0 fail a            -> counted open
            1000 admit b        -> admitted half_open
            1000 admit c        -> admitted half_open
            1011 ok b took 11   -> counted half_open
            1012 ok c took 10   -> counted open
            """
        ).check()
    }

    @Test("Opening again without having closed waits longer each time, up to the cap")
    func backoffWithCap() throws {
        try TraceTable(
            [
                "size": 1, "min": 1, "fail_pct": 100, "wait_ms": 1000, "wait_max_ms": 3000,
                "backoff": 2, "permits": 1,
            ],
            """
            0 admit a     -> admitted closed
            0 fail a      -> counted open
            1000 admit b  -> admitted half_open
            1000 fail b   -> counted open
            2999 admit c  -> rejected open
            3000 admit c  -> admitted half_open
            3000 fail c   -> counted open
            5999 admit d  -> rejected open
            6000 admit d  -> admitted half_open
            6000 fail d   -> counted open
            8999 admit e  -> rejected open
            9000 admit e  -> admitted half_open
            9000 ok e     -> counted closed
            9000 admit f  -> admitted closed
            9000 fail f   -> counted open
            9999 admit g  -> rejected open
            10000 admit g -> admitted half_open
            """
        ).check()
    }

    @Test("Without a limit for the share of failures all trial calls have to succeed")
    func numberOfFailures() {
        var breaker = CircuitBreaker(
            CircuitBreaker.Settings(
                window: .seconds(60),
                failureCount: 3,
                wait: .seconds(30),
                probes: 2
            )
        )
        let start = Instant(microseconds: 0)
        for call in 1...3 {
            // What goes well in between changes nothing about a number of failures.
            for _ in 0..<10 {
                if let permit = breaker.admit(at: start) {
                    #expect(breaker.report(.succeeded, of: permit, at: start) == .counted)
                }
            }
            if let permit = breaker.admit(at: start) {
                #expect(breaker.report(.failed, of: permit, at: start) == .counted)
            }
            #expect(breaker.state == (call < 3 ? .closed : .open))
        }
        #expect(breaker.until == Instant(microseconds: 30_000_000))
        #expect(breaker.deadline == Instant(microseconds: 30_000_000))
        let later = start + .seconds(30)
        let first = breaker.admit(at: later)
        let second = breaker.admit(at: later)
        #expect(breaker.admit(at: later) == nil)
        if let first { breaker.report(.succeeded, of: first, at: later) }
        #expect(breaker.state == .halfOpen)
        if let second { breaker.report(.failed, of: second, at: later) }
        #expect(breaker.state == .open)
        #expect(breaker.openings == 2)
    }

    @Test("Waits never overflow, whatever the factor and the number of openings")
    func hugeWaits() {
        let settings = CircuitBreaker.Settings(
            window: .calls(1),
            failureCount: 1,
            wait: .seconds(1_000_000_000),
            backoff: 1000
        )
        let century = Duration.microseconds(3_200_000_000_000_000)
        #expect(settings.wait(ofOpening: 1) == .seconds(1_000_000_000))
        #expect(settings.wait(ofOpening: 2) == century)
        #expect(settings.wait(ofOpening: .max) == century)
        let gentle = CircuitBreaker.Settings(
            window: .calls(1),
            wait: .milliseconds(1000),
            maximumWait: .seconds(10),
            backoff: 1.5
        )
        #expect(gentle.wait(ofOpening: 3) == .milliseconds(2250))
        #expect(gentle.wait(ofOpening: 6) == .microseconds(7_593_750))
        #expect(gentle.wait(ofOpening: 7) == .seconds(10))
    }
}
