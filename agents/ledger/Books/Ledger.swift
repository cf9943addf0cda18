/// A ledger that is there, opened for one call.
struct Ledger {
    let connection: Connection

    /// Opens the ledger at this path.
    ///
    /// - Throws: `LedgerError` when the file is something else; `SQLiteError` when there is none.
    init(_ path: String, _ access: Connection.Access) throws {
        try self.init(Connection(path, access), at: path)
    }

    /// Takes a connection, which the caller may have prepared, to the ledger at this path.
    init(_ connection: Connection, at path: String) throws {
        self.connection = connection
        let mark = try connection.row("PRAGMA application_id")?[0].integer
        guard mark == Schema.applicationID else { throw LedgerError.notALedger(path) }
        let version = try connection.row("PRAGMA user_version")?[0].integer ?? 0
        guard version == Schema.version else { throw LedgerError.unknownVersion(path, version) }
    }

    /// What tells this ledger from every other, chosen at random when it was made.
    var identity: String {
        get throws { try connection.row("SELECT identity FROM ledger")?[0].text ?? "" }
    }
}

/// An entry of the journal: a change of at least two accounts whose amounts cancel out.
struct Entry: Hashable, Sendable {
    /// An amount on an account: debits are positive, credits negative.
    struct Line: Codable, Hashable, Sendable {
        var account: String
        var cents: Int64
    }

    var id: Int64
    var key: String?
    var date: String
    var memo: String
    var reverses: Int64?
    var lines: [Line]
}

extension Ledger {
    /// The entry with this number; nil when there is none.
    func entry(_ id: Int64) throws -> Entry? {
        let found = try connection.row(
            "SELECT id, key, posted_on, memo, reverses FROM entry WHERE id = ?1",
            .integer(id)
        )
        guard let found else { return nil }
        let lines = try connection.rows(
            "SELECT account, cents FROM line WHERE entry = ?1 ORDER BY id",
            .integer(id)
        )
        return Entry(
            id: id,
            key: found[1].optionalText,
            date: found[2].text,
            memo: found[3].text,
            reverses: found[4] == .null ? nil : found[4].integer,
            lines: lines.map { Entry.Line(account: $0[0].text, cents: $0[1].integer) }
        )
    }

    /// The entry that a call with this idempotency key has posted, reversed or not.
    func entry(postedBy call: String) throws -> Entry? {
        let found = try connection.row("SELECT entry FROM request WHERE key = ?1", .text(call))
        return try found.flatMap { try entry($0[0].integer) }
    }

    /// The entry with this key that stands: posted and not reversed.
    func entry(standingFor key: String) throws -> Entry? {
        let found = try connection.row("SELECT id FROM live_entry WHERE key = ?1", .text(key))
        return try found.flatMap { try entry($0[0].integer) }
    }

    /// The entry that reverses this one; nil when none does.
    func reversal(of id: Int64) throws -> Int64? {
        try connection.row("SELECT id FROM entry WHERE reverses = ?1", .integer(id))?[0].integer
    }

    /// Writes an entry and gives its number; what it says has been checked.
    func insert(
        key: String?,
        date: String,
        memo: String,
        reverses: Int64? = nil,
        lines: [Entry.Line]
    ) throws -> Int64 {
        try connection.run(
            "INSERT INTO entry (key, posted_on, memo, reverses) VALUES (?1, ?2, ?3, ?4)",
            Value(key),
            .text(date),
            .text(memo),
            reverses.map(Value.integer) ?? .null
        )
        let id = connection.lastInserted
        for line in lines {
            try connection.run(
                "INSERT INTO line (entry, account, cents) VALUES (?1, ?2, ?3)",
                .integer(id),
                .text(line.account),
                .integer(line.cents)
            )
        }
        return id
    }
}
