import SwarmConfig
import SwarmModel
import Testing

@Suite(
    .enabled(if: SchemaSuite.isInstalled, "run scripts/fetch-schema-suite to install the suite")
)
struct SchemaSuiteTests {
    @Test("Every mandatory case of the official suite passes", arguments: SchemaSuite.mandatory)
    func passesMandatory(file: SchemaSuite.File) throws {
        try run(file, assertsFormats: false)
    }

    @Test("Every mandatory part of the draft is covered")
    func coversTheDraft() throws {
        var count = 0
        for file in SchemaSuite.mandatory {
            for group in try SchemaSuite.groups(of: file) { count += group.tests.count }
        }
        #expect(SchemaSuite.mandatory.count >= 40)
        #expect(count >= 1200)
    }

    @Test("Optional cases pass but for what is ruled out", arguments: SchemaSuite.optional)
    func passesOptional(file: SchemaSuite.File) throws {
        try run(file, assertsFormats: file.name.hasPrefix("optional/format/"))
    }

    private func run(_ file: SchemaSuite.File, assertsFormats: Bool) throws {
        for group in try SchemaSuite.groups(of: file) {
            let schema = try JSONSchema(
                compiling: group.schema,
                assertsFormats: assertsFormats,
                resolver: SchemaSuite.document
            )
            for test in group.tests {
                let name: Comment = "\(group.description): \(test.description)"
                #expect(schema.isValid(test.data) == test.isValid, name)
                #expect(schema.validate(test.data).isEmpty == test.isValid, name)
            }
        }
    }
}
