/// `restore_cleanup`: puts back what a cleanup removed, row for row and under the same numbers.
struct RestoreCleanup: Sendable {
    struct Arguments: Codable, Sendable {
        var ledger: String
        /// The number that `cleanup` returned; null, as after a dry run, has nothing to put back.
        var cleanup: Int64?
    }

    struct Result: Codable, Sendable, Equatable {
        var restored: Int
    }

    /// Puts the rows back, unless they are back already.
    func run(_ arguments: Arguments) throws -> Result {
        guard let cleanup = arguments.cleanup else { return Result(restored: 0) }
        let ledger = try Ledger(arguments.ledger, .write)
        let connection = ledger.connection
        return try connection.transaction {
            let found = try connection.row(
                "SELECT removed, is_restored FROM cleanup WHERE id = ?1",
                .integer(cleanup)
            )
            guard let found else { throw LedgerError.noSuchCleanup(cleanup) }
            let result = Result(restored: Int(found[0].integer))
            if found[1].integer == 1 { return result }
            let taken = try connection.row(
                """
                SELECT id FROM removed_statement WHERE cleanup = ?1
                    AND id IN (SELECT id FROM statement) LIMIT 1
                """,
                .integer(cleanup)
            )
            if let taken {
                throw LedgerError.conflict(
                    "statement line \(taken[0].integer) cannot be put back: there is another"
                )
            }
            try connection.run(
                """
                INSERT INTO statement (id, account, booked_on, cents, reference, text)
                SELECT id, account, booked_on, cents, reference, text
                FROM removed_statement WHERE cleanup = ?1 ORDER BY id
                """,
                .integer(cleanup)
            )
            try connection.run(
                "UPDATE cleanup SET is_restored = 1 WHERE id = ?1",
                .integer(cleanup)
            )
            return result
        }
    }
}
