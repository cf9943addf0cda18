import SwarmCore
import SwarmModel
import Testing

@Suite("Recovery and determinism")
struct RecoveryTests {
    @Test(
        "A restarted coordinator goes on with what live workers hold and hands out the rest again"
    )
    func adoption() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2, concurrency: 2))
        let run = try scenario.submit(RoutingTests.flat(4))
        let before = scenario.takeDispatches()
        #expect(before.count == 4)
        scenario.restart()
        scenario.configure([TestAgent("echo", replicas: 2, concurrency: 2)])
        #expect(scenario.takeDispatches().isEmpty)
        // The first worker still holds everything it was given; the second holds nothing.
        let kept = before.filter { $0.worker.replica == 1 }
        scenario.hello(WorkerID(agent: "echo", replica: 1), resume: kept.map(\.lease))
        #expect(scenario.takeDispatches().isEmpty)
        scenario.hello(WorkerID(agent: "echo", replica: 2), resume: [LeaseID(77)])
        let welcome = scenario.takeEffects().compactMap { effect -> [LeaseID]? in
            if case .welcome(_, _, _, let drop) = effect { drop } else { nil }
        }
        #expect(welcome.last == [LeaseID(77)])
        let again = scenario.journal.compactMap { entry -> SubtaskDispatched? in
            if case .subtaskDispatched(let dispatch) = entry.record { dispatch } else { nil }
        }.dropFirst(4)
        #expect(again.count == 2)
        for dispatch in kept { scenario.succeed(dispatch) }
        for dispatch in again {
            scenario.send(
                .result(dispatch.worker, dispatch.lease, .succeeded(.inline([])))
            )
        }
        #expect(scenario.outcome(run)?.outcome == .succeeded)
        let accepted = scenario.journal.count {
            if case .subtaskSucceeded = $0.record { true } else { false }
        }
        #expect(accepted == 4)
    }

    @Test("An old greeting that comes late is known by its number, also after a restart")
    func oldGreeting() throws {
        var scenario = Scenario(TestAgent("echo"))
        let worker = WorkerTests.first
        let first = try #require(scenario.view(worker)).incarnation
        scenario.hello(worker)
        scenario.restart()
        #expect(scenario.swarm.isOutdated(1, of: worker, first))
        #expect(scenario.swarm.isOutdated(2, of: worker, first))
        #expect(!scenario.swarm.isOutdated(3, of: worker, first))
        #expect(!scenario.swarm.isOutdated(nil, of: worker, first))
        // The next process counts from 1 again.
        scenario.configure([TestAgent("echo")])
        scenario.kill(worker)
        scenario.advance(.seconds(1))
        let second = try #require(scenario.view(worker)).incarnation
        #expect(second > first)
        #expect(!scenario.swarm.isOutdated(1, of: worker, second))
    }

    @Test("What a worker that does not count its greetings leaves out may be held all the same")
    func uncountedGreeting() throws {
        var scenario = UnknownOutcomeTests.swarm(verify: false)
        try scenario.submit(UnknownOutcomeTests.single)
        let post = try scenario.takeDispatch()
        scenario.hello(post.worker, counts: false)
        #expect(scenario.takeDispatches().isEmpty)
        #expect(scenario.questions == ["r_1/a"])
        #expect(scenario.decide("r_1/a", .didNotHappen)?.kind == .conflict)
        let cancelled = scenario.takeEffects().contains { effect in
            if case .cancel(post.worker, post.lease, _, _) = effect { true } else { false }
        }
        #expect(cancelled)
        scenario.send(.result(post.worker, post.lease, .cancelled))
        #expect(scenario.decide("r_1/a", .didNotHappen) == nil)
        #expect(scenario.takeDispatches().count == 1)
    }

    @Test("A process that died with the coordinator is replaced, and its subtasks with it")
    func diedTogether() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(AttemptTests.single)
        scenario.restart()
        scenario.configure([TestAgent("echo")])
        let worker = WorkerTests.first
        let view = try #require(scenario.view(worker))
        #expect(scenario.swarm.processes.map(\.worker) == [worker])
        scenario.send(.exited(worker, view.incarnation, .unknown))
        scenario.advance(.seconds(1))
        scenario.join(worker)
        scenario.echoAll()
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A worker that was leaving when its coordinator died goes on leaving, and gets no work")
    func leavesOn() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2))
        try scenario.submit(RoutingTests.flat(3))
        let leaving = WorkerID(agent: "echo", replica: 2)
        let held = try #require(scenario.takeDispatches().first { $0.worker == leaving })
        scenario.send(.stopRequested(drain: true))
        #expect(scenario.phase("echo-2") == .draining)
        scenario.restart()
        scenario.configure([TestAgent("echo", replicas: 2)])
        scenario.hello(leaving, resume: [held.lease])
        #expect(scenario.phase("echo-2") == .draining)
        #expect(scenario.takeDispatches().isEmpty)
        scenario.succeed(held)
        #expect(scenario.phase("echo-2") == .stopping)
    }

    @Test("What a worker held goes on elsewhere when a new topology no longer has the worker")
    func loweredReplicas() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2))
        let run = try scenario.submit(RoutingTests.flat(2))
        #expect(scenario.takeDispatches().count == 2)
        scenario.restart()
        scenario.configure([TestAgent("echo", replicas: 1)])
        let gone = WorkerID(agent: "echo", replica: 2)
        let view = try #require(scenario.view(gone))
        scenario.send(.exited(gone, view.incarnation, .unknown))
        #expect(scenario.view(gone) == nil)
        scenario.join(WorkerTests.first)
        scenario.echoAll()
        #expect(scenario.outcome(run)?.outcome == .succeeded)
    }

    @Test("A worker that a new topology no longer has may finish what it holds, and ends")
    func retiredButAlive() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2))
        let run = try scenario.submit(RoutingTests.flat(2))
        let held = scenario.takeDispatches()
        scenario.restart()
        scenario.configure([TestAgent("echo", replicas: 1)])
        for dispatch in held { scenario.hello(dispatch.worker, resume: [dispatch.lease]) }
        #expect(scenario.phase("echo-2") == .draining)
        for dispatch in held { scenario.succeed(dispatch) }
        #expect(scenario.outcome(run)?.outcome == .succeeded)
        #expect(scenario.phase("echo-2") == .stopping)
    }

    @Test("A crash after any record leaves a state from which the run ends right")
    func everyPrefix() throws {
        let text = """
            {"schema_version":1,"name":"mix","subtasks":{
              "list":{"capability":"echo","args":{"xs":[1,2,3]}},
              "each":{"capability":"echo","for_each":"${list.xs}","args":{"x":"${item}"}},
              "sum":{"capability":"echo","args":{"all":"${each[*].x}"}}},"output":"${sum.all}"}
            """
        var whole = Scenario(TestAgent("echo", replicas: 2))
        try whole.submit(text)
        whole.echoAll()
        let count = whole.journal.count
        #expect(count > 15)
        for length in 6...count {
            var scenario = whole.truncated(to: length)
            scenario.restart()
            scenario.configure([TestAgent("echo", replicas: 2)])
            let ended = scenario.swarm.view(of: RunID(1)) == nil
            for _ in 0..<6 {
                for view in scenario.swarm.workerViews {
                    switch view.phase {
                    case .expected, .launching: scenario.join(view.id)
                    default: break
                    }
                }
                scenario.echoAll()
                scenario.advance(.seconds(2))
            }
            let submitted = scenario.journal.contains {
                if case .runSubmitted = $0.record { true } else { false }
            }
            guard submitted else { continue }
            let end = try #require(scenario.outcome(RunID(1)), "no end from prefix \(length)")
            #expect(end.output.text == "[1,2,3]", "prefix \(length), ended before: \(ended)")
        }
    }

    /// A long mixed life of a swarm, as text: every record and effect of it.
    static func life(seed: UInt64) throws -> String {
        var scenario = Scenario(
            TestAgent("echo", replicas: 3, concurrency: 2).with { $0.timeout = .seconds(3) },
            TestAgent("other", "echo", "more").with { $0.usd = 0.5 },
            semaphores: [NamedSemaphore(name: "disk", permits: 2)]
        )
        var random = Lottery(state: seed)
        var open: [Dispatch] = []
        var text = ""
        for round in 0..<400 {
            if round % 20 == 0 {
                try scenario.submit(RoutingTests.flat(7, #","semaphores":["disk"]"#))
            }
            open += scenario.takeDispatches()
            if !open.isEmpty {
                let dispatch = open.remove(at: Int(random.next() % UInt64(open.count)))
                switch random.next() % 16 {
                case 0: scenario.fail(dispatch, AttemptTests.transient)
                case 1:
                    if let view = scenario.view(dispatch.worker) {
                        scenario.send(.exited(view.id, view.incarnation, .exited(1)))
                    }
                case 2: break
                default: scenario.succeed(dispatch)
                }
            }
            scenario.advance(.milliseconds(Int64(random.next() % 300)))
            for view in scenario.swarm.workerViews where view.phase == .launching {
                scenario.join(view.id)
            }
        }
        for (record, time) in scenario.journal {
            if case .configured = record { continue }
            text += "\(time.microseconds) \(record)\n"
        }
        return text
    }

    @Test("A mixed life under failures leaves the same state when its journal is folded")
    func foldOfALife() throws {
        // Scenario itself compares after each input; this must only run through.
        let text = try RecoveryTests.life(seed: 11)
        #expect(text.contains("attemptEnded"))
        #expect(text.contains("runFinished"))
    }

    @Test("The same inputs give the same records, byte for byte, in another process")
    func twoProcesses() async throws {
        let here = try RecoveryTests.life(seed: 5)
        #expect(try RecoveryTests.life(seed: 5) == here)
        #expect(try RecoveryTests.life(seed: 6) != here)
        let result = await #expect(
            processExitsWith: .success,
            observing: [\.standardOutputContent]
        ) {
            print("checksum \(RecoveryTests.checksum(try RecoveryTests.life(seed: 5))).")
        }
        let output = String(
            decoding: try #require(result).standardOutputContent,
            as: UTF8.self
        )
        // Hashing in Swift is seeded anew in each process, so any order that came from it differs.
        #expect(output.contains("checksum \(RecoveryTests.checksum(here))."))
    }

    /// FNV-1a, 64 bits.
    static func checksum(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "\(hash)"
    }
}

/// A seeded generator for tests (xorshift64).
struct Lottery {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
