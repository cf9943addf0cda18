import SwarmConfig
import SwarmModel
import Testing

@Suite struct SchemaErrorTests {
    @Test(
        "A schema that makes no sense is refused with place, cause and remedy",
        arguments: [
            (5, .invalidKeyword, "#: a schema is an object, true or false; found a number"),
            (["type": "text"], .invalidKeyword, "#: there is no type 'text'"),
            (
                ["type": []], .invalidKeyword,
                "#: type must be the name of a type, or several, found an array"
            ),
            (
                ["minLength": -1], .invalidKeyword,
                "#: minLength must be an integer from 0, found a number"
            ),
            (["minimum": "1"], .invalidKeyword, "#: minimum must be a number, found a string"),
            (
                ["multipleOf": 0], .invalidKeyword,
                "#: multipleOf must be a number above 0, found a number"
            ),
            (
                ["multipleOf": JSON(12_345_678_901_234_567_891 as UInt64)], .invalidKeyword,
                "#: multipleOf must be a number of at most 19 digits, found a number"
            ),
            (
                ["required": "a"], .invalidKeyword,
                "#: required must be an array of strings, found a string"
            ),
            (["enum": 1], .invalidKeyword, "#: enum must be an array, found a number"),
            (
                ["uniqueItems": 1], .invalidKeyword,
                "#: uniqueItems must be true or false, found a number"
            ),
            (
                ["anyOf": []], .invalidKeyword,
                "#: anyOf must be an array of one or more schemas, found an array"
            ),
            (
                ["properties": []], .invalidKeyword,
                "#: properties must be an object of schemas, found an array"
            ),
            (
                ["properties": ["a": ["items": [1]]]], .invalidKeyword,
                "#/properties/a/items: a schema is an object, true or false; found an array"
            ),
            (["$id": 1], .invalidKeyword, "#: $id must be a string"),
            (
                ["$id": "http://x/#a"], .invalidKeyword,
                "#: $id may have no fragment, found 'http://x/#a'"
            ),
            (
                ["pattern": "a("], .invalidPattern,
                "#: the pattern 'a(' fails at character 2: '(' without ')'"
            ),
            (
                ["patternProperties": ["*": true]], .invalidPattern,
                "#: the pattern '*' fails at character 1: nothing to repeat"
            ),
            (
                ["$ref": "#/$defs/a"], .unresolvedReference,
                "#: the reference '#/$defs/a' leads nowhere: the document has no '/$defs/a'"
            ),
            (
                ["$ref": "#a"], .unresolvedReference,
                "#: the reference '#a' leads nowhere: no $anchor is named 'a'"
            ),
            (
                ["$ref": "http://x/y"], .unresolvedReference,
                "#: the reference 'http://x/y' leads nowhere: there is no schema 'http://x/y'"
            ),
            (
                ["$ref": "#"], .endlessReference,
                "#: the schema refers back to itself for the same value"
            ),
            (
                ["$schema": "http://json-schema.org/draft-07/schema#"], .unsupportedDialect,
                "#: the dialect 'http://json-schema.org/draft-07/schema#' is not known"
            ),
        ] as [(JSON, SchemaError.Code, String)]
    )
    func refuses(schema: JSON, code: SchemaError.Code, text: String) {
        let error = #expect(throws: SchemaError.self) { try JSONSchema(compiling: schema) }
        #expect(error?.code == code)
        #expect(error?.description.hasPrefix(text) == true, "\(String(describing: error))")
        #expect(error?.hint.isEmpty == false)
    }

    @Test("Circles through several schemas are found, circles through members are fine")
    func findsCircles() throws {
        #expect(throws: SchemaError.self) {
            try JSONSchema(
                compiling: [
                    "$ref": "#/$defs/a",
                    "$defs": [
                        "a": ["allOf": [["$ref": "#/$defs/b"]]], "b": ["not": ["$ref": "#"]],
                    ],
                ])
        }
        let list = try JSONSchema(
            compiling: ["properties": ["next": ["anyOf": [["$ref": "#"], ["type": "null"]]]]])
        #expect(list.isValid(["next": ["next": nil]]))
    }

    @Test("A circle of dynamic references ends in a violation instead of a crash")
    func survivesDynamicCircles() throws {
        let schema = try JSONSchema(
            compiling: [
                "$id": "http://example.com/outer", "$dynamicAnchor": "node",
                "$ref": "inner",
                "$defs": [
                    "inner": [
                        "$id": "inner", "$dynamicRef": "#node",
                        "$defs": ["node": ["$dynamicAnchor": "node"]],
                    ]
                ],
            ])
        let violations = schema.validate(1)
        #expect(violations.first?.message.contains("circle") == true)
    }

    @Test("Relative references start from the schema's address and are fetched once named")
    func resolvesReferences() throws {
        let documents: [String: JSON] = [
            "file:///agents/common.json": ["$defs": ["name": ["$ref": "../types/name.json"]]],
            "file:///types/name.json": ["type": "string"],
        ]
        let schema = try JSONSchema(
            compiling: ["properties": ["a": ["$ref": "./common.json#/$defs/name"]]],
            address: "file:///agents/agent.json",
            resolver: { documents[$0] }
        )
        #expect(schema.isValid(["a": "x"]))
        #expect(!schema.isValid(["a": 1]))
    }
}
