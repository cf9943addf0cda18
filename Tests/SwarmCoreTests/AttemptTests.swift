import SwarmCore
import SwarmModel
import Testing

@Suite("Attempts: retry, reassign, time out, cancel")
struct AttemptTests {
    static let single = #"{"schema_version":1,"name":"one","subtasks":{"a":{"capability":"echo"}}}"#
    static let transient = Failure(.transient, "busy")

    private func onlyDispatch(_ scenario: inout Scenario) throws -> Dispatch {
        let dispatches = scenario.takeDispatches()
        #expect(dispatches.count == 1)
        return try #require(dispatches.first)
    }

    @Test("A transient failure is tried again after a growing delay, then succeeds")
    func retry() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(
            #"""
            {"schema_version":1,"name":"one",
             "subtasks":{"a":{"capability":"echo","retry":{"jitter":0.2}}}}
            """#
        )
        scenario.fail(try onlyDispatch(&scenario), AttemptTests.transient)
        #expect(scenario.takeDispatches().isEmpty)
        // 200 ms, of which chance takes away up to a fifth.
        scenario.advance(.milliseconds(159))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.advance(.milliseconds(42))
        let second = try onlyDispatch(&scenario)
        #expect(second.attempt == 2)
        scenario.fail(second, AttemptTests.transient)
        scenario.advance(.milliseconds(319))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.advance(.milliseconds(82))
        let third = try onlyDispatch(&scenario)
        #expect(third.attempt == 3)
        scenario.succeed(third)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("The run fails when the attempts are used up, with the last failure as its reason")
    func exhausted() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(AttemptTests.single)
        for _ in 0..<3 {
            scenario.fail(try onlyDispatch(&scenario), AttemptTests.transient)
            scenario.advance(.seconds(20))
        }
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.outcome(run)?.outcome == .failed)
        #expect(scenario.outcome(run)?.failure?.message == "busy")
    }

    @Test(
        "A failure that repeating cannot mend fails at once",
        arguments: [FailureKind.validation, .permission, .notFound, .internal]
    )
    func permanent(kind: FailureKind) throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(AttemptTests.single)
        scenario.fail(try onlyDispatch(&scenario), Failure(kind, "no"))
        #expect(scenario.outcome(run)?.outcome == .failed)
    }

    @Test("The worker's own word that it asked for time is kept")
    func retryAfter() throws {
        var scenario = Scenario(TestAgent("echo"))
        try scenario.submit(AttemptTests.single)
        scenario.fail(
            try onlyDispatch(&scenario),
            Failure(.rateLimited, "slow down", retryAfter: .seconds(30))
        )
        scenario.advance(.milliseconds(29_999))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.advance(.milliseconds(2))
        #expect(scenario.takeDispatches().count == 1)
    }

    @Test("A call that may have happened is not repeated when repeating could do harm")
    func unknownOutcome() throws {
        let agent = TestAgent("echo", replicas: 2).with {
            $0.sideEffect = .additive
            $0.idempotent = false
        }
        var scenario = Scenario(agent)
        let run = try scenario.submit(AttemptTests.single)
        let dispatch = try onlyDispatch(&scenario)
        let view = try #require(scenario.view(dispatch.worker))
        scenario.send(.exited(dispatch.worker, view.incarnation, .signalled(9)))
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.outcome(run) == nil)
        #expect(scenario.questions == ["r_1/a"])
    }

    @Test("A failure reported by a call with side effects is repeated only on the worker's word")
    func reportedBySideEffect() throws {
        let agent = TestAgent("echo").with {
            $0.sideEffect = .destructive
            $0.idempotent = false
        }
        var silent = Scenario(agent)
        let run = try silent.submit(AttemptTests.single)
        silent.fail(try onlyDispatch(&silent), AttemptTests.transient)
        silent.advance(.seconds(60))
        #expect(silent.outcome(run) == nil)
        #expect(silent.takeDispatches().isEmpty)
        #expect(silent.questions.count == 1)

        var explicit = Scenario(agent)
        try explicit.submit(AttemptTests.single)
        explicit.fail(
            try onlyDispatch(&explicit),
            Failure(.transient, "nothing done", retryable: true)
        )
        explicit.advance(.seconds(1))
        #expect(explicit.takeDispatches().count == 1)
    }

    @Test("What a dead worker held goes to another at once")
    func workerDeath() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2))
        let run = try scenario.submit(AttemptTests.single)
        let first = try onlyDispatch(&scenario)
        let view = try #require(scenario.view(first.worker))
        scenario.send(.exited(first.worker, view.incarnation, .signalled(9)))
        let second = try onlyDispatch(&scenario)
        #expect(second.worker != first.worker)
        #expect(second.lease > first.lease)
        scenario.succeed(second)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A subtask handed back unstarted uses up no attempt of its policy")
    func returned() throws {
        var scenario = Scenario(TestAgent("echo").with { $0.attempts = 2 })
        let run = try scenario.submit(AttemptTests.single)
        let first = try onlyDispatch(&scenario)
        scenario.send(.returned(first.worker, first.lease))
        scenario.fail(try onlyDispatch(&scenario), AttemptTests.transient)
        scenario.advance(.seconds(1))
        scenario.succeed(try onlyDispatch(&scenario))
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A worker that is ending by itself gets nothing more, and the next one does the work")
    func leaving() throws {
        var scenario = Scenario(TestAgent("echo", concurrency: 300))
        let run = try scenario.submit(AttemptTests.single)
        let first = try onlyDispatch(&scenario)
        let step = scenario.send(.leaving(first.worker))
        #expect(
            step.effects.contains { effect in
                if case .drain(first.worker, _) = effect { true } else { false }
            }
        )
        scenario.send(.returned(first.worker, first.lease))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.send(.farewell(first.worker))
        scenario.kill(first.worker)
        scenario.advance(.seconds(1))
        scenario.join(first.worker)
        scenario.succeed(try onlyDispatch(&scenario))
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A subtask that always comes back unbegun fails in the end")
    func returnedForEver() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(AttemptTests.single)
        var count = 0
        while let dispatch = scenario.takeDispatches().first {
            scenario.send(.returned(dispatch.worker, dispatch.lease))
            count += 1
        }
        #expect(count == 101)
        #expect(scenario.outcome(run)?.failure?.kind == .unavailable)
    }

    @Test("A result that breaks its contract fails the subtask and is acknowledged as rejected")
    func brokenContract() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(AttemptTests.single)
        let dispatch = try onlyDispatch(&scenario)
        let step = scenario.send(
            .result(dispatch.worker, dispatch.lease, .rejected(Failure(.validation, "no entry_id")))
        )
        #expect(step.effects.contains(.acknowledge(dispatch.worker, dispatch.lease, .rejected)))
        #expect(scenario.outcome(run)?.failure?.message == "no entry_id")
    }

    @Test("A hung subtask is taken away at its deadline and its late result changes nothing")
    func leaseExpiry() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2).with { $0.timeout = .seconds(5) })
        let run = try scenario.submit(AttemptTests.single)
        let first = try onlyDispatch(&scenario)
        scenario.advance(.seconds(5))
        let second = try onlyDispatch(&scenario)
        #expect(second.worker != first.worker)
        let isCancelled = scenario.effects.contains {
            if case .cancel(_, first.lease, .timedOut, _) = $0 { true } else { false }
        }
        #expect(isCancelled)
        let late = scenario.send(
            .result(first.worker, first.lease, .succeeded(.inline(Array("1".utf8))))
        )
        #expect(late.effects.contains(.acknowledge(first.worker, first.lease, .stale)))
        #expect(scenario.outcome(run) == nil)
        scenario.succeed(second, "2")
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A worker that does not let go is replaced once its other subtasks have ended")
    func stuck() throws {
        let agent = TestAgent("echo", concurrency: 2).with { $0.timeout = .seconds(5) }
        var scenario = Scenario(agent)
        try scenario.submit(AttemptTests.single)
        _ = try onlyDispatch(&scenario)
        // At 5 s the attempt is taken away; the worker has until 15 s to let go of it.
        scenario.advance(.seconds(5))
        scenario.succeed(try onlyDispatch(&scenario))
        scenario.advance(.seconds(6))
        try scenario.submit(RoutingTests.flat(1))
        let other = try onlyDispatch(&scenario)
        scenario.advance(.milliseconds(4500))
        #expect(scenario.phase("echo-1") == .draining)
        scenario.succeed(other)
        #expect(scenario.phase("echo-1") == .stopping)
        let isTold = scenario.effects.contains {
            if case .signal(_, _, .terminate) = $0 { true } else { false }
        }
        #expect(isTold)
    }

    @Test("A result is accepted once, and a second time or for a made-up lease it is stale")
    func duplicates() throws {
        var scenario = Scenario(TestAgent("echo"))
        try scenario.submit(AttemptTests.single)
        let dispatch = try onlyDispatch(&scenario)
        scenario.succeed(dispatch)
        let again = scenario.send(
            .result(dispatch.worker, dispatch.lease, .succeeded(.inline([])))
        )
        #expect(again.effects == [.acknowledge(dispatch.worker, dispatch.lease, .stale)])
        let forged = LeaseID(999)
        let made = scenario.send(.result(dispatch.worker, forged, .succeeded(.inline([]))))
        #expect(made.effects == [.acknowledge(dispatch.worker, forged, .stale)])
        let reasons = scenario.journal.suffix(2).compactMap { entry in
            if case .ignored(let ignored) = entry.record { ignored.reason } else { nil }
        }
        #expect(
            reasons == [
                "the lease has ended: answered before, or taken away",
                "no such lease was ever given",
            ]
        )
    }

    @Test("A lease answers only to the worker that was given it")
    func foreignLease() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2))
        let run = try scenario.submit(AttemptTests.single)
        let dispatch = try onlyDispatch(&scenario)
        let other = WorkerID(agent: "echo", replica: dispatch.worker.replica == 1 ? 2 : 1)
        let step = scenario.send(.result(other, dispatch.lease, .succeeded(.inline([]))))
        #expect(step.effects == [.acknowledge(other, dispatch.lease, .stale)])
        #expect(scenario.outcome(run) == nil)
    }

    @Test("Cancelling a run asks its workers to stop and ends when they have")
    func cancel() throws {
        var scenario = Scenario(TestAgent("echo", concurrency: 2))
        let run = try #require(try scenario.submit(RoutingTests.flat(4)))
        let running = scenario.takeDispatches()
        #expect(running.count == 2)
        scenario.send(.cancelRequested(run, reason: "wrong input"))
        let asked = scenario.takeEffects().count {
            if case .cancel(_, _, .cancelled, _) = $0 { true } else { false }
        }
        #expect(asked == 2)
        #expect(scenario.outcome(run) == nil)
        scenario.send(.result(running[0].worker, running[0].lease, .cancelled))
        #expect(scenario.outcome(run) == nil)
        scenario.succeed(running[1])
        let end = try #require(scenario.outcome(run))
        #expect(end.outcome == .cancelled)
        #expect(end.failure?.message == "wrong input")
        #expect(scenario.takeDispatches().isEmpty)
    }

    @Test("A cancelled run ends even when its worker never answers")
    func cancelUnanswered() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try #require(try scenario.submit(AttemptTests.single))
        scenario.send(.cancelRequested(run, reason: "enough"))
        scenario.advance(.seconds(11))
        #expect(scenario.outcome(run)?.outcome == .cancelled)
        let isTold = scenario.effects.contains {
            if case .signal(_, _, .terminate) = $0 { true } else { false }
        }
        #expect(isTold)
    }

    @Test("A run past its deadline fails and stops what runs")
    func runDeadline() throws {
        var scenario = Scenario(TestAgent("echo").with { $0.timeout = .seconds(600) })
        let run = try scenario.submit(
            """
            {"schema_version":1,"name":"d","limits":{"deadline":"3s"},
             "subtasks":{"a":{"capability":"echo"}}}
            """
        )
        let dispatch = try onlyDispatch(&scenario)
        scenario.advance(.seconds(3))
        let isCancelled = scenario.effects.contains {
            if case .cancel(_, dispatch.lease, .abandoned, _) = $0 { true } else { false }
        }
        #expect(isCancelled)
        scenario.send(.result(dispatch.worker, dispatch.lease, .cancelled))
        #expect(scenario.outcome(run)?.failure?.kind == .deadlineExceeded)
    }
}
