import SwarmModel
import Testing

@Suite("What bounds the runs of a workflow")
struct RunLimitsTests {
    private static func workflow(_ extra: String) throws -> Workflow {
        try Workflow(
            json: JSON(
                parsing: """
                    {"schema_version":1,"name":"w","subtasks":{"a":{"capability":"echo"}}\(extra)}
                    """
            )
        )
    }

    @Test("A workflow that says nothing has the limits of its topology")
    func nothing() throws {
        let limits = RunLimits(runBudget: Budget(usd: 5), onExhausted: .wrapUp)
        #expect(limits.lowered(by: try Self.workflow("")) == limits)
    }

    @Test("A workflow lowers each limit on its own and raises none")
    func lowering() throws {
        let limits = RunLimits(
            delegationDepth: 4,
            children: 32,
            delegatedSubtasks: 1000,
            runBudget: Budget(usd: 5, tokens: 1000, time: .seconds(60)),
            repeatThreshold: 3
        )
        let lowered = limits.lowered(
            by: try Self.workflow(
                """
                ,"limits":{"delegation_depth":2,"children":99,"delegated_subtasks":10,
                "repeat_threshold":1},"budget":{"usd":9,"tokens":10,"calls":7,"time":"30s"},
                "on_exhausted":"wrap_up"
                """
            )
        )
        let expected = RunLimits(
            delegationDepth: 2,
            children: 32,
            delegatedSubtasks: 10,
            runBudget: Budget(usd: 5, tokens: 10, calls: 7, time: .seconds(30)),
            onExhausted: .wrapUp,
            repeatThreshold: 1
        )
        #expect(lowered == expected)
    }

    @Test("A breaker of a level shows through what is nearer, field by field")
    func breakers() {
        let defaults = CircuitBreakerDefaults(
            tool: CircuitBreakerPolicy(errorThreshold: 7, slowCall: .seconds(1))
        )
        #expect(defaults.policy(for: .tool, nearest: nil) == defaults.tool)
        #expect(defaults.policy(for: .agent, nearest: nil).errorThreshold == 10)
        #expect(defaults.policy(for: .workflow, nearest: nil).errorThreshold == 10)
        let nearest = PartialCircuitBreakerPolicy(isEnabled: false, window: .seconds(5))
        let expected = CircuitBreakerPolicy(
            isEnabled: false,
            errorThreshold: 7,
            window: .seconds(5),
            slowCall: .seconds(1)
        )
        #expect(defaults.policy(for: .tool, nearest: nearest) == expected)
    }
}
