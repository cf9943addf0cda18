import GRDB
import GRDBSQLite
import SwarmJournal

extension JournalError {
    /// What went wrong in SQLite, in the words of the journal.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as JournalError:
            self = error
        case let error as DatabaseError:
            self.init(
                code: error.extendedResultCode.rawValue,
                text: error.message ?? "no message",
                path: path
            )
        default:
            self.init(
                .inputOutput,
                "\(path): \(error)",
                hint: "look at the disk, then start the coordinator again"
            )
        }
    }

    /// What an extended result code of SQLite means.
    init(code: Int32, text: String, path: String) {
        let reason = "\(text), SQLite \(code)"
        switch code & 0xff {
        case SQLITE_FULL:
            self = .full(path, reason)
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
            self = .notWritable(path, reason)
        case SQLITE_CANTOPEN:
            self.init(
                .notFound,
                "\(path) cannot be opened (\(reason))",
                hint: "look whether it exists and this user may read and write it"
            )
        case SQLITE_NOTADB:
            self = .notAJournal(path, "it is not an SQLite database")
        case SQLITE_CORRUPT:
            self.init(
                .damaged,
                "\(path) is damaged (\(reason))",
                hint: "restore it from a copy, or move it away to begin an empty journal; "
                    + "`sqlite3 \(path) .recover` saves what can be read"
            )
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(
                .busy,
                "\(path) was kept busy for too long by another process (\(reason))",
                hint: "end long queries and writers of the file; query it with sqlite3 -readonly"
            )
        default:
            self.init(
                .inputOutput,
                "\(path) could not be read or written (\(reason))",
                hint: "look at the disk and at the kernel's log, then start the coordinator again; "
                    + "what was acknowledged before is in the journal"
            )
        }
    }

    static func notAJournal(_ path: String, _ reason: String) -> JournalError {
        JournalError(
            .notAJournal,
            "\(path) is not a Swarm journal: \(reason)",
            hint: "move the file away, or name another journal path"
        )
    }
}
