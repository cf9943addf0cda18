import SwarmCore
import SwarmModel
import Testing

@Suite("Supervision: what the end of one worker means for the others")
struct SupervisionTests {
    private func crash(_ scenario: inout Scenario, _ name: String) throws {
        let worker = try #require(WorkerID(name))
        let view = try #require(scenario.view(worker))
        scenario.send(.exited(worker, view.incarnation, .signalled(11)))
    }

    private func phases(_ scenario: Scenario) -> [String] {
        scenario.swarm.workerViews.map { "\($0.id) \($0.phase.rawValue)" }
    }

    private static let three = [TestAgent("a"), TestAgent("b"), TestAgent("c")]

    @Test("one_for_one leaves the others alone")
    func oneForOne() throws {
        var scenario = Scenario(agents: SupervisionTests.three) { $0.strategy = .oneForOne }
        try crash(&scenario, "b-1")
        #expect(phases(scenario) == ["a-1 ready", "b-1 waiting", "c-1 ready"])
    }

    @Test("one_for_all restarts every worker")
    func oneForAll() throws {
        var scenario = Scenario(agents: SupervisionTests.three) { $0.strategy = .oneForAll }
        try crash(&scenario, "b-1")
        #expect(phases(scenario) == ["a-1 stopping", "b-1 waiting", "c-1 stopping"])
        for name in ["a-1", "c-1"] {
            let worker = try #require(WorkerID(name))
            let view = try #require(scenario.view(worker))
            scenario.send(.exited(worker, view.incarnation, .exited(0)))
        }
        #expect(phases(scenario) == ["a-1 waiting", "b-1 waiting", "c-1 waiting"])
        // Those that only went along are no failures of their own, and start no further restarts.
        scenario.advance(.seconds(1))
        for name in ["a-1", "b-1", "c-1"] { scenario.join(try #require(WorkerID(name))) }
        #expect(phases(scenario) == ["a-1 ready", "b-1 ready", "c-1 ready"])
        #expect(scenario.swarm.workerViews.map(\.restarts) == [0, 1, 0])
    }

    @Test("rest_for_one restarts the agents listed after the one that ended")
    func restForOne() throws {
        var scenario = Scenario(agents: SupervisionTests.three) { $0.strategy = .restForOne }
        try crash(&scenario, "b-1")
        #expect(phases(scenario) == ["a-1 ready", "b-1 waiting", "c-1 stopping"])
    }

    @Test("A worker that is restarted with another finishes what it holds first")
    func finishesFirst() throws {
        var scenario = Scenario(agents: SupervisionTests.three) { $0.strategy = .oneForAll }
        try scenario.submit(
            #"{"schema_version":1,"name":"x","subtasks":{"s":{"capability":"a"}}}"#
        )
        let held = try #require(scenario.takeDispatches().first)
        try crash(&scenario, "b-1")
        #expect(scenario.phase("a-1") == .draining)
        scenario.succeed(held)
        #expect(scenario.phase("a-1") == .stopping)
        #expect(scenario.outcome(RunID(1))?.outcome == .succeeded)
    }

    @Test("on_restart pause keeps work from a worker until its dependency is ready again")
    func pause() throws {
        let dependent = TestAgent("b").with {
            $0.dependsOn = [AgentDependency(agent: "a", onRestart: .pause)]
        }
        var scenario = Scenario(agents: [TestAgent("a"), dependent]) { _ in }
        scenario.join(WorkerID(agent: "b", replica: 1))
        try crash(&scenario, "a-1")
        #expect(scenario.phase("b-1") == .suspect)
        scenario.advance(.seconds(1))
        scenario.join(WorkerID(agent: "a", replica: 1))
        #expect(scenario.phase("b-1") == .ready)
    }

    @Test("A worker that joined while its dependency was silent goes on when that is heard again")
    func pausedBySilence() throws {
        let dependent = TestAgent("b").with {
            $0.dependsOn = [AgentDependency(agent: "a", onRestart: .pause)]
        }
        var scenario = Scenario(agents: [TestAgent("a"), dependent]) { _ in }
        scenario.send(.silent(WorkerID(agent: "a", replica: 1)))
        scenario.join(WorkerID(agent: "b", replica: 1))
        #expect(scenario.phase("b-1") == .suspect)
        scenario.send(.back(WorkerID(agent: "a", replica: 1)))
        #expect(scenario.phase("b-1") == .ready)
    }

    /// An agent that pauses while any of the named ones is not ready.
    private func pausing(_ name: String, for agents: [String]) -> TestAgent {
        TestAgent(name).with {
            $0.dependsOn = agents.map { AgentDependency(agent: $0, onRestart: .pause) }
        }
    }

    @Test("Those paused for a paused worker go on with it")
    func pausedInAChain() throws {
        var scenario = Scenario(agents: [
            TestAgent("a"), pausing("b", for: ["a"]), pausing("c", for: ["b"]),
        ]) { _ in }
        for name in ["b-1", "c-1"] { scenario.join(try #require(WorkerID(name))) }
        for name in ["a-1", "b-1", "c-1"] { try crash(&scenario, name) }
        scenario.advance(.seconds(1))
        for name in ["c-1", "b-1"] { scenario.join(try #require(WorkerID(name))) }
        #expect(phases(scenario) == ["a-1 launching", "b-1 suspect", "c-1 suspect"])
        scenario.join(WorkerID(agent: "a", replica: 1))
        #expect(phases(scenario) == ["a-1 ready", "b-1 ready", "c-1 ready"])
    }

    @Test("A worker stays paused until every agent it pauses for is ready")
    func pausedForTwo() throws {
        var scenario = Scenario(agents: [
            TestAgent("a"), TestAgent("b"), pausing("c", for: ["a", "b"]),
        ]) { _ in }
        scenario.join(WorkerID(agent: "c", replica: 1))
        for name in ["a-1", "b-1"] { try crash(&scenario, name) }
        scenario.advance(.seconds(1))
        scenario.join(WorkerID(agent: "a", replica: 1))
        #expect(scenario.phase("c-1") == .suspect)
        scenario.join(WorkerID(agent: "b", replica: 1))
        #expect(scenario.phase("c-1") == .ready)
    }

    @Test("Who ended for good is not waited for by those that pause, nor by those that start")
    func pausedForTheRest() throws {
        let two = TestAgent("a", replicas: 2).with { $0.restart.policy = .onFailure }
        var scenario = Scenario(agents: [two, pausing("b", for: ["a"])]) { _ in }
        scenario.join(WorkerID(agent: "b", replica: 1))
        try crash(&scenario, "a-1")
        #expect(scenario.phase("b-1") == .suspect)
        let worker = WorkerID(agent: "a", replica: 2)
        let view = try #require(scenario.view(worker))
        scenario.send(.exited(worker, view.incarnation, .exited(0)))
        #expect(scenario.phase("a-2") == .stopped)
        #expect(scenario.phase("b-1") == .suspect)
        try crash(&scenario, "b-1")
        scenario.advance(.seconds(1))
        scenario.join(WorkerID(agent: "a", replica: 1))
        scenario.join(WorkerID(agent: "b", replica: 1))
        #expect(phases(scenario) == ["a-1 ready", "a-2 stopped", "b-1 ready"])
    }

    @Test("Who waits to be started for one that was silent is started when that is heard again")
    func startedAfterSilence() throws {
        let two = TestAgent("a", replicas: 2)
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 42))
        scenario.configure([two, pausing("b", for: ["a"])])
        scenario.join(WorkerID(agent: "a", replica: 1))
        scenario.send(.silent(WorkerID(agent: "a", replica: 1)))
        scenario.join(WorkerID(agent: "a", replica: 2))
        #expect(scenario.phase("b-1") == .stopped)
        scenario.send(.back(WorkerID(agent: "a", replica: 1)))
        #expect(scenario.phase("b-1") == .launching)
    }

    @Test("on_restart restart restarts a worker with its dependency")
    func restart() throws {
        let dependent = TestAgent("b").with {
            $0.dependsOn = [AgentDependency(agent: "a", onRestart: .restart)]
        }
        var scenario = Scenario(agents: [TestAgent("a"), dependent]) { _ in }
        scenario.join(WorkerID(agent: "b", replica: 1))
        try crash(&scenario, "a-1")
        #expect(scenario.phase("b-1") == .stopping)
    }

    @Test("escalate stops the swarm when a worker crashes too often")
    func escalate() throws {
        var scenario = Scenario(agents: [TestAgent("a"), TestAgent("b")]) {
            $0.maxRestarts = 0
            $0.onExceeded = .escalate
        }
        try crash(&scenario, "a-1")
        #expect(phases(scenario) == ["a-1 stopped", "b-1 draining"])
        #expect(scenario.swarm.isEnding)
    }
}
