import SwarmCore
import SwarmModel
import Testing

@Suite("Undoing calls and the calls they led to")
struct NestedUndoTests {
    /// `s` acts and delegates another act; `x` follows.
    static let workflow = """
        {"schema_version": 1, "name": "nested", "subtasks": {
          "s": {"capability": "act", "args": {"n": 1}},
          "x": {"capability": "work", "needs": ["s"]}}}
        """

    /// Says of the calls in doubt, in this order, that they happened.
    private func confirm(_ labels: [String], _ scenario: inout Scenario) throws {
        var asked = scenario.takeDispatches()
        for label in labels {
            let look = try #require(
                asked.firstIndex { $0.subtask.description == "r_1/\(label)/verify" }
            )
            scenario.succeed(
                asked.remove(at: look),
                "{\"happened\": true, \"result\": {\"id\": \(label.count)}}"
            )
        }
    }

    /// Expects the caller to be undone first and alone, and then its call.
    private func expectOrder(_ scenario: inout Scenario) {
        let first = scenario.takeDispatches()
        #expect(first.map(\.subtask.description) == ["r_1/s/undo"])
        for dispatch in first { scenario.succeed(dispatch) }
        let second = scenario.takeDispatches()
        #expect(second.map(\.subtask.description) == ["r_1/s/1/undo"])
        for dispatch in second { scenario.succeed(dispatch) }
    }

    @Test("A call whose doubt is settled when its run ends is undone after its caller")
    func settledLate() throws {
        var scenario = CompensationTests.swarm(verify: true)
        let run = try scenario.submit(NestedUndoTests.workflow)
        let caller = try scenario.takeDispatch()
        scenario.call(caller, 1, "act", #"{"n": 2}"#)
        let call = try scenario.takeDispatch()
        let nonsense = Failure(.validation, "it breaks its contract", retryable: false)
        scenario.send(.result(call.worker, call.lease, .rejected(nonsense)))
        scenario.succeed(caller, #"{"id": 1}"#)
        scenario.fail(try scenario.takeDispatch(), CompensationTests.broken)
        try confirm(["s/1"], &scenario)
        expectOrder(&scenario)
        #expect(scenario.outcome(run)?.outcome == .compensated)
    }

    @Test("A call that may have happened stays in doubt when nobody takes it up again in time")
    func stillInDoubt() throws {
        var scenario = Scenario(
            TestAgent("plan"),
            TestAgent("bank", "act").with {
                $0.sideEffect = .additive
                $0.idempotent = true
            }
        )
        let run = try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "act", timeout: .seconds(5))
        let call = try scenario.takeDispatch()
        scenario.kill(call.worker)
        scenario.advance(.seconds(6))
        #expect(scenario.takeReplies().map(\.failure?.kind) == [.timeout])
        scenario.fail(plan, CompensationTests.broken)
        let finished = try #require(scenario.outcome(run))
        #expect(finished.standing.map(\.subtask.description) == ["r_1/plan/1"])
        #expect(finished.standing.map(\.reason) == [.mayHaveHappened])
    }

    @Test("A call that a person sends again when its time is over fails, and is not made")
    func decidedTooLate() throws {
        var scenario = Scenario(
            TestAgent("plan"),
            TestAgent("bank", "act").with {
                $0.sideEffect = .additive
                $0.idempotent = false
            }
        )
        try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "act", timeout: .seconds(5))
        let call = try scenario.takeDispatch()
        scenario.kill(call.worker)
        scenario.advance(.seconds(8))
        scenario.join(call.worker)
        #expect(scenario.decide("r_1/plan/1", .didNotHappen) == nil)
        #expect(scenario.takeReplies().map(\.failure?.kind) == [.timeout])
        #expect(scenario.takeDispatches().isEmpty)
    }

    @Test("A caller that ended while its call went on is undone before it")
    func endedFirst() throws {
        var scenario = CompensationTests.swarm(verify: true)
        let run = try #require(try scenario.submit(NestedUndoTests.workflow))
        let caller = try scenario.takeDispatch()
        scenario.call(caller, 1, "act", #"{"n": 2}"#)
        let call = try scenario.takeDispatch()
        scenario.send(.cancelRequested(run, reason: "enough"))
        scenario.send(.result(caller.worker, caller.lease, .cancelled))
        scenario.send(.result(call.worker, call.lease, .cancelled))
        try confirm(["s", "s/1"], &scenario)
        expectOrder(&scenario)
        #expect(scenario.outcome(run)?.outcome == .cancelled)
    }
}
