import GRDBSQLite

/// A prepared statement.
final class Statement {
    private let connection: Connection
    private let handle: OpaquePointer

    /// Prepares the one statement of this text.
    ///
    /// - Throws: `SQLiteError`; `SQLITE_MISUSE` when the text holds none, or more than one.
    init(_ sql: String, on connection: Connection) throws(SQLiteError) {
        self.connection = connection
        var prepared: OpaquePointer?
        var hasMore = false
        var text = sql
        let code = text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { bytes -> Int32 in
                var rest: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v2(
                    connection.handle,
                    bytes.baseAddress,
                    Int32(clamping: bytes.count),
                    &prepared,
                    &rest
                )
                if code == SQLITE_OK, let start = bytes.baseAddress, let rest {
                    hasMore = Self.holdsMore(rest, until: start + bytes.count)
                }
                return code
            }
        }
        guard code == SQLITE_OK else { throw connection.error(code) }
        guard let prepared else {
            throw SQLiteError(code: SQLITE_MISUSE, message: "there is no statement in the text")
        }
        handle = prepared
        guard !hasMore else {
            throw SQLiteError(
                code: SQLITE_MISUSE,
                message: "there is more than one statement in the text"
            )
        }
    }

    deinit { sqlite3_finalize(handle) }

    private static func holdsMore(
        _ rest: UnsafePointer<CChar>,
        until end: UnsafePointer<CChar>
    ) -> Bool {
        var place = rest
        while place < end {
            guard [0x20, 0x09, 0x0A, 0x0D, 0x3B].contains(place.pointee) else { return true }
            place += 1
        }
        return false
    }

    /// Whether it changes nothing.
    var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    /// The names of its columns.
    var columns: [String] {
        (0..<sqlite3_column_count(handle)).map { column in
            sqlite3_column_name(handle, column).map { String(cString: $0) } ?? ""
        }
    }

    /// How many parameters it takes.
    var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }

    /// Gives the parameters, the first for `?1`.
    func bind(_ parameters: [Value]) throws(SQLiteError) {
        for (index, parameter) in parameters.enumerated() {
            let place = Int32(index + 1)
            let code: Int32
            switch parameter {
            case .null: code = sqlite3_bind_null(handle, place)
            case .integer(let integer): code = sqlite3_bind_int64(handle, place, integer)
            case .real(let real): code = sqlite3_bind_double(handle, place, real)
            case .text(let text):
                // Copied by SQLite, which is what the -1 asks for.
                let copy = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
                code = sqlite3_bind_text(handle, place, text, Int32(text.utf8.count), copy)
            }
            guard code == SQLITE_OK else { throw connection.error(code) }
        }
    }

    /// Moves to the next row; false when there is none.
    func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        guard code == SQLITE_DONE else { throw connection.error(code) }
        return false
    }

    /// The row it stands on.
    ///
    /// Bytes that are no text are written as hexadecimal digits.
    var row: [Value] {
        (0..<sqlite3_column_count(handle)).map { column in
            switch sqlite3_column_type(handle, column) {
            case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
            case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, column))
            case SQLITE_NULL: return .null
            case SQLITE_BLOB: return .text(bytes(column).map(Self.hexadecimal).joined())
            default: return .text(String(decoding: bytes(column), as: UTF8.self))
            }
        }
    }

    private func bytes(_ column: Int32) -> [UInt8] {
        let start = sqlite3_column_blob(handle, column)
        let count = Int(sqlite3_column_bytes(handle, column))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
