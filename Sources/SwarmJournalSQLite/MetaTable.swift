import GRDB
import SwarmJournal
import SwarmModel

/// What the journal says about itself: a few rows that change with each opening.
///
/// The chain of hashes does not cover them, so a checksum of their own does.
struct MetaTable {
    static let checksumKey = "checksum"

    var values: [String: String]

    /// An empty table.
    init() { values = [:] }

    /// Reads and checks the table.
    ///
    /// - Throws: ``JournalError`` with the code `damaged` when a value is not what was written.
    init(_ database: Database, path: String) throws {
        var values: [String: String] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT key, value FROM meta") {
            values[row["key"]] = row["value"]
        }
        let checksum = values.removeValue(forKey: MetaTable.checksumKey)
        self.values = values
        guard checksum == self.checksum else {
            throw JournalError(
                .damaged,
                "the table meta of \(path) was changed or damaged",
                hint: "restore the journal from a copy, or move it away to begin an empty one; "
                    + "its records are intact and can still be read: "
                    + "sqlite3 -readonly \(path) \"SELECT * FROM records\""
            )
        }
    }

    /// The SHA-256 over `key=value` lines in the order of the keys.
    var checksum: String {
        let lines = values.keys.sorted().map { "\($0)=\(values[$0] ?? "")\n" }.joined()
        return Digest.sha256(of: Array(lines.utf8)).description
    }

    /// Writes every row.
    func write(to database: Database) throws {
        var rows = values
        rows[MetaTable.checksumKey] = checksum
        for key in rows.keys.sorted() {
            try database.execute(
                sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
                arguments: [key, rows[key]]
            )
        }
    }
}
