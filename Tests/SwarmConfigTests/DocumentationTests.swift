import FoundationEssentials
import SwarmConfig
import SwarmModel
import Testing

@Suite("The page about configuration")
struct DocumentationTests {
    @Test(
        "Its examples are what the published schemas accept",
        arguments: ConfigurationSchema.allCases
    )
    func examples(_ kind: ConfigurationSchema) throws {
        let path = "\(ShippedConfigurationTests.root)/docs/configuration.md"
        let data = try #require(FileManager.default.contents(atPath: path))
        let page = String(decoding: data, as: UTF8.self)
        let parts = page.split(separator: "```json \(kind.rawValue)\n")
        let example = try #require(parts.dropFirst().first?.split(separator: "\n```").first)
        let document = try JSONDocument(parsing: String(example))
        #expect(document.duplicateKeys.isEmpty)
        let schema = try JSONSchema(compiling: kind.json) { _ in true }
        #expect(schema.validate(document.value).map(\.description) == [])
    }

    @Test("It names the published schemas")
    func schemas() throws {
        let path = "\(ShippedConfigurationTests.root)/docs/configuration.md"
        let data = try #require(FileManager.default.contents(atPath: path))
        let page = String(decoding: data, as: UTF8.self)
        for kind in ConfigurationSchema.allCases {
            #expect(page.contains("schemas/\(kind.fileName)"))
        }
    }
}
