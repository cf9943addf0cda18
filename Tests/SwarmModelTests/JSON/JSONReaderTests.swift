import SwarmModel
import Testing

@Suite struct JSONReaderTests {
    @Test("An object is pulled key by key without a tree")
    func pullsAnObject() throws {
        let text =
            #" { "lease" : "L91", "count":18446744073709551615, "low":-5, "rate":2.5e1, "ok":true, "#
            + #""gone":null, "raw" : [1, {"x":"y"}] , "skipped":{"deep":[[]]}, "long_key_name":1 } "#
        try reading(text) { reader throws(JSONSyntaxError) in
            var found: [String] = []
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "lease":
                    let lease = try reader.readText()
                    #expect(lease == "L91")
                    #expect(!(lease == "L92"))
                    #expect(!(lease == "L9"))
                case "count": #expect(try reader.readUInt64() == .max)
                case "low": #expect(try reader.readInt64() == -5)
                case "rate": #expect(try reader.readDouble() == 25)
                case "ok": #expect(try reader.readBool())
                case "gone":
                    #expect(try reader.readNull())
                case "raw":
                    #expect(try !reader.readNull())
                    #expect(try reader.peek() == .array)
                    let raw = try reader.rawValue()
                    #expect(String(decoding: raw, as: UTF8.self) == #"[1, {"x":"y"}]"#)
                case "long_key_name": #expect(try reader.readInt() == 1)
                default: try reader.skipValue()
                }
                found.append(key.string)
            }
            try reader.finish()
            #expect(reader.depth == 0)
            #expect(
                found == [
                    "lease", "count", "low", "rate", "ok", "gone", "raw", "skipped",
                    "long_key_name",
                ]
            )
        }
    }

    @Test("An array is pulled element by element, also when nested and empty")
    func pullsArrays() throws {
        let rows = try reading("[[1,2],[],[3]]") { reader throws(JSONSyntaxError) in
            var rows: [[Int64]] = []
            try reader.beginArray()
            while try reader.nextElement() {
                var row: [Int64] = []
                try reader.beginArray()
                while try reader.nextElement() { row.append(try reader.readInt64()) }
                rows.append(row)
            }
            try reader.finish()
            return rows
        }
        #expect(rows == [[1, 2], [], [3]])
    }

    @Test("A key with escapes equals the name it means")
    func comparesEscapedKeys() throws {
        try reading(#"{"\u006cease":1,"le\\ase":2}"#) { reader throws(JSONSyntaxError) in
            try reader.beginObject()
            let first = try reader.nextKey()
            #expect(first.map { $0 == "lease" } == true)
            #expect(first?.string == "lease")
            try reader.skipValue()
            let second = try reader.nextKey()
            #expect(second.map { $0 == "lease" } == false)
            #expect(second?.string == #"le\ase"#)
        }
    }

    @Test(
        "Another type than asked for is an error that names both",
        arguments: [
            ("5", "expected a string, found a number"),
            ("null", "expected a string, found null"),
            ("{}", "expected a string, found an object"),
            ("", "expected a string, found the end of the text"),
            ("?", "expected a string, found '?'"),
        ]
    )
    func namesBothTypes(text: String, message: String) {
        let error = #expect(throws: JSONSyntaxError.self) {
            try reading(text) { reader throws(JSONSyntaxError) in try reader.readString() }
        }
        #expect(error?.message == message)
    }

    @Test("Integers out of range and fractions are no integers")
    func checksIntegers() {
        func code<T>(
            _ text: String,
            _ body: (inout JSONReader) throws(JSONSyntaxError) -> T
        ) -> JSONSyntaxError.Code? {
            do throws(JSONSyntaxError) {
                _ = try reading(text, body)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code("-1") { r throws(JSONSyntaxError) in try r.readUInt64() } == .typeMismatch)
        #expect(code("-0") { r throws(JSONSyntaxError) in try r.readUInt64() } == nil)
        for text in ["18446744073709551616", "100000000000000000000", "1.0", "1e2", "true"] {
            #expect(
                code(text) { r throws(JSONSyntaxError) in try r.readUInt64() } == .typeMismatch
            )
        }
        for text in ["9223372036854775808", "-9223372036854775809", "0.5", "\"1\""] {
            #expect(code(text) { r throws(JSONSyntaxError) in try r.readInt64() } == .typeMismatch)
        }
        #expect(code("[]") { r throws(JSONSyntaxError) in try r.beginObject() } == .typeMismatch)
        #expect(code("{}") { r throws(JSONSyntaxError) in try r.beginArray() } == .typeMismatch)
        #expect(code("1") { r throws(JSONSyntaxError) in try r.readBool() } == .typeMismatch)
        #expect(code("1 1") { r throws(JSONSyntaxError) in try r.finish() } == .trailingBytes)
    }

    @Test("A reader goes no deeper than its limit, pulling or skipping")
    func limitsDepth() {
        #expect(throws: JSONSyntaxError.self) {
            try reading("[[[]]]", depthLimit: 2) { reader throws(JSONSyntaxError) in
                try reader.skipValue()
            }
        }
        #expect(throws: JSONSyntaxError.self) {
            try reading("[{\"a\":[]}]", depthLimit: 2) { reader throws(JSONSyntaxError) in
                try reader.beginArray()
                _ = try reader.nextElement()
                try reader.beginObject()
                _ = try reader.nextKey()
                try reader.beginArray()
            }
        }
    }
}
