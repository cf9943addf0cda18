import GRDB
import SwarmJournal

/// Whether a database is a journal this version can use.
enum JournalFormat {
    /// What a usable database is.
    enum Kind {
        /// Nothing has been written to it.
        case empty
        /// A journal of this version.
        case journal
    }

    /// - Throws: ``JournalError`` with the code `notAJournal` or `newerSchema`.
    static func check(_ database: Database, path: String) throws -> Kind {
        let application = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int64.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard application == JournalSchema.applicationID else {
            let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
            guard application == 0, tables == 0 else {
                throw JournalError.notAJournal(
                    path,
                    "its application id is \(application), not \(JournalSchema.applicationID)"
                )
            }
            return .empty
        }
        guard version <= JournalSchema.version else {
            throw JournalError(
                .newerSchema,
                "\(path) has schema version \(version), and this Swarm knows versions up to "
                    + "\(JournalSchema.version)",
                hint: "start the version of Swarm that wrote it, or one that follows it"
            )
        }
        return .journal
    }

    /// Looks at the structure of the database, as SQLite itself can.
    ///
    /// - Throws: ``JournalError`` with the code `damaged`.
    static func quickCheck(_ database: Database, path: String) throws {
        let findings = try String.fetchAll(database, sql: "PRAGMA quick_check(3)")
        guard findings != ["ok"] else { return }
        throw JournalError(
            .damaged,
            "\(path) is damaged: \(findings.joined(separator: "; "))",
            hint: "restore it from a copy, or move it away to begin an empty journal; "
                + "`sqlite3 \(path) .recover` saves what can be read"
        )
    }
}
