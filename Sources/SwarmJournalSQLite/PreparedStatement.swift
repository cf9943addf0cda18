import GRDB
import GRDBSQLite
import SwarmJournal
import SwarmModel

/// A cached statement that is bound and stepped without copies: values are borrowed from the caller
/// for the length of one step.
///
/// GRDB's own way makes a `DatabaseValue` of every argument and an owned `Data` of every blob; at
/// tens of thousands of rows a second that is most of the cost.
struct PreparedStatement {
    private let statement: OpaquePointer
    private let connection: OpaquePointer
    // Keeps the statement alive; GRDB finalizes it when the connection closes.
    private let owner: Statement
    private let path: String

    /// Takes the statement from the connection's cache, unless it must not be shared: then others
    /// may run the same one while this one is being stepped.
    init(
        _ sql: String,
        in database: Database,
        path: String,
        isShared: Bool = true
    ) throws {
        owner = try isShared ? database.cachedStatement(sql: sql) : database.makeStatement(sql: sql)
        statement = owner.sqliteStatement
        guard let connection = database.sqliteConnection else { throw JournalError.closed }
        self.connection = connection
        self.path = path
        sqlite3_reset(statement)
    }

    func bind(_ value: Int64, at index: Int32) {
        sqlite3_bind_int64(statement, index, value)
    }

    func bind(_ value: UInt64, at index: Int32) {
        sqlite3_bind_int64(statement, index, Int64(bitPattern: value))
    }

    /// Borrows a blob; it must live until ``step()`` has returned.
    func bind(blob bytes: UnsafeRawBufferPointer, at index: Int32) {
        if bytes.isEmpty {
            sqlite3_bind_zeroblob(statement, index, 0)
        } else {
            sqlite3_bind_blob64(
                statement,
                index,
                bytes.baseAddress,
                UInt64(bytes.count),
                nil
            )
        }
    }

    /// Borrows a text in UTF-8; it must live until ``step()`` has returned.
    func bind(text bytes: UnsafeRawBufferPointer, at index: Int32) {
        sqlite3_bind_text64(
            statement,
            index,
            bytes.assumingMemoryBound(to: CChar.self).baseAddress,
            UInt64(bytes.count),
            nil,
            UInt8(SQLITE_UTF8)
        )
    }

    /// Runs the statement to its next row.
    ///
    /// - Returns: Whether there is one.
    func step() throws(JournalError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            throw JournalError(
                code: sqlite3_extended_errcode(connection),
                text: String(cString: sqlite3_errmsg(connection)),
                path: path
            )
        }
    }

    /// Runs a statement that returns nothing, and makes it ready for the next time.
    func run() throws(JournalError) {
        defer { reset() }
        _ = try step()
    }

    /// Lets go of borrowed values and of the row.
    func reset() {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    // MARK: Columns of the current row

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    /// The bytes of a blob or text, valid until the next step or reset.
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(
            start: start,
            count: Int(sqlite3_column_bytes(statement, column))
        )
    }

    func digest(_ column: Int32) -> Digest? { Digest(bytes(column)) }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
}
