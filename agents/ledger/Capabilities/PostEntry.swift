/// `post_entry`: writes an entry into the journal, once for each idempotency key.
struct PostEntry: Sendable {
    struct Arguments: Codable, Sendable {
        var ledger: String
        /// The day it is posted on, as in `2026-02-28`.
        var date: String
        var memo: String
        var lines: [Entry.Line]
        /// What the entry is about, as its own business knows it.
        ///
        /// No two entries that stand share one. Left out, only the call's idempotency key counts.
        var key: String?
    }

    struct Result: Codable, Sendable, Equatable {
        var entry: Int64
        var date: String
        var memo: String
        /// The sum of its debits.
        var cents: Int64
    }

    /// Posts the entry, unless this call or another under the same key has posted it already.
    func run(_ arguments: Arguments, call: String) throws -> Result {
        try run(arguments, call: call, on: Connection(arguments.ledger, .write))
    }

    /// Posts on a connection that the caller may have prepared.
    func run(_ arguments: Arguments, call: String, on connection: Connection) throws -> Result {
        try EntryRules.check(
            date: arguments.date,
            memo: arguments.memo,
            key: arguments.key,
            lines: arguments.lines
        )
        let ledger = try Ledger(connection, at: arguments.ledger)
        return try connection.transaction {
            if let posted = try ledger.entry(postedBy: call) {
                if let reversal = try ledger.reversal(of: posted.id) {
                    throw LedgerError.conflict(
                        "this call (\(call)) has posted entry \(posted.id), which entry "
                            + "\(reversal) has reversed; it is not posted again"
                    )
                }
                return try result(posted, asked: arguments)
            }
            if let key = arguments.key, let standing = try ledger.entry(standingFor: key) {
                let result = try result(standing, asked: arguments)
                try remember(call, standing.id, on: connection)
                return result
            }
            try EntryRules.check(accountsOf: arguments.lines, in: ledger)
            let id = try ledger.insert(
                key: arguments.key,
                date: arguments.date,
                memo: arguments.memo,
                lines: arguments.lines
            )
            // In the same transaction: there is no moment at which one is on the disk without
            // the other.
            try remember(call, id, on: connection)
            return Result(
                entry: id,
                date: arguments.date,
                memo: arguments.memo,
                cents: debits(arguments.lines)
            )
        }
    }

    private func remember(_ call: String, _ entry: Int64, on connection: Connection) throws {
        try connection.run(
            "INSERT INTO request (key, entry) VALUES (?1, ?2)",
            .text(call),
            .integer(entry)
        )
    }

    /// What was returned when the entry was posted, if it is the one asked for now.
    private func result(_ entry: Entry, asked arguments: Arguments) throws -> Result {
        guard entry.date == arguments.date, entry.memo == arguments.memo,
            entry.key == arguments.key, entry.lines == arguments.lines
        else {
            throw LedgerError.conflict(
                "entry \(entry.id) was posted under this key and says something else"
            )
        }
        return Result(entry)
    }

    private func debits(_ lines: [Entry.Line]) -> Int64 {
        lines.reduce(0) { $0 + max($1.cents, 0) }
    }
}

extension PostEntry.Result {
    /// What posting this entry has returned.
    init(_ entry: Entry) {
        self.init(
            entry: entry.id,
            date: entry.date,
            memo: entry.memo,
            cents: entry.lines.reduce(0) { $0 + max($1.cents, 0) }
        )
    }
}
