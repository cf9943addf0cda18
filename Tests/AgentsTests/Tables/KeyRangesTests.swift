import AgentFiles
import Testing

@testable import TablesAgent

@Suite("Key ranges")
struct KeyRangesTests {
    private func row(_ key: String, _ line: Int) throws -> TableRow {
        TableRow(line: line, key: key, amount: try #require(ExactDecimal("\(line)".utf8)))
    }

    @Test("Every row falls into one range, keys into one each, in order", arguments: 1...9)
    func partition(count: Int) throws {
        var generator = SplitMix(state: UInt64(count))
        let left = try (1...200).map { try row("\(Int.random(in: 1...60, using: &generator))", $0) }
        let right = try (1...150).map {
            try row("\(Int.random(in: 40...99, using: &generator))", $0)
        }
        let cut = KeyRanges(left: left, right: right, count: count)
        #expect(cut.order == .numeric)
        #expect(cut.ranges.count == count)
        #expect(cut.ranges.flatMap { $0.left.map(\.line) }.sorted() == Array(1...200))
        #expect(cut.ranges.flatMap { $0.right.map(\.line) }.sorted() == Array(1...150))
        let keys = cut.ranges.map { Set(($0.left + $0.right).compactMap { Int($0.key) }) }
        for (index, range) in cut.ranges.enumerated() {
            #expect(keys[index].min() == Int(range.firstKey))
            #expect(keys[index].max() == Int(range.lastKey))
            if index > 0, let low = keys[index].min(), let high = keys[index - 1].max() {
                #expect(high < low)
            }
        }
    }

    @Test("There are no more ranges than keys, and none without rows")
    func few() throws {
        let rows = try (1...5).map { try row("same", $0) }
        #expect(KeyRanges(left: rows, right: rows, count: 8).ranges.count == 1)
        #expect(KeyRanges(left: [], right: [], count: 8).ranges.isEmpty)
    }

    @Test("One key that is no number makes the order that of text")
    func text() throws {
        let rows = try ["10", "9", "b"].enumerated().map { try row($1, $0) }
        let cut = KeyRanges(left: rows, right: [], count: 3)
        #expect(cut.order == .text)
        #expect(cut.ranges.map(\.firstKey) == ["10", "9", "b"])
        #expect(KeyOrder.numeric.precedes("9", "10"))
        #expect(KeyOrder.numeric.precedes("07", "7"), "one number, two keys")
    }

    @Test("Keys with tabs, line breaks and backslashes come back from a file as they were")
    func rowFile() throws {
        let scratch = try Scratch()
        let keys = [
            "plain", "tab\there", "two\nlines\r", "back\\slash\\t", "", "é\u{202E}\u{1F600}",
        ]
        let rows = try keys.enumerated().map { try row($1, $0) }
        try RowFile.write(rows, to: scratch.at("rows.tsv"))
        #expect(try RowFile.read(scratch.at("rows.tsv")) == rows)
        let content = try [UInt8](contentsOfFile: scratch.at("rows.tsv"))
        #expect(content.count { $0 == UInt8(ascii: "\n") } == rows.count)
    }

    @Test("A damaged file of rows is named with its line")
    func damaged() throws {
        let scratch = try Scratch()
        let file = try scratch.write("1\tk\t2\n1\tk\n", to: "rows.tsv")
        let error = #expect(throws: TableError.self) { try RowFile.read(file) }
        #expect(error?.description.hasPrefix("\(file):2:1: ") == true)
    }
}
