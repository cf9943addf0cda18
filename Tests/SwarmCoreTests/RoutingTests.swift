import SwarmCore
import SwarmModel
import Testing

@Suite("Routing and semaphores")
struct RoutingTests {
    static func flat(_ count: Int, _ extra: String = "") -> String {
        let subtasks = (0..<count).map { #""n\#($0)":{"capability":"echo"\#(extra)}"# }
        return
            #"{"schema_version":1,"name":"flat","subtasks":{\#(subtasks.joined(separator: ","))}}"#
    }

    @Test("No worker ever holds more than its permits")
    func permits() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2, concurrency: 3))
        try scenario.submit(RoutingTests.flat(20))
        let dispatches = scenario.takeDispatches()
        #expect(dispatches.count == 6)
        for worker in ["echo-1", "echo-2"] {
            #expect(dispatches.count { $0.worker.description == worker } == 3)
        }
    }

    @Test("Equal workers take turns, and the ranking is in the record")
    func rotation() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 3, concurrency: 5))
        try scenario.submit(RoutingTests.flat(3))
        #expect(
            Set(scenario.takeDispatches().map(\.worker.description))
                == ["echo-1", "echo-2", "echo-3"]
        )
        let ranked = scenario.journal.compactMap { entry in
            if case .subtaskDispatched(let dispatch) = entry.record { dispatch } else { nil }
        }
        #expect(ranked.map(\.alternatives.count) == [2, 2, 2])
    }

    @Test("A worker that answers faster gets more of the work")
    func latency() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2, concurrency: 4))
        try scenario.submit(RoutingTests.flat(200))
        var counts = ["echo-1": 0, "echo-2": 0]
        var open = scenario.takeDispatches()
        // echo-2 takes ten times as long as echo-1.
        for round in 0..<40 {
            scenario.now = scenario.now + .milliseconds(10)
            let slow = round % 10 == 9
            for dispatch in open where dispatch.worker.description == "echo-1" || slow {
                counts[dispatch.worker.description, default: 0] += 1
                scenario.succeed(dispatch)
                open.removeAll { $0.lease == dispatch.lease }
            }
            open += scenario.takeDispatches()
        }
        #expect(counts["echo-1", default: 0] > 3 * counts["echo-2", default: 0])
    }

    @Test("The cheaper of two agents is chosen, and the dearer when it is full")
    func cost() throws {
        let dear = TestAgent("dear", "echo").with { $0.usd = 0.01 }
        let cheap = TestAgent("cheap", "echo").with { $0.usd = 0.001 }
        var scenario = Scenario(dear, cheap)
        try scenario.submit(RoutingTests.flat(2))
        #expect(scenario.takeDispatches().map(\.worker.agent) == ["cheap", "dear"])
    }

    @Test("A version in the capability chooses among agents")
    func version() throws {
        let old = TestAgent("old", "echo").with { $0.version = "1.9.0" }
        let new = TestAgent("new", "echo").with { $0.version = "2.0.1" }
        var scenario = Scenario(old, new)
        try scenario.submit(
            #"{"schema_version":1,"name":"v","subtasks":{"a":{"capability":"echo@2"}}}"#
        )
        #expect(scenario.takeDispatches().map(\.worker.agent) == ["new"])
    }

    @Test("Larger priority goes first, then whoever waited longest")
    func priority() throws {
        var scenario = Scenario(TestAgent("echo"))
        try scenario.submit(
            """
            {"schema_version":1,"name":"p","subtasks":{
              "a":{"capability":"echo"},"b":{"capability":"echo"},
              "c":{"capability":"echo","priority":5},"d":{"capability":"echo","priority":5}}}
            """
        )
        var order: [String] = []
        while let dispatch = scenario.takeDispatches().first {
            order.append(dispatch.subtask.name)
            scenario.succeed(dispatch)
        }
        // The submission readies all four before the first is handed out.
        #expect(order == ["c", "d", "a", "b"])
    }

    @Test("A named semaphore bounds subtasks over all workers and runs")
    func semaphore() throws {
        var scenario = Scenario(
            TestAgent("echo", replicas: 2, concurrency: 8),
            semaphores: [NamedSemaphore(name: "disk", permits: 3)]
        )
        try scenario.submit(RoutingTests.flat(5, #","semaphores":["disk"]"#))
        try scenario.submit(RoutingTests.flat(6, #","semaphores":["disk"]"#))
        var open = scenario.takeDispatches()
        #expect(open.count == 3)
        var done = 0
        while let dispatch = open.first {
            open.removeFirst()
            scenario.succeed(dispatch)
            done += 1
            open += scenario.takeDispatches()
            #expect(open.count <= 3)
        }
        #expect(done == 11)
    }

    @Test("A subtask that waits for another worker than the free one holds nobody up")
    func waitsForAnotherWorker() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2))
        try scenario.submit(RoutingTests.flat(2))
        let held = scenario.takeDispatches()
        let invalid = AttemptOutcome.rejected(Failure(.validation, "no entry_id"))
        scenario.send(.result(held[0].worker, held[0].lease, invalid))
        // Only the other worker may try it again, and that is busy.
        #expect(scenario.takeDispatches().isEmpty)
        try scenario.submit(RoutingTests.flat(1))
        #expect(scenario.takeDispatches().map(\.subtask.run) == [RunID(2)])
        scenario.succeed(held[1])
        #expect(scenario.takeDispatches().map(\.subtask) == [held[0].subtask])
    }

    @Test("Who returned nonsense gets the subtask again when nobody else may have it")
    func nobodyElse() throws {
        let invalid = AttemptOutcome.rejected(Failure(.validation, "no entry_id"))
        // The other has no money for it.
        let agents = [
            TestAgent("cheap", "echo"),
            TestAgent("dear", "echo").with {
                $0.usd = 1
                $0.budget = Budget(usd: 0.5)
            },
        ]
        var poor = Scenario(agents: agents) { _ in }
        try poor.submit(RoutingTests.flat(1))
        let first = try poor.takeDispatch()
        poor.send(.result(first.worker, first.lease, invalid))
        #expect(try poor.takeDispatch().worker == first.worker)
        // An operator keeps calls from the other.
        var shut = Scenario(TestAgent("echo", replicas: 2))
        try shut.submit(RoutingTests.flat(1))
        let second = try shut.takeDispatch()
        let other = WorkerID(agent: "echo", replica: second.worker.replica == 1 ? 2 : 1)
        let order = BreakerOrder(
            token: 7,
            target: .agent(other),
            command: .open,
            reason: "a test says so",
            by: "tester"
        )
        shut.send(.breakerCommanded(order))
        shut.send(.result(second.worker, second.lease, invalid))
        #expect(try shut.takeDispatch().worker == second.worker)
    }

    @Test("A subtask that waits for another worker keeps no semaphore of the free one")
    func keepsNoSemaphore() throws {
        let agents = [
            TestAgent("a", "echo", "count", concurrency: 2).with { $0.semaphores = ["one"] },
            TestAgent("b", "echo").with { $0.timeout = .seconds(600) },
        ]
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 42))
        scenario.configure(agents, semaphores: [NamedSemaphore(name: "one", permits: 1)])
        for view in scenario.swarm.workerViews { scenario.join(view.id) }
        try scenario.submit(RoutingTests.flat(2))
        let held = scenario.takeDispatches()
        let mine = try #require(held.first { $0.worker.agent == "a" })
        let invalid = AttemptOutcome.rejected(Failure(.validation, "no entry_id"))
        scenario.send(.result(mine.worker, mine.lease, invalid))
        scenario.advance(.seconds(11))
        try scenario.submit(RoutingTests.flat(1).replacing("echo", with: "count"))
        #expect(scenario.takeDispatches().map(\.capability) == ["count"])
    }

    @Test("A semaphore that is taken does not block subtasks that do not need it")
    func unrelated() throws {
        var scenario = Scenario(
            TestAgent("echo", concurrency: 8),
            semaphores: [NamedSemaphore(name: "disk", permits: 1)]
        )
        try scenario.submit(
            """
            {"schema_version":1,"name":"mix","subtasks":{
              "a":{"capability":"echo","semaphores":["disk"]},
              "b":{"capability":"echo","semaphores":["disk"]},
              "c":{"capability":"echo"}}}
            """
        )
        #expect(scenario.takeDispatches().map(\.subtask.name) == ["a", "c"])
    }

    @Test("A semaphore of an agent bounds every call to it")
    func agentSemaphore() throws {
        let agent = TestAgent("echo", replicas: 2, concurrency: 4).with { $0.semaphores = ["llm"] }
        var scenario = Scenario(agent, semaphores: [NamedSemaphore(name: "llm", permits: 2)])
        try scenario.submit(RoutingTests.flat(6))
        #expect(scenario.takeDispatches().count == 2)
    }

    @Test("A suspect worker gets no new work until it is heard from")
    func suspect() throws {
        var scenario = Scenario(TestAgent("echo", concurrency: 4))
        let worker = WorkerID(agent: "echo", replica: 1)
        scenario.send(.silent(worker))
        #expect(scenario.phase("echo-1") == .suspect)
        try scenario.submit(RoutingTests.flat(1))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.send(.back(worker))
        #expect(scenario.takeDispatches().count == 1)
    }
}
