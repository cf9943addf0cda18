/// `reverse_entry`: undoes an entry by one of the same day whose lines have the opposite sign.
///
/// Nothing is ever taken out of a journal. Every balance is what it was before, on every day.
struct ReverseEntry: Sendable {
    struct Arguments: Codable, Sendable {
        var ledger: String
        var entry: Int64
    }

    struct Result: Codable, Sendable, Equatable {
        /// The entry that reverses.
        var entry: Int64
        /// The entry that is reversed.
        var reverses: Int64
    }

    /// Reverses the entry, unless it is reversed already.
    func run(_ arguments: Arguments) throws -> Result {
        let ledger = try Ledger(arguments.ledger, .write)
        return try ledger.connection.transaction {
            guard let entry = try ledger.entry(arguments.entry) else {
                throw LedgerError.noSuchEntry(arguments.entry)
            }
            if let original = entry.reverses {
                throw LedgerError.invalid(
                    "entry: \(entry.id) is itself the reversal of \(original)"
                )
            }
            if let reversal = try ledger.reversal(of: entry.id) {
                return Result(entry: reversal, reverses: entry.id)
            }
            let reversal = try ledger.insert(
                key: nil,
                date: entry.date,
                memo: "reverses entry \(entry.id)",
                reverses: entry.id,
                lines: entry.lines.map { Entry.Line(account: $0.account, cents: -$0.cents) }
            )
            return Result(entry: reversal, reverses: entry.id)
        }
    }
}
