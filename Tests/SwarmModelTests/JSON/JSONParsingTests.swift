import SwarmModel
import Testing

@Suite struct JSONParsingTests {
    @Test(
        "Every form of RFC 8259 is read",
        arguments: [
            ("null", JSON.null),
            (" true\n", true),
            ("\tfalse\r\n", false),
            ("0", 0),
            ("-1", -1),
            ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)),
            (#""""#, ""),
            (#""a b""#, "a b"),
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (#""\u0041\u00e9\u6f22""#, "Aé漢"),
            (#""\uD83D\udc1d""#, "🐝"),
            (#""\u0000""#, "\u{0}"),
            (#""é漢🐝""#, "é漢🐝"),
            ("\"\u{7f}\u{2028}\u{10ffff}\"", "\u{7f}\u{2028}\u{10ffff}"),
            ("[]", []),
            ("[ ]", []),
            ("[1,[2,[3]]]", [1, [2, [3]]]),
            ("{}", [:]),
            (#"{ "a" : 1 , "b" : [ ] }"#, ["a": 1, "b": []]),
            (#"{"":0}"#, ["": 0]),
            (#"{"a":{"a":{"a":null}}}"#, ["a": ["a": ["a": nil]]]),
        ] as [(String, JSON)]
    )
    func readsEveryForm(text: String, expected: JSON) throws {
        #expect(try JSON(parsing: text) == expected)
    }

    @Test(
        "What is not JSON is refused with its place and class",
        arguments: [
            ("", JSONSyntaxError.Code.unexpectedEnd, 0),
            ("  ", .unexpectedEnd, 2),
            ("nul", .unexpectedEnd, 3),
            ("nulL", .unexpectedByte, 0),
            ("True", .unexpectedByte, 0),
            ("NaN", .unexpectedByte, 0),
            ("Infinity", .unexpectedByte, 0),
            ("-Infinity", .invalidNumber, 1),
            ("+1", .unexpectedByte, 0),
            (".5", .unexpectedByte, 0),
            ("-", .unexpectedEnd, 1),
            ("01", .invalidNumber, 0),
            ("-01", .invalidNumber, 0),
            ("1.", .unexpectedEnd, 2),
            ("1.e5", .invalidNumber, 2),
            ("1e", .unexpectedEnd, 2),
            ("1e+", .unexpectedEnd, 3),
            ("1ex", .invalidNumber, 2),
            ("0x10", .trailingBytes, 1),
            ("1 2", .trailingBytes, 2),
            ("{} x", .trailingBytes, 3),
            ("[1,]", .unexpectedByte, 3),
            ("[,1]", .unexpectedByte, 1),
            ("[1 2]", .unexpectedByte, 3),
            ("[1", .unexpectedEnd, 2),
            ("[", .unexpectedEnd, 1),
            ("]", .unexpectedByte, 0),
            ("[1}", .unexpectedByte, 2),
            ("{", .unexpectedEnd, 1),
            (#"{"a"}"#, .unexpectedByte, 4),
            (#"{"a":}"#, .unexpectedByte, 5),
            (#"{"a":1,}"#, .unexpectedByte, 7),
            (#"{a:1}"#, .unexpectedByte, 1),
            (#"{'a':1}"#, .unexpectedByte, 1),
            (#"{1:1}"#, .unexpectedByte, 1),
            (#"{"a":1 "b":2}"#, .unexpectedByte, 7),
            ("// c\n1", .unexpectedByte, 0),
            ("1 // c", .trailingBytes, 2),
            (#"{"a":1,"b":2,"a":3}"#, .duplicateKey, 13),
            (#"{"a":1,"\u0061":3}"#, .duplicateKey, 7),
            (#"[{"a":{"x":1, "x":1}}]"#, .duplicateKey, 14),
            (#""abc"#, .unexpectedEnd, 4),
            ("\"a\nb\"", .controlCharacter, 2),
            ("\"a\u{0}b\"", .controlCharacter, 2),
            ("\"0123456789\tb\"", .controlCharacter, 11),
            (#""\x""#, .invalidEscape, 1),
            (#""\u12g4""#, .invalidEscape, 1),
            (#""\u12"#, .invalidEscape, 1),
            (#""\"#, .unexpectedEnd, 2),
            (#""\ud83d""#, .invalidEscape, 1),
            (#""\ud83dx""#, .invalidEscape, 1),
            (#""\ud83d\u0041""#, .invalidEscape, 1),
            (#""\udc1d""#, .invalidEscape, 1),
            (#""\udc1d\ud83d""#, .invalidEscape, 1),
            ("\u{feff}1", .unexpectedByte, 0),
        ]
    )
    func refuses(text: String, code: JSONSyntaxError.Code, offset: Int) {
        let error = parsingError(text.utf8)
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test(
        "Bytes that are not UTF-8 are refused, also where a shortcut would miss them",
        arguments: [
            [0x80], [0xff], [0xc0, 0xaf], [0xc1, 0xbf], [0xc3], [0xc3, 0x28],
            [0xe0, 0x9f, 0xbf], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf0, 0x8f, 0xbf, 0xbf],
            [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xf0, 0x9f, 0x90],
        ] as [[UInt8]]
    )
    func refusesInvalidUTF8(bytes: [UInt8]) {
        for padding in 0..<10 {
            let before = Array(repeating: UInt8(ascii: "a"), count: padding)
            let value = [UInt8(ascii: "\"")] + before + bytes + [UInt8(ascii: "\"")]
            #expect(parsingError(value)?.code == .invalidUTF8)
            #expect(parsingError(value)?.offset == 1 + padding)
            let key = [UInt8(ascii: "{")] + value + Array(":1}".utf8)
            #expect(parsingError(key)?.code == .invalidUTF8)
        }
    }

    @Test("The place is counted in lines and characters")
    func countsLinesAndCharacters() {
        let error = parsingError("{\n  \"größe\": \"🐝\" 5\n}".utf8)
        #expect(error?.line == 2)
        #expect(error?.column == 16)
        #expect(error?.description == "2:16: expected ',' or '}', found '5'")
    }

    @Test("Nesting is read up to the limit and refused one deeper")
    func limitsDepth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(parsingError(nested(64).utf8) == nil)
        #expect(parsingError(nested(65).utf8)?.code == .tooDeep)
        #expect(parsingError(nested(65).utf8)?.offset == 64)
        let deep = JSONLimits(depth: 100_000)
        #expect(deep.depth == 512)
        #expect(parsingError(nested(512).utf8, limits: deep) == nil)
        #expect(parsingError(nested(100_000).utf8, limits: deep)?.code == .tooDeep)
        let objects = String(repeating: #"{"a":"#, count: 65) + "1"
        #expect(parsingError(objects.utf8)?.code == .tooDeep)
    }

    @Test("A text is read up to its size limit and refused one byte longer")
    func limitsSize() {
        #expect(parsingError("12345".utf8, limits: JSONLimits(bytes: 5)) == nil)
        #expect(parsingError("123456".utf8, limits: JSONLimits(bytes: 5))?.code == .tooLarge)
    }

    @Test("A key that comes twice is found in a large object too")
    func findsDuplicatesInLargeObjects() {
        for count in [15, 16, 17, 18, 40, 200] {
            let members = (0..<count).map { #""key\#($0)":\#($0)"# }
            let distinct = "{" + members.joined(separator: ",") + "}"
            #expect(parsingError(distinct.utf8) == nil)
            for repeated in [0, count / 2, count - 1] {
                let twice = "{" + (members + [members[repeated]]).joined(separator: ",") + "}"
                #expect(parsingError(twice.utf8)?.code == .duplicateKey)
            }
        }
    }

    @Test("Keys that differ only in normalisation are two keys")
    func tellsNormalisationsApart() throws {
        let json = try JSON(parsing: #"{"\u00e9":1,"e\u0301":2}"#)
        #expect(json["\u{e9}"] == 1)
        #expect(json["e\u{301}"] == 2)
        #expect(JSON.string("\u{e9}") != JSON.string("e\u{301}"))
    }

    @Test("Any collection of bytes may be parsed")
    func parsesAnyCollection() throws {
        let bytes = Array("[1,2]".utf8)
        #expect(try JSON(parsing: bytes) == [1, 2])
        #expect(try JSON(parsing: bytes[...]) == [1, 2])
        #expect(try JSON(parsing: bytes.lazy.map { $0 }) == [1, 2])
        #expect(try bytes.withUnsafeBytes { try JSON(parsing: $0) } == [1, 2])
    }
}
