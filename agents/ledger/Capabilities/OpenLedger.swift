import AgentFiles
import FoundationEssentials
import Glibc

/// `open_ledger`: makes a ledger out of a file of books, unless it is there already.
struct OpenLedger: Sendable {
    struct Arguments: Codable, Sendable {
        /// Where the ledger is, or is to be.
        var ledger: String
        /// The file it is made of, as `Books` describes it; without one it has no accounts.
        var books: String?
    }

    /// What a ledger begins with.
    struct Books: Codable, Sendable {
        struct Account: Codable, Sendable {
            var number: String
            var name: String
            var kind: String
        }

        struct Posting: Codable, Sendable {
            var date: String
            var memo: String
            var key: String?
            var lines: [Entry.Line]
        }

        struct StatementLine: Codable, Sendable {
            var account: String
            var date: String
            var cents: Int64
            var reference: String
            var text: String
        }

        var accounts: [Account]
        var entries: [Posting]
        var statement: [StatementLine]
    }

    struct Result: Codable, Sendable, Equatable {
        var ledger: String
        var accounts: Int
        var entries: Int
        var lines: Int
        var statementLines: Int

        enum CodingKeys: String, CodingKey {
            case ledger, accounts, entries, lines
            case statementLines = "statement_lines"
        }
    }

    /// Makes the ledger beside its place and moves it there whole; a ledger that is there stays.
    func run(_ arguments: Arguments) throws -> Result {
        let path = arguments.ledger
        if access(path, F_OK) != 0 {
            let books = try arguments.books.map(read)
            let folder = URL(filePath: path).deletingLastPathComponent().path
            _ = try Directory(creating: folder)
            try make(path, of: books ?? Books(accounts: [], entries: [], statement: []))
        }
        let found = try LedgerDigest().run(LedgerDigest.Arguments(ledger: path))
        return Result(
            ledger: path,
            accounts: found.accounts,
            entries: found.entries,
            lines: found.lines,
            statementLines: found.statementLines
        )
    }

    private func read(_ file: String) throws -> Books {
        let bytes = try [UInt8](contentsOfFile: file)
        do {
            return try JSONDecoder().decode(Books.self, from: Data(bytes))
        } catch {
            throw LedgerError.invalid("books: \(file) does not describe books: \(error)")
        }
    }

    private func make(_ path: String, of books: Books) throws {
        let draft = "\(path).\(UInt64.random(in: .min ... .max))"
        defer { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(draft + suffix) } }
        do {
            let connection = try Connection(draft, .create)
            try connection.transaction { try write(books, to: connection, at: draft) }
            // Stays with the file. Set last: changing it needs the file for itself.
            try connection.run("PRAGMA journal_mode = WAL")
        }
        // Unlike a renaming, this fails when somebody else was faster.
        guard link(draft, path) == 0 || errno == EEXIST else {
            throw FileError("create", path, code: errno)
        }
    }

    private func write(_ books: Books, to connection: Connection, at path: String) throws {
        for statement in Schema.statements { try connection.run(statement) }
        try connection.run("PRAGMA application_id = \(Schema.applicationID)")
        try connection.run("PRAGMA user_version = \(Schema.version)")
        let identity = UInt64.random(in: .min ... .max)
        try connection.run("INSERT INTO ledger VALUES (?1)", .text(String(identity, radix: 16)))
        let ledger = try Ledger(connection, at: path)
        for account in books.accounts {
            try EntryRules.check(text: account.number, 1...EntryRules.accountBytes, "account")
            try EntryRules.check(text: account.name, 1...EntryRules.memoBytes, "account's name")
            try connection.run(
                "INSERT INTO account VALUES (?1, ?2, ?3)",
                .text(account.number),
                .text(account.name),
                .text(account.kind)
            )
        }
        for posting in books.entries {
            try EntryRules.check(
                date: posting.date,
                memo: posting.memo,
                key: posting.key,
                lines: posting.lines
            )
            try EntryRules.check(accountsOf: posting.lines, in: ledger)
            if let key = posting.key, try ledger.entry(standingFor: key) != nil {
                throw LedgerError.invalid("entries: two have the key \"\(key)\"")
            }
            _ = try ledger.insert(
                key: posting.key,
                date: posting.date,
                memo: posting.memo,
                lines: posting.lines
            )
        }
        for line in books.statement {
            try EntryRules.check(date: line.date, "statement's date")
            try EntryRules.check(text: line.reference, 1...EntryRules.keyBytes, "reference")
            try EntryRules.check(text: line.text, 0...EntryRules.memoBytes, "statement's text")
            try connection.run(
                """
                INSERT INTO statement (account, booked_on, cents, reference, text)
                VALUES (?1, ?2, ?3, ?4, ?5)
                """,
                .text(line.account),
                .text(line.date),
                .integer(line.cents),
                .text(line.reference),
                .text(line.text)
            )
        }
    }
}
