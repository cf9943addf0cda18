/// The tables of a ledger.
///
/// `account`, `entry`, `line` and `statement` are the books: what ``Digest`` covers. The others
/// remember what was asked, so that asking again changes nothing, and what was removed.
enum Schema {
    /// `LEDG`: marks the file as ours, so that no other database is written to by mistake.
    static let applicationID: Int64 = 0x4C45_4447
    static let version: Int64 = 1

    /// Amounts are whole cents; debits are positive, credits negative.
    ///
    /// Numbers of rows are never given out twice, so that a row that was removed can come back
    /// under its own.
    static let statements = [
        """
        CREATE TABLE account (
            number TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            kind TEXT NOT NULL
                CHECK (kind IN ('asset', 'liability', 'equity', 'income', 'expense'))
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE entry (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT,
            posted_on TEXT NOT NULL,
            memo TEXT NOT NULL,
            reverses INTEGER UNIQUE REFERENCES entry (id)
        ) STRICT
        """,
        """
        CREATE TABLE line (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            entry INTEGER NOT NULL REFERENCES entry (id),
            account TEXT NOT NULL REFERENCES account (number),
            cents INTEGER NOT NULL CHECK (cents <> 0)
        ) STRICT
        """,
        """
        CREATE TABLE statement (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL REFERENCES account (number),
            booked_on TEXT NOT NULL,
            cents INTEGER NOT NULL,
            reference TEXT NOT NULL,
            text TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX entry_key ON entry (key)",
        "CREATE INDEX line_entry ON line (entry)",
        "CREATE INDEX line_account ON line (account)",
        "CREATE INDEX statement_reference ON statement (account, reference)",
        """
        CREATE VIEW live_entry AS
            SELECT * FROM entry
            WHERE reverses IS NULL AND id NOT IN
                (SELECT reverses FROM entry WHERE reverses IS NOT NULL)
        """,
        """
        CREATE VIEW live_line AS
            SELECT line.id, line.entry, line.account, line.cents, live_entry.key,
                live_entry.posted_on, live_entry.memo
            FROM line JOIN live_entry ON live_entry.id = line.entry
        """,
        """
        CREATE VIEW balance AS
            SELECT account.number, account.name, account.kind, coalesce(sum(line.cents), 0) AS cents
            FROM account LEFT JOIN line ON line.account = account.number
            GROUP BY account.number
        """,
        """
        CREATE TABLE request (
            key TEXT PRIMARY KEY,
            entry INTEGER NOT NULL REFERENCES entry (id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE cleanup (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL UNIQUE,
            plan TEXT NOT NULL,
            removed INTEGER NOT NULL,
            is_restored INTEGER NOT NULL DEFAULT 0 CHECK (is_restored IN (0, 1))
        ) STRICT
        """,
        """
        CREATE TABLE removed_statement (
            cleanup INTEGER NOT NULL REFERENCES cleanup (id),
            id INTEGER NOT NULL,
            account TEXT NOT NULL,
            booked_on TEXT NOT NULL,
            cents INTEGER NOT NULL,
            reference TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (cleanup, id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE ledger (identity TEXT NOT NULL) STRICT",
    ]
}
