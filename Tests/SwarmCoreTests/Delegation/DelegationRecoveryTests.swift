import SwarmCore
import SwarmModel
import Testing

@Suite("Delegation when something dies")
struct DelegationRecoveryTests {
    private func scenario() -> Scenario {
        Scenario(agents: DelegationTests.agents) { _ in }
    }

    private func again(_ scenario: inout Scenario, holding leases: [LeaseID]) {
        scenario.restart()
        scenario.configure(DelegationTests.agents)
        for view in scenario.swarm.workerViews {
            let held = scenario.held(by: view.id).filter { leases.contains($0) }
            scenario.hello(view.id, resume: held)
        }
    }

    @Test("Whoever asks again with the same number gets the same answer, and nothing runs twice")
    func answersAgain() throws {
        var scenario = scenario()
        try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        let research = try scenario.takeDispatch()
        // While it runs there is nothing to say yet.
        #expect(scenario.call(plan, 1, "research").records.isEmpty)
        #expect(scenario.takeReplies().isEmpty)
        scenario.succeed(research, "5")
        #expect(scenario.takeReplies().map(\.result) == ["5"])
        for _ in 0..<3 {
            #expect(scenario.call(plan, 1, "research").records.isEmpty)
            #expect(scenario.takeReplies().map(\.result) == ["5"])
        }
        scenario.call(plan, 2, "fly")
        let refused = scenario.takeReplies()
        #expect(scenario.call(plan, 2, "fly").records.isEmpty)
        #expect(scenario.takeReplies() == refused)
        #expect(scenario.takeDispatches().isEmpty)
    }

    @Test("A restarted coordinator answers what it had answered, and what ends later")
    func answersAfterRestart() throws {
        var scenario = scenario()
        let run = try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        let research = try scenario.takeDispatch()
        scenario.call(plan, 2, "read")
        let read = try scenario.takeDispatch()
        scenario.call(plan, 3, "fly")
        scenario.succeed(research, "5")
        again(&scenario, holding: [plan.lease, read.lease])
        // The answers may have been lost with the coordinator, so they leave once more.
        let replies = scenario.takeReplies()
        #expect(replies.map(\.request.number).sorted() == [1, 3])
        #expect(replies.first { $0.request.number == 1 }?.result == "5")
        #expect(scenario.call(plan, 2, "read").records.isEmpty)
        scenario.succeed(read, "6")
        #expect(scenario.takeReplies().map(\.result) == ["6"])
        scenario.succeed(plan)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A caller that is tried again gets what its earlier attempt was answered")
    func claimsResults() throws {
        var scenario = scenario()
        let run = try scenario.submit(DelegationTests.workflow)
        let first = try scenario.takeDispatch()
        scenario.call(first, 1, "research", #"{"a":1,"b":[2]}"#)
        scenario.succeed(try scenario.takeDispatch(), "5")
        scenario.call(first, 2, "read", "[7]")
        let read = try scenario.takeDispatch()
        scenario.kill(first.worker)
        scenario.advance(.seconds(1))
        scenario.join(first.worker)
        let second = try scenario.takeDispatch()
        #expect(second.attempt == 2)
        _ = scenario.takeReplies()
        scenario.call(second, 1, "research", #"{ "b": [2.0], "a": 1 }"#)
        let claimed = scenario.takeReplies()
        #expect(claimed.map(\.result) == ["5"])
        #expect(claimed.map(\.request) == [CallReference(lease: second.lease, number: 1)])
        // What still runs is waited for again.
        scenario.call(second, 2, "read", "[7]")
        #expect(scenario.takeReplies().isEmpty)
        scenario.succeed(read, "6")
        let answered = scenario.takeReplies()
        #expect(answered.map(\.result) == ["6"])
        #expect(answered.map(\.request) == [CallReference(lease: second.lease, number: 2)])
        // Other arguments, or the same once more, are another call.
        scenario.call(second, 3, "read", "[7]")
        scenario.call(second, 4, "research", #"{"a":2}"#)
        #expect(scenario.takeDispatches().count == 2)
        #expect(scenario.dispatchedNames.count == 6)
        #expect(scenario.outcome(run) == nil)
    }

    @Test("A call that failed is made anew for a caller that is tried again")
    func repeatsFailedCalls() throws {
        var scenario = scenario()
        try scenario.submit(DelegationTests.workflow)
        let first = try scenario.takeDispatch()
        scenario.call(first, 1, "research")
        scenario.fail(try scenario.takeDispatch(), Failure(.permission, "no"))
        scenario.fail(first, Failure(.transient, "try again"))
        scenario.advance(.seconds(20))
        let second = try scenario.takeDispatch()
        _ = scenario.takeReplies()
        scenario.call(second, 1, "research")
        scenario.succeed(try scenario.takeDispatch(), "5")
        #expect(scenario.takeReplies().map(\.result) == ["5"])
    }

    @Test("A worker that dies with a call in hand is replaced, and its caller never knows")
    func survivesLostChildren() throws {
        var scenario = scenario()
        try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        let research = try scenario.takeDispatch()
        scenario.kill(research.worker)
        scenario.advance(.seconds(1))
        scenario.join(research.worker)
        let again = try scenario.takeDispatch()
        #expect(again.subtask == research.subtask)
        #expect(scenario.takeReplies().isEmpty)
        scenario.succeed(again, "5")
        #expect(scenario.takeReplies().map(\.result) == ["5"])
    }

    @Test("Cancelling a run reaches everything that was delegated, all the way down")
    func cancelsDescendants() throws {
        var scenario = scenario()
        let run = try #require(try scenario.submit(DelegationTests.workflow))
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        let research = try scenario.takeDispatch()
        scenario.call(research, 1, "read")
        let read = try scenario.takeDispatch()
        // This one waits for the reader and never starts.
        scenario.call(plan, 2, "read", "[2]")
        scenario.send(.cancelRequested(run, reason: "enough"))
        let cancels = scenario.takeCancels()
        let leases = [plan, research, read].map(\.lease)
        #expect(Set(cancels.keys) == Set(leases))
        let reply = try #require(scenario.takeReplies().first)
        #expect(reply.request == CallReference(lease: plan.lease, number: 2))
        #expect(reply.failure?.kind == .cancelled)
        scenario.call(research, 9, "read", "[3]")
        #expect(scenario.takeReplies().first?.failure?.kind == .cancelled)
        for dispatch in [read, research, plan] {
            scenario.send(.result(dispatch.worker, dispatch.lease, .cancelled))
        }
        #expect(scenario.outcome(run)?.outcome == .cancelled)
        #expect(scenario.dispatchedNames.count == 3)
        #expect(scenario.allHeld().isEmpty)
    }

    @Test("What nobody waits for any more is ended with its caller")
    func endsAbandonedCalls() throws {
        var scenario = scenario()
        let run = try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        let research = try scenario.takeDispatch()
        scenario.call(research, 1, "read")
        let read = try scenario.takeDispatch()
        scenario.call(plan, 2, "read", "[2]")
        scenario.succeed(plan)
        #expect(Set(scenario.takeCancels().keys) == [research.lease, read.lease])
        #expect(scenario.outcome(run)?.outcome == .succeeded)
        // Their late results change nothing.
        scenario.succeed(research)
        scenario.succeed(read)
        #expect(scenario.allHeld().isEmpty)
    }

    @Test("What nobody waits for and may not be repeated ends before the run does")
    func waitsForUnsafeCalls() throws {
        let post = TestAgent("post").with {
            $0.sideEffect = .destructive
            $0.idempotent = false
        }
        var scenario = Scenario(agents: [TestAgent("plan"), post]) { _ in }
        let run = try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "post")
        let call = try scenario.takeDispatch()
        scenario.succeed(plan)
        #expect(Set(scenario.takeCancels().keys) == [call.lease])
        #expect(scenario.outcome(run) == nil)
        scenario.succeed(call)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("Who is only asked to stop hears that its calls have ended, and waits no longer")
    func answersWhoIsAskedToStop() throws {
        let post = TestAgent("post").with {
            $0.sideEffect = .destructive
            $0.idempotent = false
        }
        var scenario = Scenario(agents: [TestAgent("plan"), post, TestAgent("read")]) { _ in }
        let run = try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "post")
        let call = try scenario.takeDispatch()
        scenario.call(call, 1, "read")
        let read = try scenario.takeDispatch()
        #expect(scenario.waitingLeases.contains(call.lease))
        scenario.succeed(plan)
        #expect(Set(scenario.takeCancels().keys) == [call.lease, read.lease])
        let replies = scenario.takeReplies()
        #expect(replies.map(\.request) == [CallReference(lease: call.lease, number: 1)])
        #expect(replies.first?.failure?.kind == .cancelled)
        #expect(!scenario.waitingLeases.contains(call.lease))
        scenario.succeed(call)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("Some of the random runs spend all they may, and some less")
    func spendsBudgets() throws {
        var kinds: [FailureKind?] = []
        for seed in 0..<24 as Range<UInt64> {
            var world = CallingWorld(seed: seed * 2, isMetered: true)
            try world.start()
            for _ in 0..<250 { try world.step() }
            try world.heal()
            kinds.append(world.scenario.outcome(world.run)?.failure?.kind)
        }
        #expect(kinds.contains(.budgetExhausted))
        #expect(kinds.contains(nil))
    }

    @Test(
        "Whatever calls whatever and whoever dies, each run ends and no lease is left",
        arguments: 0..<100 as Range<UInt64>
    )
    func survivesAnything(seed: UInt64) throws {
        var world = CallingWorld(seed: seed, isMetered: seed.isMultiple(of: 2))
        try world.start()
        for _ in 0..<250 { try world.step() }
        try world.heal()
        #expect(world.scenario.outcome(world.run) != nil, "seed \(seed)")
        #expect(world.scenario.allHeld().isEmpty, "seed \(seed)")
        #expect(
            world.scenario.waitingLeases.allSatisfy { lease in
                !world.scenario.allHeld().contains { $0.lease == lease }
            }
        )
        #expect(world.problems.isEmpty, "seed \(seed): \(world.problems)")
    }
}
