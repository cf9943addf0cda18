import SwarmModel
import Testing

@Suite("Which level decides what follows a failure")
struct ResolvedFailurePolicyTests {
    @Test("With nothing said anywhere, every field is the built-in default")
    func nothing() {
        let policy = ResolvedFailurePolicy()
        #expect(policy.onFailure == Decided(.undo, from: .builtIn))
        #expect(policy.unknownOutcome == Decided(.retryIfIdempotent, from: .builtIn))
        #expect(policy.onUnavailable == Decided(.wait, from: .builtIn))
        #expect(policy.maxAttempts == Decided(3, from: .builtIn))
        #expect(policy.initial == Decided(.milliseconds(200), from: .builtIn))
        #expect(policy.factor == Decided(2, from: .builtIn))
        #expect(policy.maximum == Decided(.seconds(10), from: .builtIn))
        #expect(policy.jitter == Decided(1, from: .builtIn))
        #expect(policy.deadline == Decided(nil, from: .builtIn))
        #expect(policy.maxInvalidResults == Decided(1, from: .builtIn))
        #expect(policy.retry == RetryPolicy())
    }

    @Test(
        "The nearest level that says something wins",
        arguments: [
            (0b0001, PolicyOrigin.topology), (0b0010, .contract), (0b0011, .contract),
            (0b0101, .workflow), (0b0111, .workflow), (0b1000, .subtask), (0b1111, .subtask),
        ]
    )
    func nearest(levels: Int, winner: PolicyOrigin) {
        func says(_ bit: Int, _ attempts: Int) -> FailurePolicy {
            guard levels & bit != 0 else { return FailurePolicy() }
            return FailurePolicy(
                onFailure: .fallback(Fallback(capability: "level_\(attempts)")),
                retry: PartialRetryPolicy(maxAttempts: attempts, deadline: .seconds(attempts)),
                unknownOutcome: .fail,
                onUnavailable: .fail
            )
        }
        let policy = ResolvedFailurePolicy(
            topology: says(1, 11),
            contract: says(2, 12),
            workflow: says(4, 13),
            subtask: says(8, 14)
        )
        let attempts: [PolicyOrigin: Int] = [
            .topology: 11, .contract: 12, .workflow: 13, .subtask: 14,
        ]
        let value = attempts[winner] ?? 0
        #expect(policy.maxAttempts == Decided(value, from: winner))
        #expect(policy.deadline == Decided(.seconds(value), from: winner))
        #expect(
            policy.onFailure
                == Decided(.fallback(Fallback(capability: "level_\(value)")), from: winner)
        )
        #expect(policy.unknownOutcome == Decided(.fail, from: winner))
        #expect(policy.onUnavailable == Decided(.fail, from: winner))
        #expect(policy.factor == Decided(2, from: .builtIn))
    }

    @Test("Each field is decided on its own, so levels mix")
    func mixed() {
        let policy = ResolvedFailurePolicy(
            topology: FailurePolicy(
                onFailure: .ask,
                retry: PartialRetryPolicy(maxAttempts: 9, factor: 5, jitter: 0)
            ),
            contract: FailurePolicy(retry: PartialRetryPolicy(maxAttempts: 4)),
            workflow: FailurePolicy(onFailure: .abort),
            subtask: FailurePolicy(retry: PartialRetryPolicy(retryOn: [.conflict]))
        )
        #expect(policy.onFailure == Decided(.abort, from: .workflow))
        #expect(policy.maxAttempts == Decided(4, from: .contract))
        #expect(policy.factor == Decided(5, from: .topology))
        #expect(policy.retryOn == Decided([.conflict], from: .subtask))
        let expected = RetryPolicy(
            maxAttempts: 4,
            backoff: Backoff(
                initial: .milliseconds(200),
                factor: 5,
                maximum: .seconds(10),
                jitter: 0
            ),
            retryOn: [.conflict]
        )
        #expect(policy.retry == expected)
    }

    @Test("Partial policies laid over each other say what the resolver says")
    func merging() {
        let near = PartialRetryPolicy(maxAttempts: 4, maximum: .seconds(1))
        let far = PartialRetryPolicy(maxAttempts: 9, jitter: 0.5, maxInvalidResults: 3)
        let resolved = ResolvedFailurePolicy(
            topology: FailurePolicy(retry: far),
            subtask: FailurePolicy(retry: near)
        )
        #expect(near.merged(over: far).resolved() == resolved.retry)
        #expect(near.resolved(over: far.resolved()) == resolved.retry)
        #expect(PartialRetryPolicy(resolved.retry).resolved() == resolved.retry)
    }
}
