import SwarmConfig
import SwarmModel
import Testing

@Suite struct SchemaViolationTests {
    private func violations(_ schema: JSON, _ value: JSON) throws -> [String] {
        try JSONSchema(compiling: schema).validate(value).map { "\($0.keywordPath): \($0)" }
    }

    @Test(
        "Each keyword says what it wants and what it found",
        arguments: [
            (["type": "string"], 5, "/type: the value must be a string, found a number"),
            (
                ["type": ["integer", "null"]], 1.5,
                "/type: the value must be an integer or null, found 1.5"
            ),
            (["const": ["a": 1]], [:], #"/const: the value must be {"a":1}, found {}"#),
            (["enum": ["a", 2]], "b", #"/enum: the value must be one of "a", 2, found "b""#),
            (["minimum": 3], 2, "/minimum: the value must be at least 3, found 2"),
            (["exclusiveMinimum": 3], 3, "/exclusiveMinimum: the value must be above 3, found 3"),
            (["maximum": 2.5], 3, "/maximum: the value must be at most 2.5, found 3"),
            (["exclusiveMaximum": 3], 3, "/exclusiveMaximum: the value must be below 3, found 3"),
            (
                ["multipleOf": 0.01], 0.005,
                "/multipleOf: the value must be a multiple of 0.01, found 0.005"
            ),
            (
                ["minLength": 2], "é",
                #"/minLength: the value must have at least 2 characters, found "é""#
            ),
            (
                ["maxLength": 1], "🐝🐝",
                "/maxLength: the value must have at most 1 character, found 2"
            ),
            (
                ["pattern": "^a+$"], "ab",
                #"/pattern: the value must match the pattern ^a+$, found "ab""#
            ),
            (["minItems": 1], [], "/minItems: the value must have at least 1 element, found 0"),
            (["maxItems": 1], [1, 2], "/maxItems: the value must have at most 1 element, found 2"),
            (
                ["uniqueItems": true], [1, 2, 1.0],
                "/uniqueItems: the value must not repeat an element, found 1.0 twice"
            ),
            (
                ["contains": ["const": 1]], [2],
                "/contains: the value must have at least 1 element of the required form, found 0"
            ),
            (
                ["contains": true, "maxContains": 1], [2, 3],
                "/maxContains: the value must have at most 1 element of the form, found 2"
            ),
            (
                ["minProperties": 1], [:],
                "/minProperties: the value must have at least 1 member, found 0"
            ),
            (
                ["maxProperties": 0], ["a": 1],
                "/maxProperties: the value must have at most 0 members, found 1"
            ),
            (["required": ["a"]], [:], #"/required: the value must have the member "a""#),
            (
                ["dependentRequired": ["a": ["b"]]], ["a": 1],
                #"/dependentRequired: the value must have the member "b", because it has "a""#
            ),
            (["not": ["type": "null"]], nil, "/not: the value has a form that is ruled out: null"),
            (false, 1, ": the value is not allowed here"),
        ] as [(JSON, JSON, String)]
    )
    func explains(schema: JSON, value: JSON, message: String) throws {
        #expect(try violations(schema, value) == [message])
    }

    @Test("All broken rules are told, each with its place in value and schema")
    func tellsAll() throws {
        let schema: JSON = [
            "properties": [
                "name": ["$ref": "#/$defs/name"],
                "tags": ["items": ["type": "string"], "prefixItems": [["const": "first"]]],
                "a/b": ["minimum": 0],
            ],
            "patternProperties": ["^x": ["type": "integer"]],
            "additionalProperties": ["type": "boolean"],
            "propertyNames": ["maxLength": 6],
            "allOf": [["required": ["id"]]],
            "if": ["required": ["name"]],
            "then": ["required": ["owner"]],
            "$defs": ["name": ["type": "string", "minLength": 3]],
        ]
        let value: JSON = [
            "name": "ab", "tags": ["second", 5], "a/b": -1, "x1": "no", "surplus": 7,
        ]
        #expect(
            Set(try violations(schema, value)) == [
                #"/allOf/0/required: the value must have the member "id""#,
                #"/then/required: the value must have the member "owner""#,
                #"/properties/name/$ref/minLength: name must have at least 3 characters, found "ab""#,
                #"/properties/tags/prefixItems/0/const: tags[0] must be "first", found "second""#,
                "/properties/tags/items/type: tags[1] must be a string, found a number",
                "/properties/a~1b/minimum: a/b must be at least 0, found -1",
                "/patternProperties/^x/type: x1 must be an integer, found a string",
                "/additionalProperties/type: surplus must be true or false, found a number",
                "/propertyNames/maxLength: surplus must have at most 6 characters, found 7",
            ]
        )
    }

    @Test("A member nobody knows is named together with those that are known")
    func namesUnknownMembers() throws {
        let schema: JSON = [
            "properties": ["exec": true, "replicas": true], "additionalProperties": false,
        ]
        #expect(
            try violations(schema, ["replica": 2]) == [
                #"/additionalProperties: replica is not a known member; known are "exec", "replicas""#
            ]
        )
        let strict: JSON = ["allOf": [["properties": ["a": true]]], "unevaluatedProperties": false]
        #expect(
            try violations(strict, ["a": 1, "b": 2]) == [
                "/unevaluatedProperties: b is not allowed here"
            ]
        )
    }

    @Test("Alternatives that all fail are one violation with a reason for each")
    func sumsUpAlternatives() throws {
        let schema: JSON = ["anyOf": [["type": "string"], ["minimum": 5]]]
        let expected =
            "/anyOf: the value fits none of the 2 allowed forms (form 1: the value must be a string, "
            + "found a number; form 2: the value must be at least 5, found 3)"
        #expect(try violations(schema, 3) == [expected])
        #expect(
            try violations(["oneOf": [true, false, true]], 3) == [
                "/oneOf: the value must fit exactly one of 3 forms, and fits the forms 1 and 3"
            ]
        )
    }

    @Test("Numbers are compared by their exact value, beyond what doubles can tell")
    func comparesExactly() throws {
        func isValid(_ schema: String, _ value: String) throws -> Bool {
            try JSONSchema(compiling: JSON(parsing: schema)).isValid(JSON(parsing: value))
        }
        #expect(try !isValid(#"{"maximum":9007199254740992}"#, "9007199254740993"))
        #expect(try !isValid(#"{"maximum":9007199254740992}"#, "9007199254740992.5"))
        #expect(try isValid(#"{"minimum":-1e400}"#, "-1e399"))
        #expect(try !isValid(#"{"exclusiveMinimum":-0.1}"#, "-0.10"))
        #expect(try isValid(#"{"maximum":-5}"#, "-5.0000000000000000000000000001"))
        #expect(try !isValid(#"{"maximum":0}"#, "1e-300"))
        #expect(try isValid(#"{"multipleOf":0.1}"#, "0.3"))
        #expect(try isValid(#"{"multipleOf":0.01}"#, "12345678901234567890123.45"))
        #expect(try !isValid(#"{"multipleOf":0.01}"#, "12345678901234567890123.455"))
        #expect(try isValid(#"{"multipleOf":7}"#, "49e300"))
        #expect(try !isValid(#"{"multipleOf":7}"#, "50e300"))
        #expect(try isValid(#"{"multipleOf":9223372036854775783}"#, "92233720368547757830"))
        #expect(try isValid(#"{"type":"integer"}"#, "1e300"))
        #expect(try isValid(#"{"const":100}"#, "1e2"))
    }

    @Test("Large arrays are searched for repetition as small ones are")
    func findsRepetition() throws {
        let schema = try JSONSchema(compiling: ["uniqueItems": true])
        for count in [2, 8, 9, 500] {
            let numbers = (0..<count).map { JSON.integer(Int64($0)) }
            #expect(schema.isValid(.array(numbers)))
            #expect(!schema.isValid(.array(numbers + [JSON.integer(1)])))
            #expect(schema.isValid(.array(numbers + ["1", true])))
        }
    }

    @Test("Deeply nested values and recursive schemas are checked to the bottom")
    func recurses() throws {
        let schema = try JSONSchema(
            compiling: ["type": "array", "items": ["$ref": "#"], "maxItems": 1])
        var value: JSON = []
        for _ in 0..<60 { value = [value] }
        #expect(schema.isValid(value))
        var broken: JSON = 5
        for _ in 0..<60 { broken = [broken] }
        let violations = schema.validate(broken)
        #expect(violations.count == 1)
        #expect(violations.first?.instancePath.components.count == 60)
    }

    @Test("A schema is used from many threads at once")
    func isShared() async throws {
        let schema = try JSONSchema(compiling: ["properties": ["a": ["pattern": "^[a-z]+$"]]])
        let verdicts = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask { schema.isValid(["a": number.isMultiple(of: 2) ? "ab" : "A"]) }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(verdicts == 20)
    }
}
