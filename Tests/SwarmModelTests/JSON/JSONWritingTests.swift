import SwarmModel
import Testing

@Suite struct JSONWritingTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("Commas and colons are placed between values of every kind")
    func placesCommas() {
        let written = text { writer in
            writer.beginObject()
            writer.key("a")
            writer.integer(1)
            writer.key(named: "b\"")
            writer.beginArray()
            writer.endArray()
            writer.key("c")
            writer.beginArray()
            writer.beginObject()
            writer.endObject()
            writer.null()
            writer.bool(true)
            writer.bool(false)
            writer.string("x")
            writer.double(0.5)
            writer.double(.nan)
            writer.raw(Array("[ 1 ]".utf8))
            writer.value(["k": "v"])
            writer.beginArray()
            writer.integer(2)
            writer.endArray()
            writer.endArray()
            writer.key("d")
            writer.string("end")
            writer.endObject()
        }
        let expected =
            #"{"a":1,"b\"":[],"c":[{},null,true,false,"x",0.5,null,[ 1 ],{"k":"v"},[2]],"d":"end"}"#
        #expect(written == expected)
    }

    @Test(
        "Integers are written as Swift writes them",
        arguments: [0, 1, -1, 9, 10, 99, 100, -100, 4711, .max, .min, 1_000_000_000_000] as [Int64]
    )
    func writesIntegers(value: Int64) {
        #expect(text { $0.integer(value) } == String(value))
        #expect(text { $0.integer(value.magnitude) } == String(value.magnitude))
        #expect(text { $0.integer(Int(value)) } == String(value))
    }

    @Test("Only what must be escaped is escaped, wherever it stands")
    func escapes() {
        #expect(text { $0.string("\"\\\u{8}\u{c}\n\r\t") } == #""\"\\\b\f\n\r\t""#)
        #expect(text { $0.string("\u{0}\u{1}\u{1f}\u{7f}/") } == "\"\\u0000\\u0001\\u001f\u{7f}/\"")
        #expect(text { $0.string("é漢🐝") } == "\"é漢🐝\"")
        for padding in 0..<20 {
            let plain = String(repeating: "a", count: padding)
            let more = String(repeating: "ü", count: padding)
            #expect(
                text { $0.string(plain + "\n" + more + "\"" + plain) }
                    == "\"\(plain)\\n\(more)\\\"\(plain)\""
            )
        }
    }

    @Test("A writer goes on behind given bytes and is used again")
    func isReused() {
        var writer = JSONWriter(appendingTo: Array("x=".utf8))
        writer.integer(1)
        #expect(writer.takeBytes() == Array("x=1".utf8))
        #expect(writer.bytes.isEmpty)
        writer.integer(2)
        writer.removeAll()
        writer.integer(3)
        #expect(writer.bytes == Array("3".utf8))
    }

    @Test("The pretty text has one member or element a line")
    func writesPretty() {
        let json: JSON = ["a": [1, ["b": nil]], "empty": [:], "none": [], "s": "x"]
        let expected = """
            {
              "a": [
                1,
                {
                  "b": null
                }
              ],
              "empty": {},
              "none": [],
              "s": "x"
            }
            """
        #expect(json.pretty() == expected)
    }

    @Test("The canonical text sorts keys by bytes and gives each number one spelling")
    func writesCanonical() throws {
        let json = try JSON(
            parsing: #"{"b":1.50,"a":[1e2,-0,1.0],"é":1e-7,"Z":"\u0041","z":1e30,"":9.99e400}"#
        )
        let canonical = String(decoding: json.canonical(), as: UTF8.self)
        #expect(
            canonical
                == #"{"":999e398,"Z":"A","a":[100,0,1],"b":15e-1,"z":1e30,"é":1e-7}"#
        )
    }
}
