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

    @Test(
        "Every key of every file has a row, with the default of the schema",
        arguments: ConfigurationSchema.allCases
    )
    func rows(_ kind: ConfigurationSchema) throws {
        let rows = try Self.tableRows()
        // These have sections of their own.
        let sections = [
            "$schema", "schema_version", "agents", "defaults", "operational", "subtasks",
        ]
        let definitions = kind.json["$defs"]?.objectValue?.map(\.value) ?? []
        for definition in [kind.json] + definitions {
            for member in definition["properties"]?.objectValue ?? [:]
            where !sections.contains(member.key) {
                let found = rows.filter { $0.keys.contains(member.key) }
                #expect(!found.isEmpty, "\(member.key)")
                guard let value = member.value["default"], let text = Self.scalar(value) else {
                    continue
                }
                // The level that has another default is told in a sentence above the table.
                let isTold = member.key == "error_threshold" && text == "10"
                #expect(isTold || found.contains { $0.value == text }, "\(member.key) = \(text)")
            }
        }
    }

    /// The keys and the default of each row of the tables, without quotes.
    private static func tableRows() throws -> [(keys: [String], value: String)] {
        var rows: [(keys: [String], value: String)] = []
        for page in ["configuration", "workflows"] {
            let path = "\(ShippedConfigurationTests.root)/docs/\(page).md"
            let data = try #require(FileManager.default.contents(atPath: path))
            for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
                let cells = line.split(separator: " | ")
                guard cells.count == 4, line.hasPrefix("| `") else { continue }
                let key = cells[0].split(separator: "`")[1].replacing("[]", with: "")
                let value = cells[2].replacing("`", with: "").replacing("\"", with: "")
                rows.append((key.split(separator: ".").map(String.init), String(value)))
            }
        }
        return rows
    }

    private static func scalar(_ value: JSON) -> String? {
        switch value {
        case .string(let text): text
        case .bool, .integer, .number: "\(value)"
        case .null, .array, .object: nil
        }
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
