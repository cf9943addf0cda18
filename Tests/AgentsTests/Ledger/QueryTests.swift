import Foundation
import SwarmWorker
import Testing

@testable import LedgerAgent

@Suite("Queries of a ledger")
struct QueryTests {
    private let books: MadeUpBooks

    init() throws { books = try MadeUpBooks() }

    private func query(
        _ sql: String,
        _ parameters: [Value]? = nil,
        limit: Int? = nil
    ) throws -> Query.Result {
        try Query().run(
            Query.Arguments(ledger: books.path, sql: sql, parameters: parameters, limit: limit)
        )
    }

    @Test("Rows come as members named like the columns, with the types they have")
    func rows() throws {
        let result = try query(
            "SELECT number, length(number) AS digits, NULL AS gone, 0.5 AS half, x'0AFF' AS raw "
                + "FROM account WHERE kind = ?1 -- a remark",
            [.text("income")]
        )
        #expect(result.columns == ["number", "digits", "gone", "half", "raw"])
        #expect(
            result.rows == [
                [
                    "number": .text("4000"), "digits": .integer(4), "gone": .null,
                    "half": .real(0.5), "raw": .text("0aff"),
                ]
            ]
        )
        let json = String(decoding: try JSONEncoder().encode(result), as: UTF8.self)
        #expect(try JSONDecoder().decode(Query.Result.self, from: Data(json.utf8)) == result)
    }

    @Test(
        "Nothing but reading this ledger is carried out, however it is put",
        arguments: [
            "DELETE FROM line", "UPDATE entry SET memo = 'x'", "INSERT INTO ledger VALUES ('x')",
            "DROP TABLE line", "CREATE TABLE x (y)", "CREATE TEMP TABLE x (y)",
            "ATTACH 'other.db' AS other", "DETACH main", "PRAGMA query_only = 0",
            "PRAGMA journal_mode = DELETE", "VACUUM", "VACUUM INTO 'copy.db'", "BEGIN",
            "SAVEPOINT a", "REINDEX", "ANALYZE", "SELECT load_extension('x')",
            "SELECT 1; DELETE FROM line", "WITH a AS (SELECT 1) DELETE FROM line",
            "EXPLAIN DELETE FROM line", "", " ; ", "SELEC 1", "SELECT 1 FROM nowhere",
            "SELECT 1 AS a, 2 AS a",
        ]
    )
    func readOnly(sql: String) throws {
        let before = try books.digest()
        let error = #expect(throws: LedgerError.self) { try query(sql) }
        #expect(error?.failure.kind == .validation)
        #expect(error?.failure.message.hasPrefix("sql: ") == true, "\(String(describing: error))")
        #expect(try books.digest() == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: books.scratch.path).count <= 4)
    }

    @Test("The handle itself refuses to write, whatever stands before it")
    func handle() throws {
        let connection = try Connection(books.path, .read)
        for sql in ["DELETE FROM line", "INSERT INTO ledger VALUES ('x')", "DROP TABLE line"] {
            let error = #expect(throws: SQLiteError.self) { try connection.run(sql) }
            #expect(error?.failure.kind == .permission)
        }
    }

    @Test("Of more rows than the limit the first are returned, and that there are more")
    func limit() throws {
        let some = try query("SELECT id FROM statement ORDER BY id", limit: 3)
        #expect(some.rows.map { $0["id"] } == [.integer(1), .integer(2), .integer(3)])
        #expect(some.isTruncated)
        #expect(try query("SELECT id FROM statement", limit: 7).isTruncated == false)
        for limit in [0, 10_001, -1] {
            #expect(throws: LedgerError.self) { try query("SELECT 1", limit: limit) }
        }
        let large = "SELECT printf('%.*c', 9000, 'x') AS x FROM statement, statement AS b, account"
        let error = #expect(throws: LedgerError.self) { try query(large) }
        #expect(error?.failure.message.hasPrefix("the rows have more than 524288 bytes") == true)
    }

    @Test("Parameters are as many as the statement takes")
    func parameters() throws {
        #expect(throws: LedgerError.invalid("parameters: the statement takes 2, not 1")) {
            try query("SELECT ?1, ?2", [.integer(1)])
        }
        let evil = try query(
            "SELECT count(*) AS n FROM account WHERE name = ?1",
            [.text("' OR 1 --")]
        )
        #expect(evil.rows == [["n": .integer(0)]])
    }

    @Test("A statement without end is stopped when its time is over")
    func endless() throws {
        var looks = 0
        let error = #expect(throws: SQLiteError.self) {
            try Query().run(
                Query.Arguments(
                    ledger: books.path,
                    sql: "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                        + "SELECT count(*) FROM n"
                ),
                stopWhen: {
                    looks += 1
                    return looks > 20
                }
            )
        }
        #expect(error?.failure.kind == .timeout)
        #expect(looks == 21)
    }
}
