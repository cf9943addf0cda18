import SwarmCore
import SwarmModel
import Testing

@Suite("What an answer to a call says beside the result")
struct CallChainTests {
    @Test("The chain goes from the outermost call to the one that was asked for, if it was made")
    func chain() throws {
        var scenario = Scenario(agents: DelegationTests.agents) { _ in }
        try scenario.submit(DelegationTests.workflow)
        let plan = try scenario.takeDispatch()
        scenario.call(plan, 1, "research")
        let research = try scenario.takeDispatch()
        scenario.call(research, 1, "read")
        func chain(_ asking: Dispatch, _ number: UInt64) -> [String] {
            let request = CallReference(lease: asking.lease, number: number)
            return scenario.swarm.chain(of: request, by: asking.worker).map { frame in
                "\(frame.subtask) \(frame.capability) \(frame.agent)"
            }
        }
        let read = try scenario.takeDispatch()
        #expect(
            chain(research, 1)
                == ["r_1/plan plan plan", "r_1/plan/1 research research", "r_1/plan/1/1 read read"]
        )
        // One that was not made: what led to the question.
        #expect(chain(research, 2) == ["r_1/plan plan plan", "r_1/plan/1 research research"])
        #expect(chain(plan, 9) == ["r_1/plan plan plan"])
        scenario.succeed(read)
        scenario.succeed(research)
        #expect(chain(research, 1).isEmpty)
    }

    @Test("What is left is said with each answer, and nothing is where nothing is limited")
    func left() throws {
        for limit in [nil, 10] {
            var scenario = Scenario(agents: DelegationTests.agents) { limits in
                limits.runBudget = limit.map { Budget(calls: $0) } ?? limits.runBudget
            }
            try scenario.submit(DelegationTests.workflow)
            let plan = try scenario.takeDispatch()
            func left() -> Allowance {
                scenario.swarm.left(
                    for: CallReference(lease: plan.lease, number: 1),
                    by: plan.worker,
                    at: scenario.now
                )
            }
            // The one that asks has been counted.
            #expect(left().calls == limit.map { Int64($0) - 1 })
            scenario.call(plan, 1, "research")
            scenario.succeed(try scenario.takeDispatch())
            #expect(left().calls == limit.map { Int64($0) - 2 })
            #expect(left().isUnlimited == (limit == nil))
            scenario.succeed(plan)
            #expect(left().isUnlimited)
        }
    }
}
