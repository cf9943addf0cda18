import GRDBSQLite
import SwarmWorker

/// What SQLite answered when it did not do what was asked.
struct SQLiteError: Error, CustomStringConvertible {
    /// The result code, the extended one where there is one.
    var code: Int32
    var message: String

    var description: String { "SQLite: \(message) (\(code))" }

    /// The failure as policies understand it.
    var failure: WorkerFailure {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
            // Another writer was there, so nothing of ours has been written.
            WorkerFailure(.transient, description, retryable: true)
        case SQLITE_CANTOPEN: WorkerFailure(.notFound, description)
        case SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH: WorkerFailure(.permission, description)
        case SQLITE_FULL, SQLITE_IOERR: WorkerFailure(.unavailable, description)
        case SQLITE_INTERRUPT: WorkerFailure(.timeout, description)
        case SQLITE_NOTADB, SQLITE_CORRUPT: WorkerFailure(.validation, description)
        default: WorkerFailure(.internal, description)
        }
    }
}
