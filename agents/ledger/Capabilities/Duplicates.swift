/// Lines of bank statements that are there twice: equal in everything but their number.
///
/// A line that differs in a single byte is another line. Two payments of the same amount on the
/// same day have different references, and both are real.
struct Duplicates: Sendable {
    /// The rows beyond the first of each kind: number, account, day, cents, reference, text.
    var rows: [[Value]]
    /// Names exactly these rows of exactly this ledger.
    var plan: String

    /// Finds what a cleanup would remove now.
    init(in ledger: Ledger) throws {
        rows = try ledger.connection.rows(
            """
            SELECT id, account, booked_on, cents, reference, text FROM statement AS later
            WHERE EXISTS (
                SELECT 1 FROM statement AS first
                WHERE first.id < later.id AND first.account = later.account
                    AND first.reference = later.reference AND first.booked_on = later.booked_on
                    AND first.cents = later.cents AND first.text = later.text
            )
            ORDER BY id
            """
        )
        var digest = RowDigest()
        digest.add(heading: "cleanup of \(try ledger.identity)")
        for row in rows { digest.add(row) }
        plan = digest.finish()
    }
}
