/// `cleanup`: removes statement lines that were imported twice, after a dry run that named them.
struct Cleanup: Sendable {
    struct Arguments: Codable, Sendable {
        var ledger: String
        /// Only says what would be removed, and gives the plan that allows it.
        var isDryRun: Bool?
        /// The plan of a dry run, which must still name exactly what is to be removed.
        var plan: String?
        /// What it is for; has no influence on what is removed.
        var reason: String?

        enum CodingKeys: String, CodingKey {
            case ledger, plan, reason
            case isDryRun = "dry_run"
        }
    }

    struct Result: Codable, Sendable, Equatable {
        /// What was removed, to be put back by this number; null after a dry run.
        var cleanup: Int64?
        var plan: String
        /// Rows that were removed, or would be.
        var rows: Int

        /// Written out when null too: what is undone refers to it.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(cleanup, forKey: .cleanup)
            try container.encode(plan, forKey: .plan)
            try container.encode(rows, forKey: .rows)
        }
    }

    /// Says what would be removed, or removes it; once for each idempotency key.
    func run(_ arguments: Arguments, call: String) throws -> Result {
        if arguments.isDryRun == true {
            guard arguments.plan == nil else {
                throw LedgerError.invalid("plan: a dry run makes one and takes none")
            }
            let ledger = try Ledger(arguments.ledger, .read)
            return try ledger.connection.snapshot {
                let found = try Duplicates(in: ledger)
                return Result(cleanup: nil, plan: found.plan, rows: found.rows.count)
            }
        }
        guard let plan = arguments.plan else {
            throw LedgerError.invalid(
                "plan: missing; ask with \"dry_run\": true first, and look at what it would remove"
            )
        }
        let ledger = try Ledger(arguments.ledger, .write)
        return try ledger.connection.transaction {
            if let done = try Self.result(of: call, in: ledger) {
                guard !done.isRestored else {
                    throw LedgerError.conflict(
                        "what this call (\(call)) removed was put back; it is not removed again"
                    )
                }
                return done.result
            }
            let found = try Duplicates(in: ledger)
            guard found.plan == plan else {
                throw LedgerError.invalid(
                    "plan: does not name the \(found.rows.count) rows that would be removed now; "
                        + "ask with \"dry_run\": true again"
                )
            }
            return try remove(found, call, from: ledger.connection)
        }
    }

    private func remove(
        _ found: Duplicates,
        _ call: String,
        from connection: Connection
    ) throws -> Result {
        try connection.run(
            "INSERT INTO cleanup (key, plan, removed) VALUES (?1, ?2, ?3)",
            .text(call),
            .text(found.plan),
            .integer(Int64(found.rows.count))
        )
        let cleanup = connection.lastInserted
        for row in found.rows {
            try connection.run(
                """
                INSERT INTO removed_statement
                SELECT ?1, id, account, booked_on, cents, reference, text
                FROM statement WHERE id = ?2
                """,
                .integer(cleanup),
                row[0]
            )
            try connection.run("DELETE FROM statement WHERE id = ?1", row[0])
        }
        return Result(cleanup: cleanup, plan: found.plan, rows: found.rows.count)
    }

    /// What a call with this idempotency key has removed; nil when there was none.
    static func result(
        of call: String,
        in ledger: Ledger
    ) throws -> (result: Result, isRestored: Bool)? {
        let row = try ledger.connection.row(
            "SELECT id, plan, removed, is_restored FROM cleanup WHERE key = ?1",
            .text(call)
        )
        guard let row else { return nil }
        let result = Result(
            cleanup: row[0].integer,
            plan: row[1].text,
            rows: Int(row[2].integer)
        )
        return (result, row[3].integer == 1)
    }
}
