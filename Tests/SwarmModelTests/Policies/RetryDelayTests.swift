import SwarmModel
import Testing

@Suite("How long a retry waits")
struct RetryDelayTests {
    private static let policy = RetryPolicy(
        backoff: Backoff(initial: .seconds(1), factor: 2, maximum: .seconds(10))
    )

    @Test(
        "Full jitter keeps anything from nothing to the whole exponential wait",
        arguments: [
            (1, 0.0, 1000), (1, 0.25, 750), (1, 1.0, 0), (3, 0.0, 4000), (3, 0.5, 2000),
            (5, 0.0, 10_000), (5, 1.0, 0), (60, 0.1, 9000),
        ]
    )
    func fullJitter(failures: Int, chance: Double, milliseconds: Int) {
        let wait = Self.policy.delay(afterFailures: failures, kind: .transient, chance: chance)
        #expect(wait == .milliseconds(milliseconds))
    }

    @Test("A smaller jitter keeps the rest of the wait, and never lengthens it")
    func partialJitter() {
        var policy = Self.policy
        policy.backoff.jitter = 0.2
        #expect(policy.delay(afterFailures: 2, kind: .timeout, chance: 0) == .seconds(2))
        #expect(
            policy.delay(afterFailures: 2, kind: .timeout, chance: 1) == .milliseconds(1600)
        )
    }

    @Test("After a rate limit at least half the wait is kept, whatever the jitter")
    func rateLimited() {
        var policy = Self.policy
        #expect(
            policy.delay(afterFailures: 3, kind: .rateLimited, chance: 1) == .seconds(2)
        )
        #expect(
            policy.delay(afterFailures: 3, kind: .rateLimited, chance: 0) == .seconds(4)
        )
        policy.backoff.jitter = 0.1
        #expect(
            policy.delay(afterFailures: 3, kind: .rateLimited, chance: 1)
                == .milliseconds(3600)
        )
    }

    @Test(
        "What the other side asks for is a floor, and may exceed the longest wait",
        arguments: [FailureKind.rateLimited, .transient, .unavailable]
    )
    func retryAfter(kind: FailureKind) {
        let policy = Self.policy
        func wait(_ floor: Duration) -> Duration {
            policy.delay(afterFailures: 2, kind: kind, chance: 0, retryAfter: floor)
        }
        #expect(wait(.milliseconds(5)) == .seconds(2))
        #expect(wait(.seconds(3)) == .seconds(3))
        #expect(wait(.seconds(90)) == .seconds(90))
    }

    @Test("Absurd numbers give a wait from nothing to the longest, never a trap")
    func absurd() {
        let policy = Self.policy
        for failures in [Int.min, -1, 0, .max] {
            for chance in [-5, 0, 0.5, 1, 7] as [Double] {
                let wait = policy.delay(afterFailures: failures, kind: .internal, chance: chance)
                #expect(wait >= .zero && wait <= .seconds(10))
            }
        }
    }
}
