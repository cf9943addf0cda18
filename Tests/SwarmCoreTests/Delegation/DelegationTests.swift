import SwarmCore
import SwarmModel
import Testing

@Suite("Delegation in a run")
struct DelegationTests {
    static let workflow =
        #"{"schema_version":1,"name":"w","subtasks":{"plan":{"capability":"plan"}}}"#

    static let agents = [
        TestAgent("plan"), TestAgent("research"), TestAgent("read"), TestAgent("count"),
        TestAgent("sum"),
    ]

    @Test("A worker delegates, waits without its permit, and gets what the call returned")
    func delegates() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        let run = try scenario.submit(Self.workflow)
        let plan = try scenario.takeDispatch()
        #expect(plan.depthLeft == 4)
        #expect(plan.stack.isEmpty)
        scenario.call(plan, 1, "research", #"{"topic":"whales"}"#)
        let research = try scenario.takeDispatch()
        #expect(research.subtask.description == "r_1/plan/1")
        #expect(research.text == #"{"topic":"whales"}"#)
        #expect(research.depthLeft == 3)
        #expect(research.deadline <= plan.deadline)
        #expect(
            research.stack == [
                StackFrame(subtask: plan.subtask, capability: "plan", agent: "plan")
            ]
        )
        scenario.call(research, 1, "read", "[1]")
        let read = try scenario.takeDispatch()
        #expect(read.subtask.description == "r_1/plan/1/1")
        #expect(read.stack.map(\.capability) == ["plan", "research"])
        #expect(scenario.takeReplies().isEmpty)
        scenario.succeed(read, "7")
        let first = scenario.takeReplies()
        #expect(first.map(\.worker) == [research.worker])
        #expect(first.map(\.request) == [CallReference(lease: research.lease, number: 1)])
        #expect(first.first?.result == "7")
        scenario.call(research, 2, "read", "[2]")
        let second = try scenario.takeDispatch()
        #expect(second.subtask.description == "r_1/plan/1/2")
        scenario.succeed(second, "8")
        scenario.succeed(research, #"{"pages":15}"#)
        let replies = scenario.takeReplies()
        #expect(replies.last?.worker == plan.worker)
        #expect(replies.last?.result == #"{"pages":15}"#)
        scenario.succeed(plan)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
        #expect(scenario.allHeld().isEmpty)
    }

    @Test("The failure of a call is the answer to its caller, and the run goes on")
    func answersFailures() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        let run = try scenario.submit(Self.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        scenario.fail(try scenario.takeDispatch(), Failure(.permission, "no key"))
        let reply = try #require(scenario.takeReplies().first)
        #expect(reply.failure?.kind == .permission)
        #expect(reply.failure?.message == "no key")
        scenario.succeed(plan)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A call is tried again by its own policy before its caller hears of a failure")
    func retriesCalls() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        try scenario.submit(Self.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        for attempt in 1...3 {
            let research = try scenario.takeDispatch()
            #expect(research.attempt == attempt)
            #expect(scenario.takeReplies().isEmpty)
            scenario.fail(research, Failure(.transient, "again"))
            scenario.advance(.seconds(15))
        }
        #expect(scenario.takeReplies().first?.failure?.kind == .transient)
    }

    @Test("A deadline is never later than the caller's, and its end is the caller's answer")
    func clipsDeadlines() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        try scenario.submit(Self.workflow)
        let plan = try scenario.takeDispatch()
        let start = scenario.now
        scenario.advance(.seconds(50))
        scenario.call(plan, 1, "research", "[1]", timeout: .seconds(30))
        #expect(try scenario.takeDispatch().deadline == plan.deadline)
        #expect(plan.deadline == start + .seconds(60))
        scenario.call(plan, 2, "read", "[2]", timeout: .seconds(2))
        #expect(try scenario.takeDispatch().deadline == start + .seconds(52))
        scenario.advance(.seconds(3))
        let reply = try #require(scenario.takeReplies().first)
        #expect(reply.request.number == 2)
        #expect(reply.failure?.kind == .leaseExpired)
    }

    @Test("A caller and its calls at one worker may all be overdue in the same moment")
    func overdueTogether() throws {
        for ends in [#""on_failure":"skip""#, #""on_failure":"abort""#, #""priority":1"#] {
            let agent = TestAgent("desk", "plan", "read", concurrency: 4).with { $0.attempts = 1 }
            var scenario = Scenario(agents: [agent]) { _ in }
            let run = try scenario.submit(
                Self.workflow.replacing(#""plan"}"#, with: #""plan",\#(ends)}"#)
            )
            let plan = try scenario.takeDispatch()
            scenario.call(plan, 1, "read", "[1]")
            scenario.call(plan, 2, "read", "[2]")
            let reads = scenario.takeDispatches()
            #expect(reads.map(\.deadline) == [plan.deadline, plan.deadline])
            scenario.advance(.seconds(60))
            for held in [plan] + reads {
                scenario.send(.result(held.worker, held.lease, .cancelled))
            }
            #expect(scenario.outcome(run) != nil)
            #expect(scenario.allHeld().isEmpty)
        }
    }

    @Test("Nested delegation never deadlocks, however few the permits", arguments: 1...3, 1...3)
    func neverDeadlocks(concurrency: Int, permits: Int) throws {
        let agent = TestAgent("work", concurrency: concurrency).with { $0.semaphores = ["s"] }
        var scenario = Scenario(
            agents: [agent],
            semaphores: [NamedSemaphore(name: "s", permits: permits)]
        ) {
            $0.delegationDepth = 6
        }
        let workflow =
            #"{"schema_version":1,"name":"w","subtasks":{"all":{"capability":"work","#
            + #""for_each":[1,2,3,4,5],"args":{"path":"${item}"}}}}"#
        let run = try scenario.submit(workflow)
        // Each calls two more below it, down to the last level, and waits for one after another.
        var open: [(dispatch: Dispatch, calls: UInt64)] = []
        var steps = 0
        while scenario.outcome(run) == nil, steps < 5000 {
            steps += 1
            open += scenario.takeDispatches().map { ($0, 0) }
            let waiting = Set(scenario.waitingLeases)
            guard let next = open.firstIndex(where: { !waiting.contains($0.dispatch.lease) })
            else { break }
            let (dispatch, calls) = open[next]
            if calls < 2, dispatch.depthLeft > 3 {
                open[next].calls += 1
                scenario.call(dispatch, calls + 1, "work", "[\(dispatch.lease.number),\(calls)]")
            } else {
                open.remove(at: next)
                scenario.succeed(dispatch)
            }
        }
        #expect(scenario.outcome(run)?.outcome == .succeeded)
        #expect(scenario.dispatchedNames.count == 5 * (1 + 2 + 4 + 8))
    }

    @Test("A call under a lease that was never given, or has ended, changes nothing")
    func ignoresForgedCalls() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        try scenario.submit(Self.workflow)
        let plan = try scenario.takeDispatch()
        let forged: [(WorkerID, LeaseID)] = [
            (plan.worker, LeaseID(99)), (WorkerID(agent: "read", replica: 1), plan.lease),
            (WorkerID(agent: "nobody", replica: 1), plan.lease),
        ]
        for (worker, lease) in forged {
            let request = DelegateRequest(number: 1, capability: "read", arguments: .empty)
            let step = scenario.send(.delegated(worker, lease, request))
            #expect(step.records.count == 1)
            guard case .ignored(let ignored)? = step.records.first else {
                Issue.record("it was taken: \(step)")
                continue
            }
            #expect(ignored.subject == .call)
            #expect(scenario.takeReplies().first?.failure?.kind == .cancelled)
        }
        #expect(scenario.takeDispatches().isEmpty)
    }

    @Test("A call that goes on after its caller has failed starts no more calls")
    func refusesAbandoned() throws {
        let research = TestAgent("research").with {
            $0.sideEffect = .additive
            $0.idempotent = false
        }
        var scenario = Scenario(agents: [TestAgent("plan"), research, TestAgent("read")]) { _ in }
        let run = try scenario.submit(
            #"{"schema_version":1,"name":"w","subtasks":{"#
                + #""plan":{"capability":"plan","on_failure":"skip"},"#
                + #""next":{"capability":"read","needs":["plan"],"priority":1}}}"#
        )
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        let called = try scenario.takeDispatch()
        scenario.fail(plan, Failure(.permission, "no key"))
        // It may not be repeated, so it is only asked to stop: whether it happened must be known.
        #expect(scenario.allHeld().contains { $0.lease == called.lease })
        _ = scenario.takeReplies()
        scenario.call(called, 1, "read")
        let reply = try #require(scenario.takeReplies().first)
        #expect(reply.isRefused)
        #expect(reply.failure?.kind == .cancelled)
        scenario.succeed(called)
        while let next = scenario.takeDispatchOrNil() { scenario.succeed(next) }
        #expect(!scenario.dispatchedNames.contains { $0.hasSuffix("/plan/1/1") })
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A trial call that waits for a call of its own leaves the trial to that")
    func nestedTrial() throws {
        let tool = try BreakerRoutingTests.tool("a-1")
        var scenario = BreakerRoutingTests.world(["a"])
        for _ in 0..<2 { try BreakerRoutingTests.run(&scenario, BreakerRoutingTests.transient) }
        try scenario.submit(BreakerRoutingTests.one)
        scenario.advance(.seconds(30))
        let outer = try #require(scenario.takeDispatches().first)
        scenario.call(outer, 1, "echo", "[1]")
        let inner = try #require(scenario.takeDispatches().first)
        #expect(scenario.state(tool) == .halfOpen)
        scenario.succeed(inner)
        #expect(scenario.state(tool) == .closed)
        // What the caller says now is of an earlier time.
        scenario.fail(outer, BreakerRoutingTests.transient)
        try BreakerRoutingTests.run(&scenario, BreakerRoutingTests.transient)
        #expect(scenario.state(tool) == .closed)
    }

    @Test("A swarm that stops takes no further calls, and says so")
    func refusesWhenStopping() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        try scenario.submit(Self.workflow)
        let plan = try scenario.takeDispatch()
        scenario.send(.stopRequested(drain: true))
        #expect(scenario.call(plan, 1, "read").records.isEmpty)
        #expect(scenario.takeReplies().first?.failure?.kind == .unavailable)
    }

    // MARK: Refusals

    @Test("A call that nobody offers is refused, and the chain is named")
    func refusesUnknown() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        let run = try scenario.submit(Self.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        let research = try scenario.takeDispatch()
        scenario.call(research, 1, "fly")
        scenario.call(research, 2, "read", agent: "count")
        let replies = scenario.takeReplies()
        #expect(replies.map(\.failure?.kind) == [.notFound, .notFound])
        #expect(replies[0].failure?.message.hasPrefix("plan -> research -> fly: ") == true)
        #expect(replies[1].failure?.message.contains("\"count\"") == true)
        scenario.succeed(research)
        scenario.succeed(plan)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("Too deep, in a circle, too many: each is refused with the chain, and the run goes on")
    func refusesByLimits() throws {
        var scenario = Scenario(agents: Self.agents) {
            $0.delegationDepth = 2
            $0.children = 2
            $0.delegatedSubtasks = 3
        }
        let run = try scenario.submit(Self.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        let research = try scenario.takeDispatch()
        scenario.call(research, 1, "read")
        let read = try scenario.takeDispatch()
        #expect(read.depthLeft == 0)
        scenario.call(read, 1, "count")
        scenario.call(research, 2, "research", " {} ")
        scenario.call(research, 3, "count", "[1]")
        scenario.call(research, 4, "count", "[2]")
        scenario.call(plan, 2, "count", "[3]")
        let replies = scenario.takeReplies()
        let failures = replies.compactMap(\.failure)
        #expect(replies.map(\.isRefused) == [true, true, true, true])
        #expect(
            failures.map(\.kind) == [
                .depthExceeded, .loopStopped, .depthExceeded, .depthExceeded,
            ]
        )
        let chains = failures.map { $0.message.prefix { $0 != ":" } }
        #expect(
            chains == [
                "plan -> research -> read -> count", "plan -> research -> research",
                "plan -> research -> count", "plan -> count",
            ]
        )
        scenario.echoAll()
        scenario.succeed(read)
        scenario.succeed(research)
        scenario.succeed(plan)
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A workflow may lower the limits, and not raise them")
    func lowersLimits() throws {
        var scenario = Scenario(agents: Self.agents) { $0.delegationDepth = 1 }
        let lower =
            #"{"schema_version":1,"name":"w","limits":{"delegation_depth":%},"#
            + #""subtasks":{"plan":{"capability":"plan"}}}"#
        try scenario.submit(lower.replacing("%", with: "0"))
        let plan = try scenario.takeDispatch()
        #expect(plan.depthLeft == 0)
        scenario.call(plan, 1, "read")
        #expect(scenario.takeReplies().first?.failure?.kind == .depthExceeded)
        scenario.succeed(plan)
        #expect(try scenario.submit(lower.replacing("%", with: "9")) == nil)
    }

    @Test("A worker that never takes no for an answer is stopped, and its run with it")
    func stopsRefusalFloods() throws {
        var scenario = Scenario(agents: Self.agents) { _ in }
        let run = try scenario.submit(Self.workflow)
        let plan = try scenario.takeDispatch()
        for number in 1...10_000 as ClosedRange<UInt64> {
            scenario.call(plan, number, "fly\(number)")
        }
        #expect(scenario.takeReplies().count == 10_000)
        #expect(scenario.journal.count < 100)
        scenario.send(.result(plan.worker, plan.lease, .cancelled))
        #expect(scenario.outcome(run)?.failure?.kind == .loopStopped)
    }
}

extension Scenario {
    /// The leases whose workers wait for an answer that has not left yet.
    var waitingLeases: [LeaseID] {
        var waiting: [LeaseID] = []
        for (record, _) in journal {
            switch record {
            case .subtaskParked(_, let lease, _): waiting.append(lease)
            case .subtaskUnparked(_, let lease, _): waiting.removeAll { $0 == lease }
            default: break
            }
        }
        return waiting
    }
}
