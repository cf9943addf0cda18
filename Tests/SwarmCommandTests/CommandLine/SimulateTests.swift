import Foundation
import SwarmModel
import Testing

@Suite("The program, living a swarm that nobody started", .timeLimit(.minutes(5)))
struct SimulateTests {
    @Test("A workflow is lived without anything being started, and the report is a document")
    func report() async throws {
        try await SwarmProgram.with { swarm in
            let outcome = try await swarm(
                "simulate",
                "--workflow",
                "demo",
                "--runs",
                "20",
                "--faults",
                "kill,errors",
                "--input",
                "items=[1,2,3]",
                "--json"
            )
            #expect(outcome.status == 0, "\(outcome.messages)")
            let report = try outcome.document("simulated-runs")
            #expect(report["workflow"] == "demo")
            #expect(report["runs"] == 20)
            #expect(report["violations"]?.arrayValue?.isEmpty == true)
            #expect(report["faults"]?.arrayValue == ["kill", "errors"])
            let steps = try #require(report["steps"]?.arrayValue)
            #expect(steps.map { $0["subtask"]?.stringValue } == ["first", "each"])
            // Three elements in each run that came so far.
            let each = try #require(steps[1]["succeeded"]?.integerValue)
            #expect(each > 50 && each <= 60)
            #expect(report["latency"]?["p50_ms"]?.doubleValue ?? 0 > 0)
            #expect(!FileManager.default.fileExists(atPath: "\(swarm.folder)/.swarm"))

            let text = try await swarm("simulate", "--workflow", "demo", "--runs", "20")
            #expect(text.status == 0)
            #expect(text.output.contains("demo on workshop: 20 runs in 2 lives from seed 1"))
            #expect(text.output.contains("nothing was started"))
            #expect(
                text.output.contains("again: swarm simulate --workflow demo --runs 20 --seed 1")
            )
        }
    }

    @Test("Too few runs that come out right end with status 10, which a script can act on")
    func gate() async throws {
        try await SwarmProgram.with { swarm in
            let arguments = [
                "simulate", "--workflow", "demo.workflow.json", "--runs", "10", "--faults",
                "refusals", "--rate", "1", "--require-completion",
            ]
            let failed = try await swarm.started(arguments + ["0.5"]).outcome()
            #expect(failed.status == 10)
            #expect(failed.messages.contains("50 % are required"))
            #expect(failed.output.contains("What broke"))
            let passed = try await swarm.started(arguments + ["0"]).outcome()
            #expect(passed.status == 0)
        }
    }

    @Test("The run that a breakage names is shown, step by step")
    func history() async throws {
        try await SwarmProgram.with { swarm in
            func history(of run: String, _ more: String...) async throws -> SwarmProgram.Outcome {
                let words = "simulate --workflow demo --runs 3 --faults none --history \(run)"
                    .split(separator: " ").map(String.init)
                return try await swarm.started(words + more).outcome()
            }
            let lines = try await history(of: "r_2")
            #expect(lines.status == 0)
            #expect(lines.output.contains(#""run":"r_2","subtask":"first""#))
            #expect(lines.output.contains("run_finished"))
            #expect(!lines.output.contains(#""run":"r_1""#))
            let document = try await history(of: "r_2", "--json").document("simulated-history")
            #expect(document["run"] == "r_2")
            #expect((document["lines"]?.arrayValue?.count ?? 0) > 5)
            let none = try await history(of: "r_99")
            #expect(none.status == 65)
            #expect(none.messages.contains("the first life has no run r_99"))
        }
    }
}
