import SwarmCore
import SwarmModel
import Testing

@Suite("Kept effects: what may stay when a run is undone")
struct KeptEffectTests {
    @Test("A run that left only what may be kept, and was else undone, is compensated in full")
    func kept() throws {
        var scenario = Scenario(
            TestAgent("bank", "act").with {
                $0.sideEffect = .additive
                $0.idempotent = false
                $0.adjust = { contract in
                    contract.compensation = .call(Compensation(capability: "revert", args: [:]))
                }
            },
            TestAgent("printer", "print").with {
                $0.sideEffect = .additive
                $0.adjust = { $0.compensation = .keep }
            },
            TestAgent("plain", "work", "revert")
        )
        let text = """
            {"schema_version": 1, "name": "w", "subtasks": {
              "a": {"capability": "act"},
              "p": {"capability": "print", "needs": ["a"]},
              "x": {"capability": "work", "needs": ["p"]}}}
            """
        let run = try scenario.submit(text)
        var called: [String] = []
        while let next = scenario.takeDispatchOrNil() {
            called.append(next.capability)
            if next.capability == "work" {
                scenario.fail(next, CompensationTests.broken)
            } else {
                scenario.succeed(next)
            }
        }
        #expect(called == ["act", "print", "work", "revert"])
        let finished = try #require(scenario.outcome(run))
        #expect(finished.outcome == .compensated)
        #expect(finished.standing.isEmpty)
    }

    @Test("A run that succeeds without a call lists that it may have happened all the same")
    func doubtful() throws {
        var scenario = Scenario(
            TestAgent("bank", "act").with {
                $0.sideEffect = .additive
                $0.idempotent = false
            },
            TestAgent("plain", "work")
        )
        let text = """
            {"schema_version": 1, "name": "w", "subtasks": {
              "a": {"capability": "act", "unknown_outcome": "fail", "on_failure": "skip"},
              "b": {"capability": "work"}}}
            """
        let run = try scenario.submit(text)
        for dispatch in scenario.takeDispatches() {
            if dispatch.capability == "act" {
                scenario.kill(dispatch.worker)
            } else {
                scenario.succeed(dispatch)
            }
        }
        let finished = try #require(scenario.outcome(run))
        #expect(finished.outcome == .succeeded)
        #expect(finished.standing.map(\.subtask.label) == ["a"])
        #expect(finished.standing.map(\.reason) == [.mayHaveHappened])
    }

    @Test(
        "Only what is additive and safe to repeat may be kept",
        arguments: [
            ("additive", true, true), ("additive", false, false), ("destructive", true, false),
        ]
    )
    func permitted(effect: String, idempotent: Bool, isPermitted: Bool) throws {
        let manifest = """
            {"schema_version": 1, "name": "printer", "version": "1.0.0", "exec": ["printer"],
             "capabilities": [{"type": "function", "function": {"name": "print"},
               "operational": {"version": "1.0.0", "side_effect": "\(effect)",
                 "idempotent": \(idempotent), "compensation": "keep"}}]}
            """
        let json = try JSON(parsing: Array(manifest.utf8))
        if isPermitted {
            let read = try AgentManifest(json: json)
            #expect(read.capabilities.map(\.compensation) == [.keep])
            #expect(try AgentManifest(json: read.json) == read)
        } else {
            #expect(throws: ConfigurationError.self) { try AgentManifest(json: json) }
        }
    }
}
