import Foundation
import Testing

@testable import LedgerAgent

@Suite("A month's end")
struct MonthEndTests {
    private let books: MadeUpBooks

    init() throws { books = try MadeUpBooks() }

    private func differences(_ month: String) throws -> [ProposeAdjustments.Arguments.Difference] {
        let found = try Query().run(
            Query.Arguments(
                ledger: books.path,
                sql: MonthEndReport.differences,
                parameters: [.text("1000"), .text(month)]
            )
        )
        let json = try JSONEncoder().encode(found.rows)
        return try JSONDecoder().decode([ProposeAdjustments.Arguments.Difference].self, from: json)
    }

    private func propose(_ month: String) throws -> [ProposeAdjustments.Result.Proposal] {
        try ProposeAdjustments().run(
            ProposeAdjustments.Arguments(
                differences: try differences(month),
                account: "1000",
                rules: [.init(contains: "FEE", account: "6850")],
                suspense: "4000"
            )
        ).entries
    }

    private func report(_ adjustments: [PostEntry.Result]) throws -> MonthEndReport.Result {
        try MonthEndReport().run(
            MonthEndReport.Arguments(
                ledger: books.path,
                month: "2026-10",
                account: "1000",
                adjustments: adjustments,
                outputDirectory: books.scratch.at("out")
            )
        )
    }

    @Test("What the journal lacks is found, proposed, posted, reported, and then it lacks nothing")
    func whole() throws {
        // B-1 is in the journal, its copies in the statement are the same line. B-2 and B-3 lack.
        let proposals = try propose("2026-10")
        #expect(
            proposals == [
                .init(
                    key: "B-2/adjustment",
                    date: "2026-10-07",
                    memo: "monthly  fee",
                    lines: [
                        .init(account: "1000", cents: -250), .init(account: "6850", cents: 250),
                    ]
                ),
                .init(
                    key: "B-3/adjustment",
                    date: "2026-10-07",
                    memo: "monthly fee",
                    lines: [
                        .init(account: "1000", cents: -250), .init(account: "6850", cents: 250),
                    ]
                ),
            ]
        )
        #expect(
            throws: LedgerError.conflict(
                "2 lines of the statement are not in the journal: B-2, B-3"
            )
        ) {
            try report([])
        }
        let posted = try proposals.enumerated().map { index, proposal in
            try PostEntry().run(
                PostEntry.Arguments(
                    ledger: books.path,
                    date: proposal.date,
                    memo: proposal.memo,
                    lines: proposal.lines,
                    key: proposal.key
                ),
                call: "r_1/post[\(index)]"
            )
        }
        #expect(try propose("2026-10").isEmpty)
        let result = try report(posted)
        // 119.00 - 2 x 2.50
        #expect((result.adjustments, result.cents, result.balance) == (2, 500, 11400))
        #expect(result.digest == (try books.digest()))
        let page = try String(contentsOfFile: result.report, encoding: .utf8)
        #expect(page.contains("| 3 | 2026-10-07 | 2.50 | monthly fee |\n"))
        #expect(page.contains("| 1000 | Bank | 114.00 | |\n"))
        #expect(page.contains("| 4000 | Sales | | 119.00 |\n"))
        #expect(page.contains("| | | 119.00 | 119.00 |\n"))
        // Undone, the month lacks the same again, and may be adjusted again.
        for entry in posted {
            _ = try ReverseEntry().run(.init(ledger: books.path, entry: entry.entry))
        }
        #expect(try propose("2026-10") == proposals)
    }

    @Test("A wrong amount is adjusted by what it lacks; other months and accounts are not touched")
    func differencesOnly() throws {
        _ = try books.ask("UPDATE statement SET cents = 12000 WHERE reference = 'B-1'")
        #expect(try differences("2026-10").first?.missing == 100)
        #expect(try differences("2026-09").isEmpty)
        #expect(throws: LedgerError.self) {
            try MonthEndReport().run(
                .init(
                    ledger: books.path,
                    month: "2026-9",
                    account: "1000",
                    adjustments: [],
                    outputDirectory: books.scratch.at("out")
                )
            )
        }
    }

    @Test("Amounts are written as people write them")
    func amounts() {
        let cases: [(Int64, String)] = [
            (0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123_456, "1234.56"), (-100, "-1.00"),
            (.min, "-92233720368547758.08"),
        ]
        for (cents, text) in cases { #expect(MonthEndReport.amount(cents) == text) }
    }

    @Test("No rule and no rounding can post an amount from an account to itself")
    func selfPosting() {
        #expect(throws: LedgerError.self) {
            try ProposeAdjustments().run(
                .init(
                    differences: [.init(reference: "B", date: "2026-10-01", text: "x", missing: 1)],
                    account: "1000",
                    rules: [],
                    suspense: "1000"
                )
            )
        }
    }
}
