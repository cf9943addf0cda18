import SwarmSimulation
import Testing

@Suite("The simulator", .onOwnThread)
struct SimulationTests {
    @Test(
        "200 fixed seeds break no invariant, and live the same twice",
        arguments: [1, 51, 101, 151] as [UInt64]
    )
    func fixedSeeds(first: UInt64) {
        for seed in first..<(first + 50) {
            // Small swarms: unoptimised code lives a twentieth as fast.
            var options = SimulationOptions(seed: seed)
            options.maximumRuns = 2
            options.maximumSubtasks = 24
            var simulation = Simulation(options)
            let result = simulation.run()
            if result.violation != nil {
                Issue.record("\(Shrinking(options).report().joined(separator: "\n"))")
            }
            guard seed.isMultiple(of: 4) else { continue }
            var again = Simulation(options)
            #expect(again.run() == result, "seed \(seed) is not the same twice")
        }
    }

    @Test(
        "The seeds see crashes, restarts, failures and success, so that the checks mean something"
    )
    func coverage() async {
        let report = await Campaign(seeds: 1..<91).run()
        #expect(report.seeds == 90)
        #expect(report.lives > 90)
        #expect(report.processes > 200)
        #expect(report.runs > 75)
        #expect(report.succeeded > 15)
        #expect(report.runs - report.succeeded > 15)
        #expect(report.coverage.delegated > 60)
        #expect(report.coverage.claimed > 1)
        #expect(report.coverage.refused > 60)
        #expect(report.coverage.loops > 1)
        #expect(report.coverage.exhausted > 5)
        #expect(report.coverage.hedged > 5)
        #expect(report.coverage.unaffordable > 0)
    }

    @Test("The last seeds there are can be lived")
    func lastSeeds() async {
        #expect(await Campaign(seeds: (.max - 3)..<(.max)).run().seeds == 3)
    }

    @Test("Without faults every run ends well, in one life")
    func withoutFaults() {
        for seed in 1..<9 as Range<UInt64> {
            var simulation = Simulation(SimulationOptions(seed: seed, faults: []))
            let result = simulation.run()
            #expect(result.violation == nil)
            #expect(result.lives == 1)
            #expect(result.succeeded == result.runs)
        }
    }

    @Test(
        "Each mistake of the shell is caught within 2,000 seeds",
        arguments: ShellMistake.allCases
    )
    func mistakes(mistake: ShellMistake) async {
        let campaign = Campaign(seeds: 1..<2001, mistake: mistake)
        let report = await campaign.run()
        #expect(!report.failures.isEmpty, "\(mistake) lived through \(report.seeds) seeds")
    }

    @Test("A failing history shrinks to one that breaks the same invariant, and can be repeated")
    func shrinks() async throws {
        let report = await Campaign(seeds: 1..<2001, mistake: .effectsFirst).run()
        let failed = try #require(report.failures.first)
        var options = SimulationOptions(seed: failed.seed)
        options.mistake = .effectsFirst
        let shrunk = Shrinking(options)
        #expect(shrunk.result.violation?.invariant == failed.violation.invariant)
        #expect(shrunk.options.faults.kinds.count <= options.faults.kinds.count)
        var again = Simulation(shrunk.options)
        #expect(again.run() == shrunk.result)
        let text = shrunk.report()
        #expect(text[1].contains("swarm simulate --seed \(failed.seed)"))
        #expect(text.count > 4)
    }
}
