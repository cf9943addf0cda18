import SwarmConfig
import SwarmCore
import SwarmModel
import Testing

@testable import SwarmSimulation

@Suite("Values that are made up")
struct MadeUpValueTests {
    @Test(
        "A made-up value satisfies its schema",
        arguments: [
            #"{"type": "string", "minLength": 30, "maxLength": 31}"#,
            #"{"type": "string", "maxLength": 2}"#,
            #"{"type": "string", "format": "date"}"#,
            #"{"type": "string", "format": "date-time"}"#,
            #"{"type": "string", "format": "uuid"}"#,
            #"{"type": "string", "format": "email"}"#,
            #"{"type": "string", "format": "ipv4"}"#,
            #"{"type": "string", "format": "ipv6"}"#,
            #"{"type": "string", "format": "uri"}"#,
            #"{"type": "string", "format": "time"}"#,
            #"{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}"#,
            #"{"type": "string", "pattern": "^(?:sha256:)?[0-9a-f]{64}$"}"#,
            #"{"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,63}$"}"#,
            #"{"type": "string", "pattern": "^(red|green) \\d+(\\.\\d+)?$"}"#,
            #"{"type": "integer", "minimum": 5, "maximum": 7}"#,
            #"{"type": "integer", "exclusiveMinimum": -3, "exclusiveMaximum": -1}"#,
            #"{"type": "integer", "minimum": -7, "multipleOf": 5}"#,
            #"{"type": "number", "minimum": 0.5, "maximum": 1.5}"#,
            #"{"type": "number", "maximum": -2.5}"#,
            #"{"type": ["null", "boolean"]}"#,
            #"{"enum": [null, "a", "b"]}"#,
            #"{"const": {"a": [1]}}"#,
            #"{"type": "array", "items": {"type": "integer"}, "minItems": 12}"#,
            #"{"type": "array", "items": {"type": "string"}, "maxItems": 2, "uniqueItems": true}"#,
            #"{"type": "array", "prefixItems": [{"type": "integer"}], "items": false}"#,
            #"{"type": "object", "required": ["x"], "additionalProperties": {"type": "string"}}"#,
            #"{"type": "object", "minProperties": 3, "additionalProperties": {"type": "integer"}}"#,
            #"{"allOf": [{"properties": {"a": {"type": "integer"}}}, {"required": ["a"]}]}"#,
            #"{"oneOf": [{"type": "null"}, {"type": "integer"}]}"#,
            """
            {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "required": ["name"],
              "properties": {"name": {"type": "string"}, "children": {"type": "array",
                "items": {"$ref": "#/$defs/tree"}}}}}}
            """,
        ]
    )
    func satisfies(text: String) throws {
        let json = try JSON(parsing: Array(text.utf8))
        let schema = try JSONSchema(compiling: json, assertsFormats: true)
        for number in 0..<40 {
            let value = MadeUpValue(root: json, elements: 8).value(named: "thing", number: number)
            #expect(schema.validate(value).isEmpty, "\(value) does not satisfy \(text)")
        }
    }

    @Test("Elements differ, and everything a schema names is there")
    func elements() throws {
        let text = """
            {"type": "array", "items": {"type": "object", "required": ["key"],
             "properties": {"key": {"type": "string"}, "note": {"type": ["string", "null"]}}}}
            """
        let schema = try JSON(parsing: Array(text.utf8))
        let value = MadeUpValue(root: schema, elements: 5).value(named: "rows", number: 0)
        let elements = try #require(value.arrayValue)
        #expect(elements.count == 5)
        #expect(Set(elements.compactMap { $0["key"]?.stringValue }).count == 5)
        #expect(elements.allSatisfy { $0["note"]?.stringValue != nil })
    }

    @Test("Latencies are percentiles by nearest rank of the runs that ended")
    func percentiles() throws {
        let user = try UserSwarmSamples.shipped("month-end")
        var log = LifeLog(try UserSwarmModel(user).workflow)
        for number in 1...20 {
            let run = RunID(UInt64(number))
            log.take(
                .runSubmitted(
                    .init(
                        run: run,
                        workflow: Digest(words: (0, 0, 0, 0)),
                        input: .empty,
                        deadline: nil
                    )
                ),
                at: 1_000_000
            )
            guard number != 20 else { continue }
            log.take(
                .runFinished(
                    .init(run: run, outcome: .succeeded, output: .empty, failure: nil)
                ),
                at: 1_000_000 + Int64(number) * 10_000
            )
        }
        let life = LifeSummary(
            seed: 1,
            runCount: 20,
            log: log,
            violation: nil,
            restarts: 0,
            launches: 0
        )
        // Of 10 ms, 20 ms and so on to 190 ms.
        let latency = UserSwarmReport.Latency(of: [life])
        #expect(latency.p50Ms == 100)
        #expect(latency.p95Ms == 190)
        #expect(latency.p99Ms == 190)
    }
}
