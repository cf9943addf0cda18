import AgentFiles
import Testing

@testable import TablesAgent

@Suite("Rows of a table")
struct TableRowsTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    private func rows(
        _ text: String,
        key: Column = .position(1),
        amount: Column = .position(2),
        _ change: (inout TableSource) -> Void = { _ in }
    ) throws -> TableRows {
        let path = try scratch.write(text, to: "t.csv")
        var source = TableSource(path: path, key: key, amount: amount)
        change(&source)
        return try TableRows(source)
    }

    private func message(_ text: String, key: Column = .position(1), amount: Column = .position(2))
        -> String
    {
        do {
            _ = try rows(text, key: key, amount: amount)
            return "no error"
        } catch {
            return "\(error)".replacing("\(scratch.path)/", with: "")
        }
    }

    @Test("Columns are found by name in the header, wherever they are")
    func names() throws {
        let table = try rows(
            "amount, account ,x\n1.50, 7 ,a\n-2,8,b\n",
            key: .name("account"),
            amount: .name("amount")
        )
        #expect(table.rows.map(\.key) == ["7", "8"])
        #expect(table.rows.map(\.amount.description) == ["1.50", "-2"])
        #expect(table.rows.map(\.line) == [2, 3])
        #expect(table.hasHeader && table.read == 2)
        #expect(table.total.description == "-0.50")
    }

    @Test("Positions need no header, and skip one that is there")
    func positions() throws {
        let bare = try rows("7,1.50\n8,2\n")
        #expect(!bare.hasHeader && bare.read == 2)
        let headed = try rows("account,amount\n7,1.50\n8,2\n")
        #expect(
            headed.hasHeader
                && headed.rows
                    == bare.rows.map { row in
                        TableRow(line: row.line + 1, key: row.key, amount: row.amount)
                    }
        )
        let told = try rows("k1,1\nk2,2\n") { $0.header = true }
        #expect(told.rows.map(\.key) == ["k2"])
    }

    @Test("A filter keeps rows whose column holds exactly the text")
    func filter() throws {
        let text = "7,1,LO\n8,2,lo\n9,3,LO \n10,4,LO\n"
        let table = try rows(text) { $0.filter = RowFilter(column: .position(3), equals: "LO") }
        #expect(table.rows.map(\.key) == ["7", "10"])
        #expect(table.read == 4)
    }

    @Test("A row the filter drops may have no amount")
    func filterFirst() throws {
        let table = try rows("7,1,LO\n8,none,HH\n") {
            $0.filter = RowFilter(column: .position(3), equals: "LO")
        }
        #expect(table.rows.count == 1)
    }

    @Test("A comma may stand before the decimals when that is said")
    func decimalComma() throws {
        let table = try rows("7;1,50\n8;2,25\n") { $0.decimal = "," }
        #expect(table.total.description == "3.75")
        #expect(table.delimiter == "semicolon")
    }

    @Test(
        "Bad cells are named by file, line and column, the first five of them",
        arguments: [
            ("1,2\n,3\n", "t.csv:2:1: the key is empty"),
            ("1,2\n3\n", "t.csv:2:1: expected 2 fields as in the first row, found 1"),
            (
                "1,2\n3,12O\n",
                "t.csv:2:3: expected an amount such as 1234.50 (at most 15 digits and 12 decimals), found \"12O\""
            ),
            (
                "é,2\né,\n",
                "t.csv:2:3: expected an amount such as 1234.50 (at most 15 digits and 12 decimals), found \"\""
            ),
            ("", "t.csv: the file has no rows"),
        ]
    )
    func badCells(text: String, expected: String) {
        #expect(message(text) == expected)
    }

    @Test("More bad rows than five are counted")
    func manyBadRows() {
        let lines = message("1,2\n" + String(repeating: "x,y\n", count: 9)).split(separator: "\n")
        #expect(lines.count == 6)
        #expect(lines[4].hasPrefix("t.csv:6:3: "))
        #expect(lines[5] == "and 4 more")
    }

    @Test("A column that is not there is named, with those that are")
    func missingColumn() {
        #expect(
            message("a,b\n1,2\n", key: .name("c"))
                == "t.csv:1:1: there is no column \"c\"; the header has a, b."
                + " Without a header row, give the position, the first being 1"
        )
        #expect(
            message("1,2\n", key: .position(3))
                == "t.csv:1:1: there is no column 3; the first row has 2"
        )
        #expect(
            message("1,2\n", key: .position(0))
                == "t.csv:1:1: there is no column 0; the first row has 2"
        )
        #expect(
            message("a,b,a\n1,2,3\n", key: .name("a"))
                == "t.csv:1:5: 2 columns are called \"a\"; give the position"
        )
    }

    @Test("A file that is not there is named")
    func noFile() {
        let path = scratch.at("none.csv")
        let error = #expect(throws: FileError.self) {
            try TableRows(TableSource(path: path, key: .position(1), amount: .position(2)))
        }
        #expect(error?.description == "cannot open \(path): No such file or directory")
    }

    @Test("Keys must be UTF-8")
    func latin() throws {
        let path = try scratch.write([0x31, 0x2C, 0x32, 0x0A, 0xE9, 0x2C, 0x33, 0x0A], to: "t.csv")
        let error = #expect(throws: TableError.self) {
            try TableRows(TableSource(path: path, key: .position(1), amount: .position(2)))
        }
        #expect(error?.description == "\(path):2:1: the key is not UTF-8; save the file as UTF-8")
    }
}
