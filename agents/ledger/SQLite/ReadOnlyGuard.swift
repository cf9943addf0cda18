import GRDBSQLite

/// Keeps foreign SQL to reading tables of this database, for a limited time.
///
/// The handle is opened for reading only and would refuse to write anyway; this refuses what such
/// a handle still allows: attaching other files, pragmas, loading code.
final class ReadOnlyGuard {
    private let shouldStop: () -> Bool
    private let connection: Connection

    /// Instructions of SQLite's machine between two looks at the clock.
    private static let stride: Int32 = 10_000
    /// Bytes of one value or row, and of the SQL.
    private static let valueBytes: Int32 = 1 << 20
    private static let sqlBytes: Int32 = 64 << 10

    /// Guards the connection until the guard is let go of.
    init(_ connection: Connection, stopWhen shouldStop: @escaping () -> Bool) {
        self.connection = connection
        self.shouldStop = shouldStop
        sqlite3_limit(connection.handle, SQLITE_LIMIT_LENGTH, Self.valueBytes)
        sqlite3_limit(connection.handle, SQLITE_LIMIT_SQL_LENGTH, Self.sqlBytes)
        sqlite3_limit(connection.handle, SQLITE_LIMIT_ATTACHED, 0)
        sqlite3_set_authorizer(
            connection.handle,
            { _, action, _, name, _, _ in
                switch action {
                case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return SQLITE_OK
                case SQLITE_FUNCTION:
                    let isLoading = name.map { String(cString: $0) == "load_extension" } ?? true
                    return isLoading ? SQLITE_DENY : SQLITE_OK
                default: return SQLITE_DENY
                }
            },
            nil
        )
        sqlite3_progress_handler(
            connection.handle,
            Self.stride,
            { pointer in
                guard let pointer else { return 1 }
                let watch = Unmanaged<ReadOnlyGuard>.fromOpaque(pointer).takeUnretainedValue()
                return watch.shouldStop() ? 1 : 0
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    deinit {
        sqlite3_progress_handler(connection.handle, 0, nil, nil)
        sqlite3_set_authorizer(connection.handle, nil, nil)
    }
}
