import SwarmConfig
import SwarmModel
import Testing

@Suite("The input of a workflow")
struct WorkflowInputTests {
    private static let schema: JSON = [
        "type": "object",
        "required": ["left"],
        "additionalProperties": false,
        "properties": [
            "left": ["type": "string"],
            "tolerance": ["type": "number", "default": 0],
            "key": ["$ref": "#/$defs/column", "default": [:]],
            "filters": ["type": "array", "items": ["$ref": "#/$defs/column"]],
        ],
        "$defs": [
            "column": [
                "type": "object",
                "properties": ["name": ["type": "string", "default": "id"]],
            ]
        ],
    ]

    @Test("Defaults are filled in, from the outside in")
    func defaults() throws {
        let input = try WorkflowInput(schema: Self.schema)
        let prepared = try input.prepare(["left": "a.csv", "filters": [[:], ["name": "k"]]]).get()
        #expect(
            prepared == [
                "left": "a.csv", "filters": [["name": "id"], ["name": "k"]], "tolerance": 0,
                "key": ["name": "id"],
            ]
        )
    }

    @Test("Everything that is wrong is reported, with its place")
    func violations() throws {
        let input = try WorkflowInput(schema: Self.schema)
        guard case .failure(let error) = input.prepare(["tolerance": "small", "rigth": "b"]) else {
            Issue.record("a wrong input was accepted")
            return
        }
        #expect(error.violations.count == 3)
        #expect(error.violations.contains { $0.instancePath == ["tolerance"] })
        #expect(error.given == ["tolerance": "small", "rigth": "b"])
    }

    @Test("Without a schema any object is accepted, and nothing else")
    func noSchema() throws {
        let input = try WorkflowInput(schema: nil)
        #expect(try input.prepare(["a": 1]).get() == ["a": 1])
        #expect(throws: InvalidInput.self) { try input.prepare([1]).get() }
    }
}
