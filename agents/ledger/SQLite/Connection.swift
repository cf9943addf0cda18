import GRDBSQLite

/// One connection to a database, for one call.
///
/// Used by one task only, like the SQLite handle it owns.
final class Connection {
    /// What the handle allows, whatever SQL it is given.
    enum Access {
        /// Reading; SQLite itself refuses everything else.
        case read
        /// Reading and writing a database that is there.
        case write
        /// The same, making the database if need be.
        case create
    }

    let handle: OpaquePointer

    /// Waits this long for another writer, in milliseconds.
    private static let patience: Int32 = 5000

    init(_ path: String, _ access: Access) throws(SQLiteError) {
        let flags =
            switch access {
            case .read: SQLITE_OPEN_READONLY
            case .write: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(
            path,
            &opened,
            flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
            nil
        )
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw SQLiteError(code: code, message: "\(path): \(message)")
        }
        handle = opened
        sqlite3_busy_timeout(handle, Self.patience)
        if access == .read {
            try run("PRAGMA query_only = 1")
        } else {
            // A commit is on the disk when it returns.
            try run("PRAGMA synchronous = FULL")
            try run("PRAGMA foreign_keys = 1")
        }
    }

    deinit { sqlite3_close_v2(handle) }

    /// What SQLite says about the last call.
    func error(_ code: Int32) -> SQLiteError {
        SQLiteError(code: code, message: String(cString: sqlite3_errmsg(handle)))
    }

    // MARK: Statements

    /// Carries out a statement that returns nothing of interest.
    func run(_ sql: String, _ parameters: Value...) throws(SQLiteError) {
        let statement = try Statement(sql, on: self)
        try statement.bind(parameters)
        while try statement.step() {}
    }

    /// All rows of a statement.
    func rows(_ sql: String, _ parameters: Value...) throws(SQLiteError) -> [[Value]] {
        let statement = try Statement(sql, on: self)
        try statement.bind(parameters)
        var rows: [[Value]] = []
        while try statement.step() { rows.append(statement.row) }
        return rows
    }

    /// The first row of a statement; nil when there is none.
    func row(_ sql: String, _ parameters: Value...) throws(SQLiteError) -> [Value]? {
        let statement = try Statement(sql, on: self)
        try statement.bind(parameters)
        return try statement.step() ? statement.row : nil
    }

    /// The number of the row inserted last.
    var lastInserted: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Carries out the work as one transaction, of which nothing stays when it throws.
    func transaction<Result>(_ work: () throws -> Result) throws -> Result {
        // Taken for writing at once: two that read first could not both go on to write.
        try run("BEGIN IMMEDIATE")
        do {
            let result = try work()
            try run("COMMIT")
            return result
        } catch {
            if sqlite3_get_autocommit(handle) == 0 { try? run("ROLLBACK") }
            throw error
        }
    }

    /// Carries out reads that all see the same state.
    func snapshot<Result>(_ work: () throws -> Result) throws -> Result {
        try run("BEGIN")
        defer { try? run("COMMIT") }
        return try work()
    }
}
