import SwarmCore
import SwarmModel
import Testing

@Suite("Workers: launch, silence, restart, end")
struct WorkerTests {
    static let first = WorkerID(agent: "echo", replica: 1)

    private func launches(_ scenario: inout Scenario) -> [WorkerID] {
        scenario.takeEffects().compactMap { effect in
            if case .launch(let worker, _) = effect { worker } else { nil }
        }
    }

    private func crash(
        _ scenario: inout Scenario,
        _ worker: WorkerID = WorkerTests.first,
        _ status: SwarmModel.ExitStatus = .exited(1)
    ) throws {
        let view = try #require(scenario.view(worker))
        scenario.send(.exited(worker, view.incarnation, status))
    }

    @Test("Every replica is launched once, and is ready when it has said HELLO")
    func launch() {
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 1))
        scenario.configure([TestAgent("echo", replicas: 3)])
        #expect(launches(&scenario).map(\.description) == ["echo-1", "echo-2", "echo-3"])
        scenario.join(WorkerTests.first)
        #expect(scenario.phase("echo-1") == .ready)
        #expect(scenario.phase("echo-2") == .launching)
    }

    @Test("A worker waits for the agents it depends on")
    func dependsOn() {
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 1))
        scenario.configure([
            TestAgent("ledger").with { $0.dependsOn = [AgentDependency(agent: "pricing")] },
            TestAgent("pricing"),
        ])
        #expect(launches(&scenario).map(\.agent) == ["pricing"])
        scenario.join(WorkerID(agent: "pricing", replica: 1))
        #expect(launches(&scenario).map(\.agent) == ["ledger"])
    }

    @Test("A worker that ends in order without HELLO has failed and is started again")
    func unheard() throws {
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 1))
        scenario.configure([TestAgent("echo")])
        try crash(&scenario, WorkerTests.first, .exited(0))
        #expect(scenario.phase("echo-1") == .waiting)
        scenario.advance(.seconds(10))
        scenario.join(WorkerTests.first)
        #expect(scenario.phase("echo-1") == .ready)
        // Now that it had begun, ending in order is its right.
        try crash(&scenario, WorkerTests.first, .exited(0))
        #expect(scenario.phase("echo-1") == .stopped)
    }

    @Test("One that others wait for to complete may end without HELLO")
    func completed() throws {
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 1))
        scenario.configure([
            TestAgent("ledger").with {
                $0.dependsOn = [AgentDependency(agent: "echo", condition: .completed)]
            },
            TestAgent("echo"),
        ])
        #expect(launches(&scenario).map(\.agent) == ["echo"])
        try crash(&scenario, WorkerTests.first, .exited(0))
        #expect(scenario.phase("echo-1") == .stopped)
        #expect(launches(&scenario).map(\.agent) == ["ledger"])
    }

    @Test("A crashed worker is started again after a delay that grows with each crash")
    func backoff() throws {
        var scenario = Scenario(TestAgent("echo"))
        var delays: [Duration] = []
        for _ in 0..<3 {
            try crash(&scenario)
            let due = try #require(scenario.view(WorkerTests.first)?.restartAt)
            delays.append(due - scenario.now)
            scenario.advance(.seconds(10))
            scenario.join(WorkerTests.first)
        }
        // 0.5, 1 and 2 s, each within a fifth.
        #expect((.milliseconds(400) ... .milliseconds(600)).contains(delays[0]))
        #expect((.milliseconds(800) ... .milliseconds(1200)).contains(delays[1]))
        #expect((.milliseconds(1600) ... .milliseconds(2400)).contains(delays[2]))
    }

    @Test("A worker that ran long enough is trusted again and restarts quickly")
    func reset() throws {
        var scenario = Scenario(TestAgent("echo"))
        for _ in 0..<3 {
            try crash(&scenario)
            scenario.advance(.seconds(20))
            scenario.join(WorkerTests.first)
        }
        scenario.advance(.seconds(121))
        try crash(&scenario)
        let due = try #require(scenario.view(WorkerTests.first)?.restartAt)
        let delay = due - scenario.now
        #expect(delay <= .milliseconds(600))
    }

    @Test("A worker that crashes too often is quarantined, and an operator can put it back")
    func quarantine() throws {
        var scenario = Scenario(TestAgent("echo"))
        for _ in 0..<5 {
            try crash(&scenario)
            scenario.advance(.seconds(9))
            scenario.join(WorkerTests.first)
        }
        try crash(&scenario)
        #expect(scenario.phase("echo-1") == .quarantined)
        _ = scenario.takeEffects()
        scenario.advance(.seconds(600))
        #expect(launches(&scenario).isEmpty)
        scenario.send(.released(WorkerTests.first))
        #expect(launches(&scenario) == [WorkerTests.first])
    }

    @Test("A worker that has ended in order stays away until an operator wants it back")
    func releasedAfterItsEnd() throws {
        var scenario = Scenario(TestAgent("echo"))
        let run = try scenario.submit(
            #"{"schema_version":1,"name":"w","subtasks":{"a":{"capability":"echo"}}}"#
        )
        scenario.succeed(try scenario.takeDispatch())
        #expect(scenario.outcome(run)?.outcome == .succeeded)
        try crash(&scenario, WorkerTests.first, .exited(0))
        #expect(scenario.phase("echo-1") == .stopped)
        _ = scenario.takeEffects()
        scenario.advance(.seconds(600))
        #expect(launches(&scenario).isEmpty)
        scenario.send(.released(WorkerTests.first))
        #expect(launches(&scenario) == [WorkerTests.first])
        #expect(scenario.view(WorkerTests.first)?.isReleasable == false)
        scenario.send(.released(WorkerTests.first))
        #expect(launches(&scenario).isEmpty)
    }

    @Test("Exit 78 says that the configuration is wrong, and is never tried again")
    func badConfiguration() throws {
        var scenario = Scenario(TestAgent("echo").with { $0.restart.policy = .always })
        try crash(&scenario, WorkerTests.first, .exited(78))
        #expect(scenario.phase("echo-1") == .quarantined)
    }

    @Test("A worker that was told to end and ends with 78 is started again like any other")
    func refusedWhileEnding() throws {
        var scenario = Scenario(TestAgent("echo").with { $0.restart.policy = .always })
        let view = try #require(scenario.view(WorkerTests.first))
        scenario.send(.vanished(WorkerTests.first))
        scenario.advance(.seconds(60))
        #expect(scenario.phase("echo-1") == .stopping)
        // It lost its session too, asks for another, and is refused as one that was replaced.
        scenario.send(
            .hello(
                WorkerTests.first,
                view.incarnation,
                Greeting(
                    session: 9,
                    credit: 1,
                    capabilities: ["echo"],
                    resume: [],
                    sequence: 9
                )
            )
        )
        scenario.send(.exited(WorkerTests.first, view.incarnation, .exited(78)))
        #expect(scenario.phase("echo-1") == .waiting)
    }

    @Test(
        "A clean exit is followed by what restart.policy says",
        arguments: [
            (RestartPolicy.Condition.never, WorkerPhase.stopped), (.onFailure, .stopped),
            (.always, .waiting),
        ]
    )
    func cleanExit(policy: RestartPolicy.Condition, phase: WorkerPhase) throws {
        var scenario = Scenario(TestAgent("echo").with { $0.restart.policy = policy })
        try crash(&scenario, WorkerTests.first, .exited(0))
        #expect(scenario.phase("echo-1") == phase)
    }

    @Test("An exit with status 0 and work in hand is a failure")
    func exitWithWork() throws {
        var scenario = Scenario(TestAgent("echo"))
        try scenario.submit(AttemptTests.single)
        #expect(scenario.takeDispatches().count == 1)
        try crash(&scenario, WorkerTests.first, .exited(0))
        #expect(scenario.phase("echo-1") == .waiting)
    }

    @Test("A process that never says HELLO is ended and started again")
    func noHello() throws {
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 1))
        scenario.configure([TestAgent("echo")])
        let view = try #require(scenario.view(WorkerTests.first))
        scenario.send(
            .launched(
                WorkerTests.first,
                view.incarnation,
                ProcessIdentity(pid: 7, startTime: 1)
            )
        )
        scenario.advance(.seconds(10))
        let isKilled = scenario.takeEffects().contains(
            .signal(WorkerTests.first, view.incarnation, .kill)
        )
        #expect(isKilled)
        scenario.send(.exited(WorkerTests.first, view.incarnation, .signalled(9)))
        scenario.advance(.seconds(1))
        #expect(launches(&scenario) == [WorkerTests.first])
    }

    @Test("A lost worker's subtasks move on, and its return is welcome")
    func lostAndBack() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2))
        try scenario.submit(AttemptTests.single)
        let held = try #require(scenario.takeDispatches().first)
        scenario.send(.silent(held.worker))
        scenario.send(.vanished(held.worker))
        #expect(scenario.view(held.worker)?.phase == .lost)
        let second = try #require(scenario.takeDispatches().first)
        #expect(second.worker != held.worker)
        scenario.send(.back(held.worker))
        #expect(scenario.view(held.worker)?.phase == .ready)
        let late = scenario.send(.result(held.worker, held.lease, .succeeded(.inline([]))))
        #expect(late.effects.contains(.acknowledge(held.worker, held.lease, .stale)))
        #expect(scenario.view(held.worker)?.held == 0)
    }

    @Test("A worker that offers less than its manifest promises is refused")
    func manifestMismatch() throws {
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 1))
        scenario.configure([TestAgent("echo", "echo", "reverse")])
        let view = try #require(scenario.view(WorkerTests.first))
        scenario.send(
            .launched(
                WorkerTests.first,
                view.incarnation,
                ProcessIdentity(pid: 7, startTime: 1)
            )
        )
        let step = scenario.send(
            .hello(
                WorkerTests.first,
                view.incarnation,
                Greeting(
                    session: 1,
                    credit: 1,
                    capabilities: ["echo"],
                    resume: [],
                    sequence: 1
                )
            )
        )
        let reason = step.effects.compactMap { effect -> String? in
            if case .refuse(_, _, .mismatch(let reason)) = effect { reason } else { nil }
        }
        #expect(reason.first?.contains("reverse") == true)
        #expect(scenario.phase("echo-1") == .stopping)
        scenario.send(.exited(WorkerTests.first, view.incarnation, .exited(78)))
        #expect(scenario.phase("echo-1") == .quarantined)
    }

    @Test("Stopping drains the workers, and the coordinator ends when the last process has")
    func drain() throws {
        var scenario = Scenario(TestAgent("echo", replicas: 2))
        try scenario.submit(RoutingTests.flat(3))
        let running = scenario.takeDispatches()
        scenario.send(.stopRequested(drain: true))
        let drained = scenario.takeEffects().count {
            if case .drain = $0 { true } else { false }
        }
        #expect(drained == 2)
        for dispatch in running { scenario.succeed(dispatch) }
        #expect(scenario.takeDispatches().isEmpty)
        for view in scenario.swarm.workerViews {
            scenario.send(.farewell(view.id))
            scenario.send(.exited(view.id, view.incarnation, .exited(0)))
        }
        #expect(scenario.takeEffects().contains(.halt))
    }

    @Test("A second request to stop does not wait, and the third kills")
    func impatience() throws {
        var scenario = Scenario(TestAgent("echo"))
        scenario.send(.stopRequested(drain: true))
        let view = try #require(scenario.view(WorkerTests.first))
        let second = scenario.send(.stopRequested(drain: false))
        #expect(
            second.effects.contains(.signal(WorkerTests.first, view.incarnation, .terminate))
        )
        let third = scenario.send(.stopRequested(drain: false))
        #expect(third.effects.contains(.signal(WorkerTests.first, view.incarnation, .kill)))
    }
}
