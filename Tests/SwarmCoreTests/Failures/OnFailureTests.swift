import SwarmCore
import SwarmModel
import Testing

@Suite("What on_failure says")
struct OnFailureTests {
    static let broken = Failure(.permission, "no")

    static func workflow(_ policy: String) -> String {
        """
        {"schema_version": 1, "name": "w", "subtasks": {
          "a": {"capability": "work", "on_failure": \(policy)},
          "b": {"capability": "work", "args": {"from": "${a}"}},
          "c": {"capability": "work", "needs": ["b"]},
          "d": {"capability": "work"}},
         "output": {"b": "${b}", "d": "${d}"}}
        """
    }

    /// Fails `a`, and succeeds with everything else, until nothing is dispatched.
    static func play(_ scenario: inout Scenario) {
        while true {
            let dispatches = scenario.takeDispatches()
            guard !dispatches.isEmpty else { return }
            for dispatch in dispatches {
                if dispatch.subtask.name == "a", dispatch.capability == "work" {
                    scenario.fail(dispatch, broken)
                } else {
                    scenario.succeed(dispatch, "\"\(dispatch.capability)\"")
                }
            }
        }
    }

    @Test("skip leaves out the subtask and all that needs it, and the run succeeds without")
    func skip() throws {
        var scenario = Scenario(TestAgent("w", "work", concurrency: 4))
        let run = try scenario.submit(OnFailureTests.workflow("\"skip\""))
        OnFailureTests.play(&scenario)
        let finished = try #require(scenario.outcome(run))
        #expect(finished.outcome == .succeeded)
        #expect(finished.output.text == #"{"b":null,"d":"work"}"#)
        let skipped = scenario.journal.compactMap { entry -> String? in
            guard case .subtaskSkipped(let skipped) = entry.record else { return nil }
            return "\(skipped.name) because \(skipped.because)"
        }
        #expect(skipped == ["b because a", "c because b"])
    }

    @Test("A fallback is called in its place, with its arguments, and its result counts")
    func fallback() throws {
        var scenario = Scenario(TestAgent("w", "work", "spare", concurrency: 4))
        let run = try scenario.submit(
            OnFailureTests.workflow(#"{"fallback": {"capability": "spare", "args": {"x": 1}}}"#)
        )
        let first = scenario.takeDispatches()
        let a = try #require(first.first { $0.subtask.name == "a" })
        scenario.fail(a, OnFailureTests.broken)
        let spare = try #require(scenario.takeDispatches().first)
        #expect(spare.capability == "spare")
        #expect(spare.text == #"{"x":1}"#)
        #expect(spare.subtask == a.subtask)
        scenario.succeed(spare, "5")
        for dispatch in first where dispatch.subtask.name == "d" { scenario.succeed(dispatch) }
        OnFailureTests.play(&scenario)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A fallback that fails brings the run down as any subtask does")
    func fallbackFails() throws {
        var scenario = Scenario(TestAgent("w", "work", "spare"))
        let run = try scenario.submit(
            OnFailureTests.workflow(#"{"fallback": {"capability": "spare"}}"#)
        )
        scenario.fail(try #require(scenario.takeDispatches().first), OnFailureTests.broken)
        while let next = scenario.takeDispatches().first {
            next.capability == "spare"
                ? scenario.fail(next, OnFailureTests.broken) : scenario.succeed(next)
        }
        #expect(scenario.outcome(run)?.outcome == .failed)
    }

    @Test("A fallback is not called in the place of a call that may have happened")
    func fallbackInDoubt() throws {
        let agent = TestAgent("w", "work", "spare", replicas: 2).with {
            $0.sideEffect = .additive
            $0.idempotent = false
            $0.adjust = { $0.failure.unknownOutcome = .fail }
        }
        var scenario = Scenario(agent)
        let run = try scenario.submit(
            OnFailureTests.workflow(#"{"fallback": {"capability": "spare"}}"#)
        )
        let dispatches = scenario.takeDispatches()
        let first = try #require(dispatches.first { $0.subtask.name == "a" })
        for dispatch in dispatches where dispatch.subtask.name != "a" {
            scenario.succeed(dispatch)
        }
        scenario.kill(first.worker)
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.outcome(run)?.outcome == .failed)
        #expect(scenario.outcome(run)?.standing.first?.reason == .mayHaveHappened)
    }

    @Test("Nor is it when an earlier attempt may have happened, and only money ended the last")
    func fallbackAfterADoubt() throws {
        let agent = TestAgent("w", "work").with {
            $0.sideEffect = .additive
            $0.budget = Budget(calls: 1)
        }
        var scenario = Scenario(agent, TestAgent("spare"))
        let run = try scenario.submit(
            UnknownOutcomeTests.single.replacing(
                #"{"capability": "post"}"#,
                with:
                    #"{"capability": "work", "on_failure": {"fallback": {"capability": "spare"}}}"#
            )
        )
        scenario.fail(try scenario.takeDispatch(), Failure(.timeout, "no answer"))
        scenario.advance(.seconds(60))
        #expect(scenario.dispatchedNames == ["r_1/a"])
        #expect(scenario.outcome(run)?.failure?.kind == .budgetExhausted)
        #expect(scenario.outcome(run)?.standing.map(\.reason) == [.mayHaveHappened])
    }

    @Test("ask holds the subtask until a person has it tried again")
    func ask() throws {
        var scenario = Scenario(TestAgent("w", "work", concurrency: 4))
        let run = try scenario.submit(OnFailureTests.workflow("\"ask\""))
        OnFailureTests.play(&scenario)
        #expect(scenario.questions == ["r_1/a"])
        #expect(scenario.outcome(run) == nil)
        #expect(scenario.decide("r_1/a", .retry) == nil)
        scenario.succeed(try #require(scenario.takeDispatches().first))
        OnFailureTests.play(&scenario)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("The answer skip to a question goes on without the subtask")
    func askThenSkip() throws {
        var scenario = Scenario(TestAgent("w", "work", concurrency: 4))
        let run = try scenario.submit(OnFailureTests.workflow("\"ask\""))
        OnFailureTests.play(&scenario)
        #expect(scenario.decide("r_1/a", .skip) == nil)
        OnFailureTests.play(&scenario)
        #expect(scenario.outcome(run)?.output.text == #"{"b":null,"d":"work"}"#)
    }

    @Test("The rule that decided is in the record, with the level it comes from")
    func rules() throws {
        var scenario = Scenario(TestAgent("w", "work").with { $0.attempts = 1 })
        try scenario.submit(OnFailureTests.workflow("\"skip\""))
        scenario.fail(try #require(scenario.takeDispatches().first), Failure(.transient, "x"))
        let rules = scenario.journal.compactMap { entry -> String? in
            guard case .attemptEnded(let end) = entry.record else { return nil }
            return end.rule
        }
        #expect(rules == ["contract.retry, then subtask.on_failure"])
    }

    @Test("A result that breaks the contract is asked of another worker, and not for ever")
    func invalidResults() throws {
        var scenario = Scenario(TestAgent("w", "work", replicas: 2))
        let run = try scenario.submit(UnknownOutcomeTests.single.replacing("post", with: "work"))
        let first = try #require(scenario.takeDispatches().first)
        let invalid = AttemptOutcome.rejected(Failure(.validation, "no entry_id"))
        scenario.send(.result(first.worker, first.lease, invalid))
        let second = try #require(scenario.takeDispatches().first)
        #expect(second.worker != first.worker)
        scenario.send(.result(second.worker, second.lease, invalid))
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.outcome(run)?.outcome == .failed)
    }

    @Test("All attempts and waits together end at the deadline of the retry policy")
    func totalDeadline() throws {
        let agent = TestAgent("w", "work").with {
            $0.attempts = 1000
            $0.adjust = { $0.failure.retry?.deadline = .seconds(20) }
        }
        var scenario = Scenario(agent)
        let run = try scenario.submit(UnknownOutcomeTests.single.replacing("post", with: "work"))
        let start = scenario.now
        while scenario.outcome(run) == nil, scenario.now - start < .seconds(100) {
            for dispatch in scenario.takeDispatches() {
                scenario.fail(dispatch, Failure(.transient, "x"))
            }
            scenario.advance(.milliseconds(100))
        }
        let end = scenario.now
        #expect(scenario.outcome(run)?.outcome == .failed)
        #expect((start + .seconds(18)...start + .seconds(21)).contains(end))
    }
}
