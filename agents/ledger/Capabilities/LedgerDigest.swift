/// `ledger_digest`: one value that is equal for equal books, and for no others.
///
/// Covers every row of the accounts, the journal and the bank statements, with its number. What
/// the ledger remembers about calls is no part of the books.
struct LedgerDigest: Sendable {
    struct Arguments: Codable, Sendable {
        var ledger: String
    }

    struct Result: Codable, Sendable, Equatable {
        /// SHA-256, 64 hexadecimal digits.
        var digest: String
        var accounts: Int
        var entries: Int
        var lines: Int
        var statementLines: Int

        enum CodingKeys: String, CodingKey {
            case digest, accounts, entries, lines
            case statementLines = "statement_lines"
        }
    }

    /// Reads all books in one state.
    func run(_ arguments: Arguments) throws -> Result {
        let ledger = try Ledger(arguments.ledger, .read)
        return try ledger.connection.snapshot { try run(in: ledger) }
    }

    /// Reads the books within a state that the caller keeps.
    func run(in ledger: Ledger) throws -> Result {
        var digest = RowDigest()
        func add(_ table: String, _ columns: String, by order: String) throws -> Int {
            digest.add(heading: table)
            let statement = try Statement(
                "SELECT \(columns) FROM \(table) ORDER BY \(order)",
                on: ledger.connection
            )
            var count = 0
            while try statement.step() {
                digest.add(statement.row)
                count += 1
            }
            return count
        }
        let accounts = try add("account", "number, name, kind", by: "number")
        let entries = try add("entry", "id, key, posted_on, memo, reverses", by: "id")
        let lines = try add("line", "id, entry, account, cents", by: "id")
        let statementLines = try add(
            "statement",
            "id, account, booked_on, cents, reference, text",
            by: "id"
        )
        return Result(
            digest: digest.finish(),
            accounts: accounts,
            entries: entries,
            lines: lines,
            statementLines: statementLines
        )
    }
}
