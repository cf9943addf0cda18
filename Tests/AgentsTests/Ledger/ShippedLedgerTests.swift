import Foundation
import SwarmModel
import Testing

@testable import LedgerAgent

/// The books of `examples/ledger`, and the workflows that are about them.
@Suite("The ledger's sample and workflows")
struct ShippedLedgerTests {
    private struct Expected: Decodable {
        var adjustments: [String: Int]
        var doubled: Int
    }

    private func file(_ name: String) -> String {
        projectFolder.appendingPathComponent(name).path
    }

    private func workflow(_ name: String) throws -> JSON {
        let data = try Data(contentsOf: URL(fileURLWithPath: file("workflows/\(name).json")))
        return try JSON(parsing: Array(data))
    }

    @Test("The sample's every month lacks what the sample's maker counted, and then nothing")
    func sample() throws {
        let scratch = try Scratch()
        let ledger = scratch.at("books.db")
        let books = file("examples/ledger/books.json")
        _ = try OpenLedger().run(OpenLedger.Arguments(ledger: ledger, books: books))
        let expected = try JSONDecoder().decode(
            Expected.self,
            from: Data(contentsOf: URL(fileURLWithPath: file("examples/ledger/expected.json")))
        )
        let dry = try Cleanup().run(.init(ledger: ledger, isDryRun: true), call: "r_1/tidy")
        #expect(dry.rows == expected.doubled)
        #expect(expected.adjustments.count == 3)

        // As the workflow asks it, with the rules it has.
        let month = try workflow("month-end")
        let sql = try #require(month["subtasks"]?["reconcile"]?["args"]?["sql"]?.stringValue)
        let rules = try #require(month["subtasks"]?["propose"]?["args"]?["rules"])
        let decoder = JSONDecoder()
        for (name, count) in expected.adjustments.sorted(by: { $0.key < $1.key }) {
            let found = try Query().run(
                Query.Arguments(
                    ledger: ledger,
                    sql: sql,
                    parameters: [.text("1000"), .text(name)]
                )
            )
            #expect(found.rows.count == count, "\(name)")
            let proposals = try ProposeAdjustments().run(
                ProposeAdjustments.Arguments(
                    differences: try decoder.decode(
                        [ProposeAdjustments.Arguments.Difference].self,
                        from: JSONEncoder().encode(found.rows)
                    ),
                    account: "1000",
                    rules: try decoder.decode(
                        [ProposeAdjustments.Arguments.Rule].self,
                        from: Data(rules.encoded())
                    ),
                    suspense: "1999"
                )
            ).entries
            let posted = try proposals.enumerated().map { index, entry in
                try PostEntry().run(
                    PostEntry.Arguments(
                        ledger: ledger,
                        date: entry.date,
                        memo: entry.memo,
                        lines: entry.lines,
                        key: entry.key
                    ),
                    call: "r_\(name)/post[\(index)]"
                )
            }
            let report = try MonthEndReport().run(
                MonthEndReport.Arguments(
                    ledger: ledger,
                    month: name,
                    account: "1000",
                    adjustments: posted,
                    outputDirectory: scratch.at("out")
                )
            )
            #expect(report.adjustments == count)
        }
    }

    @Test("The workflow asks what the report checks")
    func oneQuestion() throws {
        let month = try workflow("month-end")
        let sql = try #require(month["subtasks"]?["reconcile"]?["args"]?["sql"]?.stringValue)
        func words(_ text: String) -> [Substring] { text.split { $0.isWhitespace } }
        #expect(words(sql) == words(MonthEndReport.differences))
    }

    @Test("Loans and standing orders of a real bank become books that balance to the cent")
    func realBank() throws {
        let bank = projectFolder.deletingLastPathComponent()
            .appendingPathComponent("shared/data/bank")
        guard FileManager.default.fileExists(atPath: bank.path) else { return }
        func table(_ name: String) throws -> [[Substring]] {
            let text = try String(
                contentsOf: bank.appendingPathComponent("\(name).tsv"),
                encoding: .utf8
            )
            return text.split(separator: "\n").map { line in
                line.split(separator: "\t", omittingEmptySubsequences: false)
            }
        }
        func cents(_ amount: Substring) throws -> Int64 {
            let parts = amount.split(separator: ".")
            let whole = try #require(Int64(parts[0])) * 100
            guard parts.count > 1 else { return whole }
            let part = parts[1].prefix(2)
            return whole + (try #require(Int64(part)) * (part.count == 1 ? 10 : 1))
        }
        // A loan's payment is expected; the standing order of its account is what the bank did.
        let loans = try table("loan").map { (account: $0[1], cents: try cents($0[5])) }
        let orders = try table("order").filter { $0[5] == "LO" }
        var paid: [Substring: Int64] = [:]
        for order in orders { paid[order[1]] = try cents(order[4]) }
        let books = OpenLedger.Books(
            accounts: [
                .init(number: "1000", name: "Bank", kind: "asset"),
                .init(number: "1400", name: "Loans", kind: "asset"),
                .init(number: "1999", name: "To be cleared up", kind: "asset"),
            ],
            entries: loans.map { loan in
                .init(
                    date: "2026-10-01",
                    memo: "loan of \(loan.account)",
                    key: "loan/\(loan.account)",
                    lines: [
                        Entry.Line(account: "1000", cents: loan.cents),
                        Entry.Line(account: "1400", cents: -loan.cents),
                    ]
                )
            },
            statement: loans.compactMap { loan in
                paid[loan.account].map { amount in
                    .init(
                        account: "1000",
                        date: "2026-10-02",
                        cents: amount,
                        reference: "loan/\(loan.account)",
                        text: "order of \(loan.account)"
                    )
                }
            }
        )
        let scratch = try Scratch()
        let source = try scratch.write([UInt8](JSONEncoder().encode(books)), to: "books.json")
        let ledger = scratch.at("books.db")
        let opened = try OpenLedger().run(OpenLedger.Arguments(ledger: ledger, books: source))
        #expect(opened.entries == loans.count)
        let found = try Query().run(
            Query.Arguments(
                ledger: ledger,
                sql: MonthEndReport.differences,
                parameters: [.text("1000"), .text("2026-10")]
            )
        )
        // Counted from the tables, not from the ledger.
        let differing = loans.filter { loan in paid[loan.account].map { $0 != loan.cents } ?? false
        }
        #expect(found.rows.count == differing.count)
        #expect(opened.statementLines == loans.filter { paid[$0.account] != nil }.count)
        #expect(opened.statementLines > 500)
    }
}
