import SwarmCore
import SwarmModel
import Testing

@Suite("Hedging")
struct HedgingTests {
    private static let one =
        #"{"schema_version":1,"name":"one","subtasks":{"a":{"capability":"echo"}}}"#

    private static func world(
        replicas: Int = 3,
        maximum: Int = 1,
        tokens: Int = 500,
        attempts: Int = 2
    ) -> Scenario {
        Scenario(
            TestAgent("echo", replicas: replicas).with {
                $0.attempts = attempts
                $0.adjust = {
                    $0.hedge = HedgePolicy(after: .seconds(2), maximum: maximum)
                    $0.retryBudget = PartialRetryBudgetPolicy(tokens: tokens)
                }
            }
        )
    }

    /// A run whose only call has just been made a second time.
    private static func hedged(
        _ scenario: inout Scenario
    ) throws -> (first: Dispatch, second: Dispatch) {
        try scenario.submit(one)
        let first = try #require(scenario.takeDispatches().first)
        scenario.advance(.milliseconds(1999))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.advance(.milliseconds(1))
        let second = try #require(scenario.takeDispatches().first)
        #expect(second.subtask == first.subtask && second.attempt == first.attempt)
        #expect(second.worker != first.worker && second.lease != first.lease)
        return (first, second)
    }

    @Test("A slow call is made again elsewhere; the first result wins, whichever it is")
    func firstWins() throws {
        for hedgeWins in [true, false] {
            var scenario = Self.world()
            let (first, second) = try Self.hedged(&scenario)
            let (winner, loser) = hedgeWins ? (second, first) : (first, second)
            _ = scenario.takeEffects()
            scenario.succeed(winner, #"{"who":"winner"}"#)
            #expect(scenario.outcome(first.subtask.run)?.outcome == .succeeded)
            let effects = scenario.takeEffects()
            let cancelled = effects.contains { effect in
                if case .cancel(loser.worker, loser.lease, .abandoned, _) = effect {
                    true
                } else {
                    false
                }
            }
            #expect(cancelled)
            // What the other says later changes nothing, and frees it.
            scenario.succeed(loser, #"{"who":"loser"}"#)
            let stale = scenario.takeEffects().contains {
                $0 == .acknowledge(loser.worker, loser.lease, .stale)
            }
            #expect(stale)
            #expect(scenario.swarm.workerViews.allSatisfy { $0.held == 0 })
        }
    }

    @Test("Who returned nonsense for a call is not given a second copy of it")
    func avoidsWhoReturnedNonsense() throws {
        var scenario = Self.world(replicas: 3, maximum: 2)
        try scenario.submit(Self.one)
        let first = try scenario.takeDispatch()
        let nonsense = Failure(.validation, "it breaks the contract", retryable: false)
        scenario.send(.result(first.worker, first.lease, .rejected(nonsense)))
        let second = try scenario.takeDispatch()
        #expect(second.worker != first.worker)
        scenario.advance(.seconds(10))
        let copies = scenario.takeDispatches()
        // Two more copies would be allowed, and one worker is left that may have one.
        #expect(copies.count == 1)
        #expect(copies.allSatisfy { $0.worker != first.worker && $0.worker != second.worker })
    }

    @Test("A run that wraps up makes no call a second time, although that would cost nothing")
    func notWhenWrappingUp() throws {
        let echo = TestAgent("echo", replicas: 3).with {
            $0.adjust = { $0.hedge = HedgePolicy(after: .seconds(2)) }
        }
        var scenario = Scenario(echo, TestAgent("dear").with { $0.usd = 2 })
        try scenario.submit(
            #"{"schema_version":1,"name":"w","budget":{"usd":1},"on_exhausted":"wrap_up","#
                + #""subtasks":{"a":{"capability":"echo"},"b":{"capability":"dear"}}}"#
        )
        let open = try scenario.takeDispatch()
        #expect(open.capability == "echo")
        scenario.advance(.seconds(5))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.succeed(open)
        #expect(scenario.outcome(open.subtask.run)?.failure?.kind == .budgetExhausted)
    }

    @Test("While one copy goes on, the failure of the other is no failure of the subtask")
    func oneFails() throws {
        for hedgeFails in [true, false] {
            var scenario = Self.world()
            let (first, second) = try Self.hedged(&scenario)
            let (failing, other) = hedgeFails ? (second, first) : (first, second)
            scenario.fail(failing, Failure(.transient, "503"))
            #expect(scenario.outcome(first.subtask.run) == nil)
            scenario.succeed(other)
            #expect(scenario.outcome(first.subtask.run)?.outcome == .succeeded)
            #expect(scenario.takeDispatches().isEmpty)
        }
    }

    @Test("When both fail the attempt has failed once, and is retried")
    func bothFail() throws {
        var scenario = Self.world()
        let (first, second) = try Self.hedged(&scenario)
        scenario.fail(first, Failure(.transient, "503"))
        scenario.fail(second, Failure(.transient, "503"))
        scenario.advance(.seconds(1))
        let retry = try #require(scenario.takeDispatches().first)
        #expect(retry.attempt == 2)
        scenario.fail(retry, Failure(.transient, "503"))
        #expect(scenario.outcome(first.subtask.run)?.outcome == .failed)
    }

    @Test("No call is made more often at once than the contract says, nor twice at one worker")
    func limits() throws {
        var scenario = Self.world(replicas: 5, maximum: 2)
        try scenario.submit(Self.one)
        scenario.advance(.seconds(30))
        let dispatches = scenario.takeDispatches()
        #expect(dispatches.count == 3)
        #expect(Set(dispatches.map(\.worker)).count == 3)
        var alone = Self.world(replicas: 1)
        try alone.submit(Self.one)
        alone.advance(.seconds(30))
        #expect(alone.takeDispatches().count == 1)
    }

    @Test("A call that is not safe to repeat is never made twice at once")
    func unsafe() throws {
        var scenario = Scenario(
            TestAgent("echo", replicas: 2).with {
                $0.sideEffect = .additive
                $0.idempotent = false
                $0.adjust = { $0.hedge = HedgePolicy(after: .seconds(2)) }
            }
        )
        try scenario.submit(Self.one)
        scenario.advance(.seconds(30))
        #expect(scenario.takeDispatches().count == 1)
    }

    @Test("A hedge waits for a free worker, and takes the tokens of a retry")
    func tokens() throws {
        var scenario = Self.world(replicas: 2, tokens: 5)
        try scenario.submit(Self.one)
        try scenario.submit(Self.one)
        let busy = scenario.takeDispatches()
        #expect(busy.count == 2)
        scenario.advance(.seconds(10))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.succeed(busy[1])
        scenario.advance(.seconds(2))
        let hedge = try #require(scenario.takeDispatches().first)
        #expect(hedge.subtask == busy[0].subtask)
        scenario.succeed(hedge)
        scenario.succeed(busy[0])
        // Five tokens were one hedge; a success gave one back.
        try scenario.submit(Self.one)
        scenario.advance(.seconds(10))
        #expect(scenario.takeDispatches().count == 1)
    }

    @Test("A worker that dies with one copy leaves the other alone")
    func death() throws {
        for hedgeDies in [true, false] {
            var scenario = Self.world()
            let (first, second) = try Self.hedged(&scenario)
            let (dying, other) = hedgeDies ? (second, first) : (first, second)
            scenario.kill(dying.worker)
            #expect(scenario.takeDispatches().isEmpty)
            scenario.succeed(other)
            #expect(scenario.outcome(first.subtask.run)?.outcome == .succeeded)
        }
    }

    @Test("The end of a run reaches every copy")
    func cancel() throws {
        var scenario = Self.world()
        let (first, second) = try Self.hedged(&scenario)
        _ = scenario.takeEffects()
        scenario.send(.cancelRequested(first.subtask.run, reason: "no longer needed"))
        let cancelled = scenario.takeEffects().compactMap { effect -> LeaseID? in
            if case .cancel(_, let lease, .cancelled, _) = effect { lease } else { nil }
        }
        #expect(Set(cancelled) == [first.lease, second.lease])
        scenario.send(.result(first.worker, first.lease, .cancelled))
        #expect(scenario.outcome(first.subtask.run) == nil)
        scenario.send(.result(second.worker, second.lease, .cancelled))
        #expect(scenario.outcome(first.subtask.run)?.outcome == .cancelled)
    }

    @Test("A restarted coordinator knows both copies")
    func restart() throws {
        var scenario = Self.world(replicas: 2)
        let (first, second) = try Self.hedged(&scenario)
        scenario.restart()
        scenario.join(first.worker, resume: [first.lease])
        scenario.join(second.worker, resume: [second.lease])
        #expect(scenario.takeDispatches().isEmpty)
        scenario.succeed(second)
        #expect(scenario.outcome(first.subtask.run)?.outcome == .succeeded)
        scenario.succeed(first)
        #expect(scenario.swarm.workerViews.allSatisfy { $0.held == 0 })
    }

    @Test("A hedge is a call like any other to the budget of its run")
    func budget() throws {
        var scenario = Self.world()
        try scenario.submit(
            #"""
            {"schema_version":1,"name":"two","budget":{"calls":3},"subtasks":{
              "a":{"capability":"echo"},"b":{"capability":"echo","needs":["a"]}}}
            """#
        )
        let first = try #require(scenario.takeDispatches().first)
        scenario.advance(.seconds(2))
        #expect(scenario.takeDispatches().count == 1)
        scenario.succeed(first)
        #expect(scenario.takeDispatches().map(\.subtask.name) == ["b"])
        // The three are used up: b runs, and has no second try.
        scenario.advance(.seconds(20))
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.outcome(first.subtask.run) == nil)
    }
}
