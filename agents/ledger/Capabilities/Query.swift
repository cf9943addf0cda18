/// `query`: one SELECT over the books, with limits on rows, bytes and time.
struct Query: Sendable {
    struct Arguments: Codable, Sendable {
        var ledger: String
        /// One statement that reads.
        var sql: String
        /// For `?1`, `?2` and so on.
        var parameters: [Value]?
        /// The most rows to return; 1000 when left out.
        var limit: Int?
    }

    struct Result: Codable, Sendable, Equatable {
        var columns: [String]
        /// A member for each column.
        var rows: [[String: Value]]
        /// Whether there were more rows than the limit.
        var isTruncated: Bool

        enum CodingKeys: String, CodingKey {
            case columns, rows
            case isTruncated = "truncated"
        }
    }

    static let defaultLimit = 1000
    static let largestLimit = 10_000
    /// Bytes of text in all rows together: what surely fits into a payload.
    static let resultBytes = 512 << 10

    /// Runs the statement until it ends, the limit is reached, or `shouldStop` says so.
    func run(
        _ arguments: Arguments,
        stopWhen shouldStop: @escaping () -> Bool = { false }
    ) throws -> Result {
        let limit = arguments.limit ?? Self.defaultLimit
        guard (1...Self.largestLimit).contains(limit) else {
            throw LedgerError.invalid("limit: from 1 to \(Self.largestLimit), not \(limit)")
        }
        let ledger = try Ledger(arguments.ledger, .read)
        let readOnly = ReadOnlyGuard(ledger.connection, stopWhen: shouldStop)
        return try withExtendedLifetime(readOnly) {
            let statement = try prepare(arguments, on: ledger.connection)
            let columns = statement.columns
            guard Set(columns).count == columns.count else {
                throw LedgerError.invalid(
                    "sql: two columns have the same name; name them apart with AS"
                )
            }
            var result = Result(columns: columns, rows: [], isTruncated: false)
            var bytes = 0
            while try statement.step() {
                guard result.rows.count < limit else {
                    result.isTruncated = true
                    break
                }
                let row = statement.row
                bytes += row.reduce(0) { $0 + $1.text.utf8.count + 24 }
                guard bytes <= Self.resultBytes else {
                    throw LedgerError.invalid(
                        "the rows have more than \(Self.resultBytes) bytes: select fewer columns, "
                            + "or ask with a lower limit"
                    )
                }
                result.rows.append(
                    Dictionary(uniqueKeysWithValues: zip(columns, row))
                )
            }
            return result
        }
    }

    private func prepare(_ arguments: Arguments, on connection: Connection) throws -> Statement {
        let statement: Statement
        do throws(SQLiteError) {
            statement = try Statement(arguments.sql, on: connection)
        } catch {
            // Whatever is wrong with the text, it will be so again.
            throw LedgerError.invalid("sql: \(error.message)")
        }
        guard statement.isReadOnly else {
            throw LedgerError.invalid("sql: only statements that read are carried out")
        }
        let parameters = arguments.parameters ?? []
        guard parameters.count == statement.parameterCount else {
            throw LedgerError.invalid(
                "parameters: the statement takes \(statement.parameterCount), "
                    + "not \(parameters.count)"
            )
        }
        try statement.bind(parameters)
        return statement
    }
}
