import SwarmCore
import SwarmModel
import Testing

/// What a subtask does that no worker may take.
@Suite("With nobody left")
struct BlockedTests {
    @Test("With nobody left a subtask waits and says so once")
    func waits() throws {
        var scenario = BreakerRoutingTests.world(["a", "b"])
        _ = BreakerRoutingTests.order(&scenario, .open, try BreakerRoutingTests.tool("a-1"))
        _ = BreakerRoutingTests.order(&scenario, .open, .agent(WorkerID(agent: "b", replica: 1)))
        let run = try scenario.submit(BreakerRoutingTests.one)
        for _ in 0..<20 { scenario.advance(.seconds(10)) }
        let blocked = scenario.journal.compactMap { entry in
            if case .subtaskBlocked(let blocked) = entry.record { blocked } else { nil }
        }
        #expect(blocked.map(\.subtask.run) == [run])
        #expect(
            blocked.first?.reason
                == "an operator opened the breaker of echo@a-1; an operator opened the breaker of "
                + "b-1"
        )
        #expect(scenario.outcome(run) == nil)
    }

    @Test("With nobody left a subtask fails when its policy says so")
    func fails() throws {
        var scenario = BreakerRoutingTests.world(["a"])
        _ = BreakerRoutingTests.order(&scenario, .open, try BreakerRoutingTests.tool("a-1"))
        let run = try scenario.submit(
            #"""
            {"schema_version":1,"name":"one","failure":{"on_unavailable":"fail"},
             "subtasks":{"a":{"capability":"echo"}}}
            """#
        )
        #expect(scenario.outcome(run)?.failure?.kind == .breakerOpen)
        let rules = scenario.journal.compactMap { entry in
            if case .attemptEnded(let end) = entry.record { end.rule } else { nil }
        }
        #expect(rules == ["workflow.on_unavailable, then default.on_failure"])
    }

    @Test("A quarantined worker, too, leaves nobody")
    func quarantined() throws {
        var scenario = BreakerRoutingTests.world(["a"])
        let worker = WorkerID(agent: "a", replica: 1)
        let view = try #require(scenario.view(worker))
        scenario.send(.exited(worker, view.incarnation, .exited(78)))
        #expect(scenario.phase("a-1") == .quarantined)
        try scenario.submit(BreakerRoutingTests.one)
        guard case .subtaskBlocked(let blocked)? = scenario.journal.last?.record else {
            Issue.record("nothing said that the subtask is blocked")
            return
        }
        #expect(blocked.reason == "a-1 is quarantined")
    }
}
