import SwarmCore
import SwarmModel
import Testing

@Suite("Circuit breakers in routing")
struct BreakerRoutingTests {
    static let transient = Failure(.transient, "503")
    /// A run of one call, of which as many may fail as want to.
    static let one = #"""
        {"schema_version":1,"name":"one","circuit_breaker":{"enabled":false},
         "subtasks":{"a":{"capability":"echo"}}}
        """#

    /// One worker for each name, each with the capability `echo`, one attempt for each subtask.
    static func world(
        _ names: [String],
        _ policy: PartialCircuitBreakerPolicy = PartialCircuitBreakerPolicy(errorThreshold: 2)
    ) -> Scenario {
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 42))
        scenario.configure(
            names.map { name in
                TestAgent(name, "echo", concurrency: 8).with {
                    $0.attempts = 1
                    $0.adjust = { $0.circuitBreaker = policy }
                }
            }
        )
        for view in scenario.swarm.workerViews { scenario.join(view.id) }
        return scenario
    }

    static func tool(_ worker: String) throws -> BreakerTarget {
        .tool(capability: "echo", worker: try #require(WorkerID(worker)))
    }

    /// Submits a run of one call and lets it fail or succeed; the worker that had it.
    @discardableResult
    static func run(
        _ scenario: inout Scenario,
        _ failure: Failure? = nil
    ) throws -> String? {
        try scenario.submit(one)
        guard let dispatch = scenario.takeDispatches().first else { return nil }
        if let failure { scenario.fail(dispatch, failure) } else { scenario.succeed(dispatch) }
        return dispatch.worker.description
    }

    static func order(
        _ scenario: inout Scenario,
        _ command: BreakerCommand,
        _ target: BreakerTarget
    ) -> Failure? {
        let step = scenario.send(
            .breakerCommanded(
                BreakerOrder(
                    token: 7,
                    target: target,
                    command: command,
                    reason: "a test says so",
                    by: "tester"
                )
            )
        )
        for effect in step.effects {
            if case .answered(7, let problem) = effect { return problem }
        }
        return Failure(.internal, "nobody answered")
    }

    @Test("An open breaker leaves routing at once, and the alert says why and until when")
    func opens() throws {
        var scenario = Self.world(["a", "b"])
        // Each in turn fails once, then a once more.
        var failed: [String] = []
        while failed.filter({ $0 == "a-1" }).count < 2 {
            failed.append(try #require(try Self.run(&scenario, Self.transient)))
        }
        let moves = scenario.moves
        let move = try #require(moves.last)
        #expect(move.target == (try Self.tool("a-1")))
        #expect(move.state == .open && move.openings == 1)
        let end = scenario.now + .seconds(30)
        #expect(move.until == end)
        #expect(move.reason == "2 failures in 1m; a trial in 30s")
        for _ in 0..<5 { #expect(try Self.run(&scenario) == "b-1") }
        #expect(scenario.swarm.openBreakers(of: move.worker) == [move.target])
    }

    @Test("After the wait one trial call decides; a good one closes it")
    func trial() throws {
        var scenario = Self.world(["a"])
        try Self.run(&scenario, Self.transient)
        try Self.run(&scenario, Self.transient)
        #expect(scenario.state(try Self.tool("a-1")) == .open)
        for _ in 0..<3 { try scenario.submit(Self.one) }
        #expect(scenario.takeDispatches().isEmpty)
        scenario.advance(.milliseconds(29_999))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.advance(.milliseconds(1))
        let trial = scenario.takeDispatches()
        #expect(trial.count == 1)
        #expect(scenario.state(try Self.tool("a-1")) == .halfOpen)
        let dispatched = try #require(scenario.dispatched.last)
        #expect(dispatched.probes.map(\.target) == [try Self.tool("a-1")])
        scenario.succeed(try #require(trial.first))
        #expect(scenario.state(try Self.tool("a-1")) == .closed)
        #expect(scenario.takeDispatches().count == 2)
        #expect(scenario.moves.map(\.state) == [.open, .halfOpen, .closed])
    }

    @Test("A trial that fails waits twice as long for the next")
    func backoff() throws {
        var scenario = Self.world(["a"])
        try Self.run(&scenario, Self.transient)
        try Self.run(&scenario, Self.transient)
        try scenario.submit(Self.one)
        try scenario.submit(Self.one)
        scenario.advance(.seconds(30))
        scenario.fail(try #require(scenario.takeDispatches().first), Self.transient)
        let end = scenario.now + .seconds(60)
        #expect(scenario.moves.last?.until == end)
        scenario.advance(.seconds(59))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.advance(.seconds(1))
        #expect(scenario.takeDispatches().count == 1)
    }

    @Test("A trial call that never reports is a failure at its deadline")
    func lostTrial() throws {
        var scenario = Self.world(
            ["a"],
            PartialCircuitBreakerPolicy(errorThreshold: 2, probeTimeout: .seconds(5))
        )
        try Self.run(&scenario, Self.transient)
        try Self.run(&scenario, Self.transient)
        try scenario.submit(Self.one)
        scenario.advance(.seconds(30))
        let trial = try #require(scenario.takeDispatches().first)
        scenario.advance(.seconds(5))
        #expect(scenario.moves.map(\.state) == [.open, .halfOpen, .open])
        // What it reports after all counts for its run, and not for the breaker.
        scenario.succeed(trial)
        #expect(scenario.outcome(trial.subtask.run)?.outcome == .succeeded)
        #expect(scenario.moves.count == 3)
    }

    @Test("A call from before it opened neither closes nor opens it")
    func lateOutcome() throws {
        var scenario = Self.world(["a"])
        for _ in 0..<4 { try scenario.submit(Self.one) }
        let calls = scenario.takeDispatches()
        #expect(calls.count == 4)
        scenario.fail(calls[0], Self.transient)
        scenario.fail(calls[1], Self.transient)
        try scenario.submit(Self.one)
        scenario.advance(.seconds(30))
        let trial = try #require(scenario.takeDispatches().first)
        scenario.succeed(calls[2])
        scenario.fail(calls[3], Self.transient)
        #expect(scenario.state(try Self.tool("a-1")) == .halfOpen)
        scenario.succeed(trial)
        #expect(scenario.state(try Self.tool("a-1")) == .closed)
    }

    @Test("What the caller did wrong, or no longer wants, counts at no breaker")
    func ignoredKinds() throws {
        var scenario = Self.world(["a"])
        for kind in [
            FailureKind.validation, .permission, .notFound, .conflict, .rateLimited, .cancelled,
        ] {
            for _ in 0..<12 { try Self.run(&scenario, Failure(kind, "no", retryable: false)) }
        }
        #expect(scenario.moves.isEmpty)
        for kind in [FailureKind.internal, .unavailable] {
            try Self.run(&scenario, Failure(kind, "no", retryable: false))
        }
        #expect(scenario.moves.map(\.target) == [try Self.tool("a-1")])
    }

    @Test("A result that breaks its contract counts as a failure of the worker")
    func invalidResults() throws {
        var scenario = Self.world(["a"])
        for _ in 0..<2 {
            try scenario.submit(Self.one)
            let call = try #require(scenario.takeDispatches().first)
            let invalid = AttemptOutcome.rejected(Failure(.validation, "no text"))
            scenario.send(.result(call.worker, call.lease, invalid))
        }
        #expect(scenario.state(try Self.tool("a-1")) == .open)
    }

    @Test("A process that dies with many calls in its hands has failed once")
    func oneLoss() throws {
        var scenario = Self.world(["a"], PartialCircuitBreakerPolicy(errorThreshold: 3))
        for _ in 0..<6 { try scenario.submit(Self.one) }
        #expect(scenario.takeDispatches().count == 6)
        scenario.kill(WorkerID(agent: "a", replica: 1))
        #expect(scenario.moves.isEmpty)
        let view = scenario.swarm.breakerViews.first {
            $0.target == .agent(.init(agent: "a", replica: 1))
        }
        #expect(view?.tally.failures == 1)
    }

    @Test("The breaker of an agent takes all its capabilities out of routing")
    func agentLevel() throws {
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 42))
        let agent = TestAgent("a", "echo", "other", concurrency: 8).with {
            $0.attempts = 1
            $0.adjust = { $0.circuitBreaker = PartialCircuitBreakerPolicy(isEnabled: false) }
        }
        scenario.configure([agent])
        scenario.join(WorkerID(agent: "a", replica: 1))
        for _ in 0..<10 { try Self.run(&scenario, Self.transient) }
        #expect(scenario.moves.map(\.target.description) == ["a-1"])
        try scenario.submit(Self.one.replacing("\"echo\"", with: "\"other\""))
        #expect(scenario.takeDispatches().isEmpty)
    }

    @Test("The last worker of a capability is not left out for a share of failures alone")
    func lastWorker() throws {
        let policy = PartialCircuitBreakerPolicy(
            errorThreshold: 100,
            errorRate: 0.5,
            minimumCalls: 4
        )
        var alone = Self.world(["a"], policy)
        for _ in 0..<10 { try Self.run(&alone, Self.transient) }
        #expect(alone.moves.filter { $0.target != .agent($0.worker) }.isEmpty)
        var two = Self.world(["a", "b"], policy)
        for _ in 0..<20 { try Self.run(&two, Self.transient) }
        let opened = two.moves.filter { $0.target != .agent($0.worker) && $0.state == .open }
        #expect(opened.count == 1)
    }

    @Test("An operator's word is latched, outranks time and trials, and can be taken back")
    func operators() throws {
        var scenario = Self.world(["a"])
        let target = try Self.tool("a-1")
        #expect(Self.order(&scenario, .open, target) == nil)
        #expect(Self.order(&scenario, .open, target) == nil)
        #expect(scenario.moves.map(\.state) == [.forcedOpen])
        #expect(scenario.moves.first?.by == "tester")
        try scenario.submit(Self.one)
        scenario.advance(.seconds(600))
        #expect(scenario.takeDispatches().isEmpty)
        #expect(Self.order(&scenario, .close, target) == nil)
        #expect(scenario.takeDispatches().count == 1)
        let unknown = BreakerTarget.agent(WorkerID(agent: "b", replica: 1))
        #expect(Self.order(&scenario, .open, unknown)?.kind == .notFound)
        let unoffered = BreakerTarget.tool(
            capability: "sing",
            worker: WorkerID(agent: "a", replica: 1)
        )
        #expect(Self.order(&scenario, .reset, unoffered)?.kind == .notFound)
    }

    @Test("A reset forgets the failures that were counted")
    func reset() throws {
        var scenario = Self.world(["a"])
        try Self.run(&scenario, Self.transient)
        #expect(Self.order(&scenario, .reset, try Self.tool("a-1")) == nil)
        try Self.run(&scenario, Self.transient)
        #expect(scenario.state(try Self.tool("a-1")) == .closed)
        try Self.run(&scenario, Self.transient)
        #expect(scenario.state(try Self.tool("a-1")) == .open)
    }

    @Test("Too many failed runs keep further runs of a workflow out, and only of this one")
    func workflowLevel() throws {
        var scenario = Self.world(["a"], PartialCircuitBreakerPolicy(isEnabled: false))
        let text = #"""
            {"schema_version":1,"name":"nightly","circuit_breaker":{"error_threshold":3},
             "subtasks":{"a":{"capability":"echo"}}}
            """#
        for _ in 0..<3 {
            #expect(try scenario.submit(text) != nil)
            scenario.fail(try #require(scenario.takeDispatches().first), Self.transient)
        }
        #expect(scenario.moves.map(\.target.description) == ["workflow:nightly"])
        #expect(try scenario.submit(text) == nil)
        guard case .rejected(_, let reason)? = scenario.takeEffects().last else {
            Issue.record("the submission was not rejected")
            return
        }
        #expect(reason.kind == .breakerOpen)
        #expect(reason.retryAfter == .seconds(30))
        #expect(
            reason.message
                == "the circuit breaker of workflow \"nightly\" is open: too many of its runs failed, "
                + "and the next is tried in 30s"
        )
        #expect(try scenario.submit(Self.one) != nil)
        #expect(scenario.takeDispatches().count == 1)
        // One trial run, whose success lets the others in.
        scenario.advance(.seconds(30))
        #expect(try scenario.submit(text) != nil)
        #expect(try scenario.submit(text) == nil)
        scenario.succeed(try #require(scenario.takeDispatches().first))
        #expect(scenario.state(.workflow("nightly")) == .closed)
        #expect(try scenario.submit(text) != nil)
    }

    @Test("Breakers are as they were after a restart, and their waits go on")
    func restart() throws {
        var scenario = Self.world(["a"])
        try Self.run(&scenario, Self.transient)
        try Self.run(&scenario, Self.transient)
        try scenario.submit(Self.one)
        scenario.advance(.seconds(10))
        scenario.restart()
        scenario.join(WorkerID(agent: "a", replica: 1))
        #expect(scenario.state(try Self.tool("a-1")) == .open)
        #expect(scenario.takeDispatches().isEmpty)
        scenario.advance(.seconds(20))
        #expect(scenario.takeDispatches().count == 1)
    }

    @Test("A trial call that is lost among several does not keep the clock busy, or it half open")
    func lostAmongSeveral() throws {
        var scenario = Self.world(
            ["a"],
            PartialCircuitBreakerPolicy(
                errorThreshold: 2,
                halfOpenCalls: 3,
                probeTimeout: .seconds(5)
            )
        )
        try Self.run(&scenario, Self.transient)
        try Self.run(&scenario, Self.transient)
        try scenario.submit(Self.one)
        scenario.advance(.seconds(30))
        #expect(scenario.takeDispatches().count == 1)
        // Overdue after five seconds, but two more may be tried.
        scenario.advance(.seconds(20))
        #expect(scenario.state(try Self.tool("a-1")) == .halfOpen)
        for _ in 0..<3 { try scenario.submit(Self.one) }
        let trials = scenario.takeDispatches()
        #expect(trials.count == 2)
        for trial in trials { scenario.succeed(trial) }
        // One of three was lost, and all have to succeed.
        #expect(scenario.state(try Self.tool("a-1")) == .open)
    }

    @Test("A topology that switches a breaker off closes it, unless an operator has opened it")
    func switchedOff() throws {
        var scenario = Self.world(["a", "b"])
        for _ in 0..<4 { try Self.run(&scenario, Self.transient) }
        #expect(scenario.moves.map(\.state) == [.open, .open])
        #expect(Self.order(&scenario, .open, try Self.tool("b-1")) == nil)
        scenario.configure(
            ["a", "b"].map { name in
                TestAgent(name, "echo", concurrency: 8).with {
                    $0.adjust = {
                        $0.circuitBreaker = PartialCircuitBreakerPolicy(isEnabled: false)
                    }
                }
            }
        )
        #expect(scenario.state(try Self.tool("a-1")) == .closed)
        #expect(scenario.state(try Self.tool("b-1")) == .forcedOpen)
    }
}

extension Scenario {
    /// What breakers did, in order.
    var moves: [BreakerMoved] {
        journal.compactMap { entry in
            if case .breakerMoved(let move) = entry.record { move } else { nil }
        }
    }

    var dispatched: [SubtaskDispatched] {
        journal.compactMap { entry in
            if case .subtaskDispatched(let dispatch) = entry.record { dispatch } else { nil }
        }
    }

    func state(_ target: BreakerTarget) -> BreakerState? {
        swarm.breakerViews.first { $0.target == target }?.state
    }
}

extension BreakerMoved {
    fileprivate var worker: WorkerID {
        switch target {
        case .tool(_, let worker), .agent(let worker): worker
        case .workflow: WorkerID(agent: "none", replica: 1)
        }
    }
}
