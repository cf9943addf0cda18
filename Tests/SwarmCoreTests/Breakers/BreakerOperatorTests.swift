import SwarmCore
import SwarmModel
import Testing

@Suite("Circuit breaker by hand")
struct BreakerOperatorTests {
    @Test("Forced open is latched and outranks everything until it is released")
    func forcedOpen() throws {
        try TraceTable(
            ["size": 1, "min": 1, "fail_pct": 100, "wait_ms": 1000, "permits": 1],
            """
            0 admit a        -> admitted closed
            0 release        -> done closed
            1 force_open     -> done forced_open
            2 ok a           -> stale forced_open
            9000 tick        -> done forced_open
            9000 admit b     -> rejected forced_open
            9000 disable     -> done forced_open
            9000 enable      -> done forced_open
            9000 force_open  -> done forced_open
            9000 admit c     -> rejected forced_open
            9001 release     -> done closed
            9001 admit d     -> admitted closed
            9002 fail d      -> counted open
            9003 release     -> done open
            9004 force_open  -> done forced_open
            9005 release     -> done closed
            """
        ).check()
    }

    @Test("A disabled breaker lets everything pass and counts nothing")
    func disabled() throws {
        try TraceTable(
            ["size": 1, "min": 1, "fail_pct": 100, "wait_ms": 1000, "permits": 1],
            """
            0 admit a     -> admitted closed
            0 admit b     -> admitted closed
            0 fail a      -> counted open
            1 enable      -> done open
            1 disable     -> done disabled
            2 admit c     -> admitted disabled
            2 admit d     -> admitted disabled
            3 fail c      -> not_counted disabled
            3 ignore b    -> stale disabled
            4 disable     -> done disabled
            5 enable      -> done closed
            6 fail d      -> stale closed
            7 disable     -> done disabled
            8 force_open  -> done forced_open
            9 release     -> done closed
            """
        ).check()
    }

    @Test("Closing by hand works from any state and forgets what was counted")
    func closingByHand() {
        let settings = CircuitBreaker.Settings(
            window: .calls(10),
            failureCount: 2,
            wait: .seconds(1)
        )
        let now = Instant(microseconds: 5)
        var breaker = CircuitBreaker(settings)
        let early = breaker.admit(at: now)
        if let permit = breaker.admit(at: now) { breaker.report(.failed, of: permit, at: now) }
        breaker.close()
        #expect(breaker.tally == OutcomeTally())
        if let early { #expect(breaker.report(.failed, of: early, at: now) == .stale) }
        if let permit = breaker.admit(at: now) { breaker.report(.failed, of: permit, at: now) }
        #expect(breaker.state == .closed)
        if let permit = breaker.admit(at: now) { breaker.report(.failed, of: permit, at: now) }
        #expect(breaker.state == .open)
        breaker.close()
        #expect(breaker.state == .closed && breaker.openings == 0 && breaker.until == nil)
    }
}
