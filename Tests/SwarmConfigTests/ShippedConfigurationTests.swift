import FoundationEssentials
import SwarmConfig
import SwarmModel
import Testing

/// The files that ship with the project.
@Suite("Shipped configuration")
struct ShippedConfigurationTests {
    /// The root of the repository, found from this file.
    static let root: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    @Test("The shipped topology, its manifests and its workflows load without errors or warnings")
    func shippedFilesAreClean() throws {
        let loader = ConfigurationLoader(environment: [:], checksExecutables: false)
        let loaded = loader.load(topology: "\(ShippedConfigurationTests.root)/topology.json")
        let serious = loaded.diagnostics.filter { $0.severity != .note }
        #expect(serious.map(\.description) == [])
        let plan = try #require(loaded.plan)
        #expect(plan.agents.count == plan.topology.agents.count)
        #expect(loaded.workflows.count >= 2)
        #expect(loaded.workflows.allSatisfy { $0.workflow != nil })
    }

    @Test("The files in schemas/ are the ones the loader is built from")
    func schemaFilesAreCurrent() throws {
        for schema in ConfigurationSchema.allCases {
            let path = "\(ShippedConfigurationTests.root)/schemas/\(schema.fileName)"
            let data = try #require(
                FileManager.default.contents(atPath: path),
                "\(schema.fileName) is missing"
            )
            let onDisk = String(decoding: data, as: UTF8.self)
            #expect(
                onDisk == schema.text,
                """
                \(schema.fileName) differs from the table of keys; write it again with \
                `swarm config schema \(schema.rawValue) > schemas/\(schema.fileName)`
                """
            )
        }
    }
}
