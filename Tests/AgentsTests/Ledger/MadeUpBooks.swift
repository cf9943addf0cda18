import Foundation

@testable import LedgerAgent

/// A small ledger in a folder of its own.
struct MadeUpBooks {
    let scratch: Scratch
    var path: String { scratch.at("books.db") }

    /// Three accounts, one entry, and a statement of which two lines are there twice.
    init() throws {
        scratch = try Scratch()
        let books = """
            {
              "accounts": [
                {"number": "1000", "name": "Bank", "kind": "asset"},
                {"number": "4000", "name": "Sales", "kind": "income"},
                {"number": "6850", "name": "Bank charges", "kind": "expense"}
              ],
              "entries": [
                {"date": "2026-10-05", "memo": "invoice 17", "key": "B-1", "lines": [
                  {"account": "1000", "cents": 11900}, {"account": "4000", "cents": -11900}]}
              ],
              "statement": [
                {"account": "1000", "date": "2026-10-05", "cents": 11900, "reference": "B-1",
                 "text": "invoice 17"},
                {"account": "1000", "date": "2026-10-07", "cents": -250, "reference": "B-2",
                 "text": "monthly fee"},
                {"account": "1000", "date": "2026-10-07", "cents": -250, "reference": "B-2",
                 "text": "monthly fee"},
                {"account": "1000", "date": "2026-10-07", "cents": -250, "reference": "B-3",
                 "text": "monthly fee"},
                {"account": "1000", "date": "2026-10-07", "cents": -250, "reference": "B-2",
                 "text": "monthly  fee"},
                {"account": "1000", "date": "2026-10-05", "cents": 11900, "reference": "B-1",
                 "text": "invoice 17"},
                {"account": "1000", "date": "2026-10-05", "cents": 11900, "reference": "B-1",
                 "text": "invoice 17"}
              ]
            }
            """
        let file = try scratch.write(books, to: "books.json")
        _ = try OpenLedger().run(OpenLedger.Arguments(ledger: path, books: file))
    }

    func digest() throws -> String {
        try LedgerDigest().run(LedgerDigest.Arguments(ledger: path)).digest
    }

    /// An entry of a fee, as it may be asked for.
    func fee(_ cents: Int64 = 250, key: String? = nil) -> PostEntry.Arguments {
        PostEntry.Arguments(
            ledger: path,
            date: "2026-10-31",
            memo: "fee",
            lines: [
                Entry.Line(account: "6850", cents: cents),
                Entry.Line(account: "1000", cents: -cents),
            ],
            key: key
        )
    }

    /// What the `sqlite3` program answers: another reader than ours.
    func ask(_ sql: String) throws -> String {
        let command = try Command("/usr/bin/sqlite3", [path, sql])
        return String(decoding: command.output, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
