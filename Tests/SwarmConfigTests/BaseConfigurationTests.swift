import SwarmConfig
import SwarmModel
import Testing

@Suite("A correct configuration")
struct BaseConfigurationTests {
    @Test("A correct swarm loads without errors and warnings")
    func correctSwarm() throws {
        let folder = try ConfigurationFolder()
        defer { folder.remove() }
        let loaded = folder.load()
        #expect(folder.report(loaded.diagnostics) == [])
        let plan = try #require(loaded.plan)
        #expect(plan.agents.map(\.name) == ["pricing", "ledger"])
        #expect(loaded.workflows.map { $0.workflow?.name } == ["order"])
    }
}
