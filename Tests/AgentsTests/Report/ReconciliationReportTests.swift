import AgentFiles
import Foundation
import Testing

@testable import ReportAgent

@Suite("The reconciliation report")
struct ReconciliationReportTests {
    private let scratch: Scratch
    private static let header =
        "outcome\tkey\tleft_line\tleft_amount\tright_line\tright_amount\tdifference\n"

    init() throws {
        scratch = try Scratch()
    }

    private func input(_ table: String, differs: Int, onlyLeft: Int = 0) throws
        -> ReconciliationInput
    {
        ReconciliationInput(
            left: .init(path: "/t/<left>.csv", read: 5, rows: 4, total: "10.50"),
            right: .init(path: "/t/right.tsv", read: 9, rows: 3, total: "9.00"),
            merged: .init(
                equal: 1,
                differs: differs,
                onlyLeft: onlyLeft,
                onlyRight: 0,
                apart: "1.50",
                table: try scratch.write(Self.header + table, to: "reconciliation.tsv")
            ),
            tolerance: .init(text: "0.00"),
            outputDirectory: scratch.at("out")
        )
    }

    @Test("Rows that are not equal are listed with their lines, equal ones are not")
    func rows() throws {
        let table = """
            equal\tsame<key>\t1\t1\t1\t1\t0
            differs\tk&1\t2\t5.00\t3\t6.50\t1.50
            only_left\tk|2\t4\t7\t\t\t

            """
        let report = try ReconciliationReport(
            try input(table, differs: 1, onlyLeft: 1),
            time: "Made on a day"
        )
        let result = try report.write()
        let content = XMLContent(try [UInt8](contentsOfFile: result.html))
        #expect(content.problem == nil)
        #expect(content.text.contains("k&1") && content.text.contains("k|2"))
        #expect(!content.text.contains("same<key>"))
        #expect(
            content.text.contains(
                "1 pair agrees, 1 differs by 1.50 together; 1 left and 0 right without a partner."
            )
        )
        #expect(content.elements.count { $0 == "svg" } == 2)
        let markdown = String(decoding: try [UInt8](contentsOfFile: result.markdown), as: UTF8.self)
        #expect(markdown.contains("| differs | k&amp;1 | 5.00 | 2 | 6.50 | 3 | 1.50 |"))
        #expect(markdown.contains("| only left | k\\|2 | 7 | 4 |  |  |  |"))
        #expect(result.table == scratch.at("reconciliation.tsv"))
    }

    @Test("Differences are counted by the size of their whole part")
    func magnitudes() throws {
        let table = [
            ("0.50", 1), ("-3.20", 2), ("10", 3), ("-99.99", 4), ("1500", 5), ("-0.00209", 6),
        ]
        .map { "differs\tk\($0.1)\t1\t1\t1\t1\t\($0.0)\n" }.joined()
        let rows = try ReconciledRows(
            file: try input(table, differs: 6).merged.table
        )
        #expect(rows.magnitudes == [-1: 1, 0: 1, 1: 2, 3: 1, -3: 1])
    }

    @Test("More rows than a report lists are counted, and the table named")
    func manyRows() throws {
        let count = ReconciliationReport.listed + 7
        let table = (1...count).map { "differs\tk\($0).\t1\t1\t1\t2\t1\n" }.joined()
        let report = try ReconciliationReport(try input(table, differs: count), time: "")
        let text = XMLContent(report.page.document).text
        #expect(text.contains("and 7 more in the table."))
        #expect(text.contains("k\(ReconciliationReport.listed).") && !text.contains("k\(count)."))
        #expect(report.markdown.description.contains("and 7 more in the table."))
    }

    @Test("Nothing but equal pairs makes a short report")
    func allEqual() throws {
        let report = try ReconciliationReport(try input("", differs: 0), time: "")
        #expect(report.verdict == "All 1 pair agree; no row is left over.")
        let content = XMLContent(report.page.document)
        #expect(content.problem == nil)
        #expect(content.elements.count { $0 == "svg" } == 1)
    }

    @Test("A damaged table is named with its line")
    func damaged() throws {
        let error = #expect(throws: ReconciledRows.UnreadableLine.self) {
            try ReconciliationReport(try input("differs\tk\n", differs: 1), time: "")
        }
        #expect(error?.description.contains("reconciliation.tsv:2: expected 7 fields") == true)
    }

    @Test(
        "The tolerance is shown as it was written",
        arguments: [("0.1", "0.1"), ("\"0.10\"", "0.10"), ("0", "0")]
    )
    func tolerance(json: String, text: String) throws {
        let tolerance = try JSONDecoder().decode(
            ReconciliationInput.Tolerance.self,
            from: Data(json.utf8)
        )
        #expect(tolerance.text == text)
    }
}
