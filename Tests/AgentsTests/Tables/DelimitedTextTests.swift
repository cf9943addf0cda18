import Testing

@testable import TablesAgent

@Suite("Delimited text")
struct DelimitedTextTests {
    private func records(
        _ text: String,
        file: String = "t.csv",
        _ dialect: Dialect? = nil
    ) throws -> [[String]] {
        var text = try DelimitedText(file: file, content: Array(text.utf8), dialect: dialect)
        var records: [[String]] = []
        while let (_, fields) = try text.next() {
            records.append(fields.map { String(decoding: $0.bytes, as: UTF8.self) })
        }
        return records
    }

    @Test("A quoted field may hold delimiters, doubled quotes and line breaks")
    func quoted() throws {
        let text = "a,\"b,c\",d\r\n\"say \"\"no\"\"\",\"two\r\nlines\",\"\"\n"
        #expect(try records(text) == [["a", "b,c", "d"], ["say \"no\"", "two\r\nlines", ""]])
    }

    @Test("In tab-separated text a quote is a quote")
    func tabs() throws {
        #expect(
            try records("5\" disk\tb\n\"x\ty\"\n", file: "t.tsv") == [
                ["5\" disk", "b"], ["\"x", "y\""],
            ]
        )
    }

    @Test("A byte order mark, blank lines and a missing last line break change nothing")
    func edges() throws {
        #expect(try records("\u{FEFF}a,b\n\n\r\n1,2") == [["a", "b"], ["1", "2"]])
        #expect(try records("") == [])
        #expect(try records("\n\n") == [])
        #expect(try records("a,b,\n,,\n") == [["a", "b", ""], ["", "", ""]])
        #expect(try records("a\rb,c\r") == [["a\rb", "c"]])
    }

    @Test("Lines are counted through quoted line breaks")
    func lines() throws {
        var text = try DelimitedText(
            file: "t.csv",
            content: Array("\"a\n\nb\",1\nc,2\n\nd,3".utf8),
            dialect: nil
        )
        var lines: [Int] = []
        while let (line, _) = try text.next() { lines.append(line) }
        #expect(lines == [1, 4, 6])
    }

    @Test(
        "The delimiter is the one that every line has equally often",
        arguments: [
            ("a,b\n1,2\n", "comma"), ("a;b\n1,5;2,5\n1;2\n", "semicolon"),
            ("a\tb,c\n1\t2\n", "tab"),
            ("a|b,c|d\n1|2|3\n", "bar"), ("\"a;b;c\",1\n\"d\",2\n", "comma"),
            ("single\nvalue\n", "comma"),
        ]
    )
    func detection(text: String, name: String) throws {
        #expect(Dialect(detectedIn: Array(text.utf8)[...], file: "t.txt").name == name)
    }

    @Test(
        "What is wrong is said with file, line and column",
        arguments: [
            ("a,b\n\"open,1\n2,3", "t.csv:2:1: this quoted field is never closed"),
            (
                "a,b\né,\"x\"y\n",
                "t.csv:2:6: text after the closing quote; a quote inside is written twice"
            ),
            ("a,b\n1,\u{0}\n", "t.csv:2:3: a NUL byte; this is no text"),
        ]
    )
    func errors(text: String, message: String) {
        let error = #expect(throws: TableError.self) { try records(text) }
        #expect(error?.description == message)
    }

    @Test("UTF-16 is refused in words")
    func sixteenBits() {
        let error = #expect(throws: TableError.self) {
            try DelimitedText(file: "t.csv", content: [0xFF, 0xFE, 0x61, 0], dialect: nil)
        }
        #expect(error?.description == "t.csv: this is UTF-16; save it as UTF-8")
    }
}
