import SwarmCore
import SwarmModel
import Testing

@Suite("Retry budget")
struct RetryBudgetTests {
    private static func world(
        _ budget: PartialRetryBudgetPolicy?,
        attempts: Int = 3,
        timeout: Duration = .seconds(60)
    ) -> Scenario {
        let agent = TestAgent("echo", concurrency: 64).with {
            $0.attempts = attempts
            $0.timeout = timeout
            $0.adjust = {
                $0.retryBudget = budget
                $0.circuitBreaker = PartialCircuitBreakerPolicy(isEnabled: false)
            }
        }
        var scenario = Scenario(agent)
        // A swarm-wide budget is one thing, the breaker of the agent another.
        _ = scenario.send(
            .configured(
                {
                    var plan = TestAgent.plan([agent], semaphores: [])
                    plan.topology.circuitBreakers.agent.isEnabled = false
                    return plan
                }()
            )
        )
        return scenario
    }

    private static func call(_ number: Int) -> String {
        #"""
        {"schema_version":1,"name":"n\#(number)","circuit_breaker":{"enabled":false},
         "subtasks":{"a":{"capability":"echo"}}}
        """#
    }

    /// Fails every call of so many runs until all have ended; the number of calls made.
    private static func breakDown(_ scenario: inout Scenario, runs: Int) throws -> Int {
        var calls = 0
        for number in 0..<runs {
            let run = try scenario.submit(call(number))
            while scenario.outcome(run) == nil {
                for dispatch in scenario.takeDispatches() {
                    calls += 1
                    scenario.fail(dispatch, Failure(.transient, "503"))
                }
                scenario.advance(.seconds(1))
            }
        }
        return calls
    }

    @Test("What is broken is retried a bounded number of times over all runs")
    func storm() throws {
        // 500 tokens at 5 each are 100 retries; first attempts always go on.
        var scenario = Self.world(nil)
        #expect(try Self.breakDown(&scenario, runs: 80) == 80 + 100)
        let rules = scenario.journal.compactMap { entry -> String? in
            guard case .attemptEnded(let end) = entry.record, end.directive == .fail else {
                return nil
            }
            return end.rule
        }
        #expect(rules.first == "contract.retry, then default.on_failure")
        #expect(rules.last == "topology.retry_budget, then default.on_failure")
    }

    @Test("A success gives a token back, and one after a retry what the retry took")
    func returns() throws {
        var scenario = Self.world(PartialRetryBudgetPolicy(tokens: 10))
        #expect(try Self.breakDown(&scenario, runs: 4) == 4 + 2)
        // Four successes give four tokens: not enough for a retry, five are.
        for number in 0..<4 {
            try scenario.submit(Self.call(number))
            scenario.succeed(try #require(scenario.takeDispatches().first))
        }
        #expect(try Self.breakDown(&scenario, runs: 1) == 1)
        try scenario.submit(Self.call(9))
        scenario.succeed(try #require(scenario.takeDispatches().first))
        // One retry, which succeeds and so pays for the next.
        for _ in 0..<3 {
            try scenario.submit(Self.call(10))
            scenario.fail(
                try #require(scenario.takeDispatches().first),
                Failure(.transient, "503")
            )
            scenario.advance(.seconds(1))
            scenario.succeed(try #require(scenario.takeDispatches().first))
        }
        #expect(try Self.breakDown(&scenario, runs: 2) == 2 + 1)
    }

    @Test("A retry after a timeout takes more")
    func timeouts() throws {
        var scenario = Self.world(PartialRetryBudgetPolicy(tokens: 20), timeout: .seconds(10))
        var calls = 0
        for number in 0..<4 {
            try scenario.submit(Self.call(number))
            for _ in 0..<3 {
                let dispatches = scenario.takeDispatches()
                calls += dispatches.count
                scenario.advance(.seconds(10))
                // The worker lets go of what was taken from it.
                for dispatch in dispatches {
                    scenario.send(.result(dispatch.worker, dispatch.lease, .cancelled))
                }
            }
        }
        #expect(calls == 4 + 2)
    }

    @Test("A bucket of no tokens allows no retry")
    func none() throws {
        var scenario = Self.world(PartialRetryBudgetPolicy(tokens: 0))
        #expect(try Self.breakDown(&scenario, runs: 3) == 3)
        let rule = scenario.journal.compactMap { entry -> String? in
            if case .attemptEnded(let end) = entry.record { end.rule } else { nil }
        }.first
        #expect(rule == "contract.retry_budget, then default.on_failure")
    }
}
