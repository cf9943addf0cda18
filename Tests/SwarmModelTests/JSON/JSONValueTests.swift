import SwarmModel
import Testing

@Suite struct JSONValueTests {
    @Test(
        "Numbers are equal by value, however they are spelled, and then hash alike",
        arguments: [
            ("1", "1.0"), ("1", "10e-1"), ("100", "1e2"), ("-0", "0"), ("0.0", "0e5"),
            ("-1.50", "-15e-1"), ("1e400", "10e399"), ("0.1", "1e-1"),
            ("123456789012345678901234567890", "12345678901234567890123456789e1"),
            ("12345678901234567890.5", "123456789012345678905e-1"),
            ("9223372036854775807", "9223372036854775807.0"),
        ]
    )
    func comparesByValue(left: String, right: String) throws {
        let (left, right) = try (JSON(parsing: left), JSON(parsing: right))
        #expect(left == right)
        #expect(right == left)
        #expect(left.hashValue == right.hashValue)
        #expect(left.canonical() == right.canonical())
    }

    @Test(
        "Numbers that differ in the last digit are not equal",
        arguments: [
            ("9007199254740993", "9007199254740992.0"), ("0.1", "0.10000000000000001"),
            ("1", "-1"), ("1e400", "1e401"), ("9223372036854775808", "9223372036854775807"),
            ("123456789012345678901234567890", "123456789012345678901234567891"),
            ("1e99999999999", "1e99999999998"),
        ]
    )
    func tellsNumbersApart(left: String, right: String) throws {
        let (left, right) = try (JSON(parsing: left), JSON(parsing: right))
        #expect(left != right)
        #expect(left.canonical() != right.canonical())
    }

    @Test(
        "A number keeps its text",
        arguments: ["-0", "1.0", "1.10", "1E5", "1e+05", "123456789012345678901234567890", "-0.0"]
    )
    func keepsTheText(text: String) throws {
        #expect(try JSON(parsing: text).description == text)
    }

    @Test("A number is an integer when it has no fraction and fits")
    func readsIntegers() throws {
        func integer(_ text: String) throws -> Int64? { try JSON(parsing: text).integerValue }
        #expect(try integer("7") == 7)
        #expect(try integer("1.0") == 1)
        #expect(try integer("1e3") == 1000)
        #expect(try integer("-12.50e1") == -125)
        #expect(try integer("-9223372036854775808.0") == .min)
        #expect(try integer("9223372036854775808") == nil)
        #expect(try integer("-9223372036854775809") == nil)
        #expect(try integer("1.5") == nil)
        #expect(try integer("1e30") == nil)
        #expect(try integer(#""1""#) == nil)
        #expect(JSONNumber(literal: "1e400")?.isInteger == true)
        #expect(JSONNumber(literal: "1e-400")?.isInteger == false)
    }

    @Test("A number converts to the nearest double")
    func convertsToDouble() throws {
        #expect(try JSON(parsing: "0.1").doubleValue == 0.1)
        #expect(try JSON(parsing: "3").doubleValue == 3)
        #expect(try JSON(parsing: "1e400").doubleValue == .infinity)
        #expect(JSON(Double.nan) == nil)
        #expect(JSON(-Double.infinity) == nil)
        #expect(JSON(2.5 as Double)?.description == "2.5")
        #expect(JSON(UInt64.max).description == "18446744073709551615")
    }

    @Test(
        "Only a JSON number is taken as a number's text",
        arguments: ["", " 1", "1 ", "01", "+1", "NaN", "0x1", "1.", "true", "\"1\"", "1,2", "[1]"]
    )
    func refusesOtherLiterals(text: String) {
        #expect(JSONNumber(literal: text) == nil)
    }

    @Test("Objects are equal and hash alike in any order of members")
    func ignoresOrder() throws {
        let left: JSON = ["a": 1, "b": [2, ["c": 3, "d": 4]]]
        let right: JSON = ["b": [2, ["d": 4, "c": 3]], "a": 1.0]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left.encoded() != right.encoded())
        #expect(left.canonical() == right.canonical())
        #expect(left != ["a": 1, "b": [2, ["c": 3, "d": 5]]])
        #expect(left != ["a": 1, "b": [2, ["c": 3]]])
        #expect(["a": 1, "b": 2] as JSON != ["a": 2, "b": 1])
        #expect(["a": nil] as JSON != ["b": nil])
        #expect([1, 2] as JSON != [2, 1])
        #expect(JSON.string("1") != 1)
        #expect(JSON.bool(false) != 0)
        #expect(JSON.null != false)
    }

    @Test("Members keep their order through change, removal and growth past the index")
    func keepsMemberOrder() {
        for count in [3, 16, 17, 18, 100] {
            var object = JSONObject()
            for number in 0..<count { object["k\(number)"] = .integer(Int64(number)) }
            #expect(object.count == count)
            object["k1"] = "changed"
            #expect(object.keys == (0..<count).map { "k\($0)" })
            #expect(object["k1"] == "changed")
            object["k0"] = nil
            object["absent"] = nil
            #expect(object.keys == (1..<count).map { "k\($0)" })
            #expect(object["k0"] == nil)
            #expect(object["k\(count - 1)"] == .integer(Int64(count - 1)))
            let isAgain = object.appendIfAbsent("k1", 0)
            #expect(!isAgain)
            let isNew = object.appendIfAbsent("k0", 0)
            #expect(isNew)
            #expect(object.keys.last == "k0")
            #expect(object.position(of: "k0") == count - 1)
            #expect(object.map(\.key) == object.keys)
        }
    }

    @Test("Values are reached by key, index and path, and what is not there is nil")
    func reachesIn() {
        let json: JSON = ["items": [["id": 7], ["id": 8]], "ok": true, "none": nil]
        #expect(json["items"]?[1]?["id"] == 8)
        #expect(json[["items", 0, "id"]] == 7)
        #expect(json[JSONPath.root] == json)
        #expect(json["items"]?[2] == nil)
        #expect(json["items"]?[-1] == nil)
        #expect(json["items"]?["id"] == nil)
        #expect(json["ok"]?[0] == nil)
        #expect(json[["items", 0, "id", "deeper"]] == nil)
        #expect(json["none"]?.isNull == true)
        #expect(json["ok"]?.boolValue == true)
        #expect(json["ok"]?.stringValue == nil)
        #expect(json["items"]?.arrayValue?.count == 2)
        #expect(json.objectValue?.count == 3)
        #expect(json.kind == .object)
    }

    @Test("A path is written as people write it and as a JSON Pointer")
    func writesPaths() {
        let path: JSONPath = ["agents", "ledger", "steps", 2, "a.b", "", "x/y~z", "größe"]
        #expect(path.description == #"agents.ledger.steps[2]["a.b"][""].x/y~z.größe"#)
        #expect(path.pointer == "/agents/ledger/steps/2/a.b//x~1y~0z/größe")
        #expect(JSONPath.root.description.isEmpty)
        #expect(([0, "a"] as JSONPath).description == "[0].a")
        #expect(path.parent?.components.count == 7)
        #expect(JSONPath.root.parent == nil)
    }
}
