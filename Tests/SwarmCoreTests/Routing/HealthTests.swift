import SwarmCore
import SwarmModel
import Testing

@Suite("Health in routing")
struct HealthTests {
    private static func call(_ name: String, _ extra: String) -> String {
        #"""
        {"schema_version":1,"name":"\#(name)","subtasks":{"a":{"capability":"echo"\#(extra)}}}
        """#
    }

    @Test("Of two equal workers the one whose calls fail gets less work until it has mended")
    func errorRate() throws {
        let agent = TestAgent("echo", replicas: 2).with {
            $0.attempts = 1
            $0.adjust = { $0.circuitBreaker = PartialCircuitBreakerPolicy(isEnabled: false) }
        }
        var scenario = Scenario()
        scenario.send(.opened(epoch: 1, seed: 42))
        var plan = TestAgent.plan([agent], semaphores: [])
        plan.topology.circuitBreakers.agent.isEnabled = false
        plan.topology.circuitBreakers.workflow.isEnabled = false
        scenario.send(.configured(plan))
        for view in scenario.swarm.workerViews { scenario.join(view.id) }
        var counts = ["echo-1": 0, "echo-2": 0]
        for _ in 0..<200 {
            try scenario.submit(Self.call("one", ""))
            let call = try #require(scenario.takeDispatches().first)
            scenario.advance(.milliseconds(10))
            counts[call.worker.description, default: 0] += 1
            if call.worker.description == "echo-2" {
                scenario.fail(call, Failure(.transient, "503"))
            } else {
                scenario.succeed(call)
            }
        }
        #expect(counts["echo-1", default: 0] > 10 * counts["echo-2", default: 0])
        // After a while without a failure it is tried again, and then shares the work.
        scenario.advance(.seconds(600))
        for _ in 0..<20 {
            try scenario.submit(Self.call("one", ""))
            let call = try #require(scenario.takeDispatches().first)
            scenario.advance(.milliseconds(10))
            counts[call.worker.description, default: 0] += 1
            scenario.succeed(call)
        }
        #expect(counts["echo-2", default: 0] >= 8)
    }
}
