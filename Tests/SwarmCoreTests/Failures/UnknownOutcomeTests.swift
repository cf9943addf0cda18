import SwarmCore
import SwarmModel
import Testing

@Suite("Unknown outcomes: verified, asked, never blindly repeated")
struct UnknownOutcomeTests {
    static let single = """
        {"schema_version": 1, "name": "one", "subtasks": {"a": {"capability": "post"}},
         "output": "${a}"}
        """

    /// `post` is additive and not idempotent; `look` says whether it happened.
    static func swarm(
        verify: Bool,
        _ adjust: @escaping @Sendable (inout CapabilityContract) -> Void = { _ in }
    ) -> Scenario {
        Scenario(
            TestAgent("bank", "post", replicas: 2).with {
                $0.sideEffect = .additive
                $0.idempotent = false
                $0.adjust = { contract in
                    contract.verifyWith = verify ? "look" : nil
                    adjust(&contract)
                }
            },
            TestAgent("eye", "look").with { $0.sideEffect = .read }
        )
    }

    @Test("The tool is asked with the key and the arguments of the call, and its yes is the result")
    func happened() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: true)
        let run = try scenario.submit(UnknownOutcomeTests.single)
        let post = try #require(scenario.takeDispatches().first)
        scenario.kill(post.worker)
        let look = try #require(scenario.takeDispatches().first)
        #expect(look.capability == "look")
        #expect(look.text == #"{"key":"000000000000002a/r_1/a","arguments":{}}"#)
        #expect(look.subtask.description == "r_1/a/verify")
        scenario.succeed(look, #"{"happened": true, "result": {"entry": 7}}"#)
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
        #expect(scenario.outcome(run)?.output.text == #"{"entry":7}"#)
    }

    @Test("A no of the tool lets the call be made again, as another attempt under the same key")
    func didNotHappen() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: true)
        let run = try scenario.submit(UnknownOutcomeTests.single)
        let first = try #require(scenario.takeDispatches().first)
        scenario.kill(first.worker)
        scenario.succeed(try #require(scenario.takeDispatches().first), #"{"happened": false}"#)
        let second = try #require(scenario.takeDispatches().first)
        #expect(second.subtask == first.subtask)
        #expect(second.attempt == 2)
        scenario.succeed(second)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test(
        "A tool that cannot say leaves the question to a person",
        arguments: [#"{"happened": "maybe"}"#, "[]", "null", "7"]
    )
    func evasive(_ answer: String) throws {
        var scenario = UnknownOutcomeTests.swarm(verify: true)
        let run = try scenario.submit(UnknownOutcomeTests.single)
        scenario.kill(try #require(scenario.takeDispatches().first).worker)
        scenario.succeed(try #require(scenario.takeDispatches().first), answer)
        #expect(scenario.questions == ["r_1/a"])
        #expect(scenario.decide("r_1/a", .happened) == nil)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
        #expect(scenario.outcome(run)?.output.text == "null")
    }

    @Test("A tool that fails for good leaves the question to a person")
    func brokenTool() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: true)
        try scenario.submit(UnknownOutcomeTests.single)
        scenario.kill(try #require(scenario.takeDispatches().first).worker)
        for _ in 1...3 {
            let look = try #require(scenario.takeDispatches().first)
            scenario.fail(look, Failure(.transient, "busy"))
            scenario.advance(.seconds(30))
        }
        #expect(scenario.questions == ["r_1/a"])
    }

    @Test("A person who says that it did not happen has it made again")
    func personSaysNo() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: false)
        let run = try scenario.submit(UnknownOutcomeTests.single)
        scenario.kill(try #require(scenario.takeDispatches().first).worker)
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.decide("r_1/a", .didNotHappen) == nil)
        scenario.succeed(try #require(scenario.takeDispatches().first))
        #expect(scenario.outcome(run)?.outcome == .succeeded)
        #expect(scenario.decide("r_1/a", .happened)?.kind == .notFound)
    }

    @Test("What a person knows that a call returned is what its undo gets")
    func personKnows() throws {
        var scenario = CompensationTests.swarm()
        let run = try scenario.submit(
            """
            {"schema_version": 1, "name": "one", "subtasks": {
              "a": {"capability": "act", "args": {"n": 1}},
              "x": {"capability": "work", "args": {"id": "${a.id}"}}}}
            """
        )
        scenario.kill(try #require(scenario.takeDispatches().first).worker)
        #expect(scenario.decide("r_1/a", .happened, result: #"{"id": 7}"#) == nil)
        let next = try #require(scenario.takeDispatches().first)
        #expect(next.text == #"{"id":7}"#)
        scenario.fail(next, CompensationTests.broken)
        let undo = try #require(scenario.takeDispatches().first)
        #expect(undo.text == #"{"id":7,"of":1}"#)
        scenario.succeed(undo)
        #expect(scenario.outcome(run)?.outcome == .compensated)
    }

    @Test("A person who has all undone has not said that what nothing undoes did happen")
    func personUndoes() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: false)
        let run = try scenario.submit(UnknownOutcomeTests.single)
        scenario.kill(try #require(scenario.takeDispatches().first).worker)
        #expect(scenario.decide("r_1/a", .undo) == nil)
        let finished = try #require(scenario.outcome(run))
        #expect(finished.standing.map(\.reason) == [.mayHaveHappened])
        #expect(scenario.questions.isEmpty)
    }

    @Test("An answer to another question is refused, and the question stays")
    func wrongAnswer() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: false)
        try scenario.submit(UnknownOutcomeTests.single)
        scenario.kill(try #require(scenario.takeDispatches().first).worker)
        #expect(scenario.decide("r_1/a", .retry)?.kind == .validation)
        #expect(scenario.decide("r_1/b", .happened)?.kind == .conflict)
        #expect(scenario.questions == ["r_1/a"])
    }

    @Test("With unknown_outcome fail the run fails, and the call is listed as possibly done")
    func failing() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: true) {
            $0.failure.unknownOutcome = .fail
        }
        let run = try scenario.submit(UnknownOutcomeTests.single)
        scenario.kill(try #require(scenario.takeDispatches().first).worker)
        let finished = try #require(scenario.outcome(run))
        #expect(finished.outcome == .failed)
        #expect(finished.failure?.kind == .unknownOutcome)
        #expect(finished.standing.map(\.reason) == [.mayHaveHappened])
    }

    @Test("A start that had to be confirmed and never was is made again without a question")
    func confirmed() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: false) { $0.start = .confirmed }
        try scenario.submit(UnknownOutcomeTests.single)
        let first = try #require(scenario.takeDispatches().first)
        #expect(first.requiresGo)
        scenario.kill(first.worker)
        let second = try #require(scenario.takeDispatches().first)
        #expect(second.attempt == 1)
        scenario.send(.started(second.worker, second.lease))
        #expect(scenario.takeEffects().contains(.go(second.worker, second.lease)))
        scenario.kill(second.worker)
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.questions == ["r_1/a"])
    }

    @Test("A missing STARTED proves nothing when the start had not to be confirmed")
    func immediate() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: false)
        try scenario.submit(UnknownOutcomeTests.single)
        let first = try #require(scenario.takeDispatches().first)
        #expect(!first.requiresGo)
        scenario.kill(first.worker)
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.questions == ["r_1/a"])
    }

    @Test("A silent worker may still act: nobody is asked until it has let go")
    func zombie() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: true)
        let run = try scenario.submit(UnknownOutcomeTests.single)
        let post = try #require(scenario.takeDispatches().first)
        scenario.send(.vanished(post.worker))
        #expect(scenario.takeDispatches().isEmpty)
        let view = try #require(scenario.view(post.worker))
        scenario.send(.exited(post.worker, view.incarnation, .signalled(9)))
        let look = try #require(scenario.takeDispatches().first)
        #expect(look.capability == "look")
        scenario.succeed(look, #"{"happened": false}"#)
        scenario.succeed(try #require(scenario.takeDispatches().first))
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A late result settles the doubt about its own call, and nothing is asked")
    func lateResult() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: true)
        let run = try scenario.submit(UnknownOutcomeTests.single)
        let post = try #require(scenario.takeDispatches().first)
        scenario.advance(.seconds(61))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.succeed(post, #"{"entry": 7}"#)
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.outcome(run)?.output.text == #"{"entry":7}"#)
    }

    @Test("A person's no is not taken while the worker may still act")
    func personTooSoon() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: false)
        try scenario.submit(UnknownOutcomeTests.single)
        let post = try #require(scenario.takeDispatches().first)
        scenario.send(.vanished(post.worker))
        #expect(scenario.questions == ["r_1/a"])
        #expect(scenario.decide("r_1/a", .didNotHappen)?.kind == .conflict)
        let view = try #require(scenario.view(post.worker))
        scenario.send(.exited(post.worker, view.incarnation, .signalled(9)))
        #expect(scenario.decide("r_1/a", .didNotHappen) == nil)
        #expect(scenario.takeDispatches().count == 1)
    }

    @Test("While another copy of the call may still act, no answer of a person is relied on")
    func personBesideACopy() throws {
        let agent = TestAgent("bank", "post", "undo", replicas: 2).with {
            $0.sideEffect = .additive
            $0.adjust = { contract in
                contract.failure.unknownOutcome = .askHuman
                guard contract.name == "post" else { return }
                contract.compensation = .call(Compensation(capability: "undo", args: [:]))
            }
        }
        var scenario = Scenario(agent)
        let run = try scenario.submit(UnknownOutcomeTests.single)
        // It is safe to repeat, so a second attempt begins while the first may still act.
        let first = try scenario.takeDispatch()
        scenario.send(.vanished(first.worker))
        let second = try scenario.takeDispatch()
        scenario.send(.cancelRequested(run ?? RunID(1), reason: "a test says so"))
        scenario.kill(second.worker)
        #expect(scenario.questions.isEmpty)
        #expect(scenario.outcome(run) == nil)
        scenario.kill(first.worker)
        #expect(scenario.questions == ["r_1/a"])
        #expect(scenario.decide("r_1/a", .didNotHappen) == nil)
        #expect(scenario.outcome(run)?.outcome == .cancelled)
    }

    @Test("A call that ends its worker each time is not made for ever, though it never happened")
    func deadly() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: true)
        let run = try scenario.submit(UnknownOutcomeTests.single)
        var posts = 0
        while scenario.outcome(run) == nil, posts < 10 {
            guard let dispatch = scenario.takeDispatches().first else { break }
            if dispatch.capability == "look" {
                scenario.succeed(dispatch, #"{"happened": false}"#)
            } else {
                posts += 1
                scenario.kill(dispatch.worker)
                scenario.advance(.seconds(3))
                scenario.join(dispatch.worker)
            }
        }
        #expect(posts == 3)
        #expect(scenario.outcome(run)?.outcome == .failed)
        #expect(scenario.outcome(run)?.standing.isEmpty == true)
    }
}
