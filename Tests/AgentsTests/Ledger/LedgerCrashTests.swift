import Foundation
import GRDBSQLite
import Synchronization
import Testing

@testable import LedgerAgent

/// Where a process is killed while it posts an entry.
enum Moment: Sendable {
    /// The lines are written, the key is not.
    case betweenLinesAndKey
    /// Everything is written and nothing is committed.
    case beforeCommit
    /// It is committed, and nobody has been told.
    case afterCommit

    /// Posts an entry and dies by SIGKILL at this moment.
    func post(to path: String) throws {
        let connection = try Connection(path, .write)
        switch self {
        case .betweenLinesAndKey:
            sqlite3_update_hook(
                connection.handle,
                { _, _, _, table, _ in
                    if let table, String(cString: table) == "line" { killOnce(2) }
                },
                nil
            )
        case .beforeCommit:
            sqlite3_commit_hook(
                connection.handle,
                { _ in
                    killOnce(1)
                    return 0
                },
                nil
            )
        case .afterCommit:
            sqlite3_wal_hook(
                connection.handle,
                { _, _, _, _ in
                    killOnce(1)
                    return SQLITE_OK
                },
                nil
            )
        }
        _ = try PostEntry().run(LedgerCrashTests.entry(path), call: "r_1/post", on: connection)
    }
}

/// Ends the process without a word the `times`th time it is called.
private func killOnce(_ times: Int) {
    let count = LedgerCrashTests.calls.wrappingAdd(1, ordering: .relaxed).newValue
    if count == times { kill(getpid(), SIGKILL) }
}

@Suite("A ledger whose writer is killed")
struct LedgerCrashTests {
    static let calls = Atomic<Int>(0)

    static func entry(_ path: String) -> PostEntry.Arguments {
        PostEntry.Arguments(
            ledger: path,
            date: "2026-10-31",
            memo: "fee",
            lines: [
                Entry.Line(account: "6850", cents: 250), Entry.Line(account: "1000", cents: -250),
            ]
        )
    }

    private func check(_ books: MadeUpBooks, _ moment: Moment, isPosted: Bool) throws {
        let rows = try books.ask(
            """
            SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM line),
                (SELECT count(*) FROM request), (SELECT sum(cents) FROM line)
            """
        )
        #expect(rows == (isPosted ? "2|4|1|0" : "1|2|0|0"), "\(moment)")
        #expect(try books.ask("PRAGMA integrity_check") == "ok")
        // Asked again under the same key, as after a loss: it is there exactly once.
        let result = try PostEntry().run(Self.entry(books.path), call: "r_1/post")
        #expect(result.entry == 2)
        #expect(try books.ask("SELECT count(*), sum(cents) FROM line") == "4|0")
        let found = try GetEntry().run(.init(key: "r_1/post", arguments: Self.entry(books.path)))
        #expect(found.result == result)
    }

    @Test("Between lines and key nothing is posted, and the next try posts it once")
    func betweenLinesAndKey() async throws {
        let books = try MadeUpBooks()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = books.path as String] in
            try Moment.betweenLinesAndKey.post(to: path)
        }
        try check(books, .betweenLinesAndKey, isPosted: false)
    }

    @Test("Before the commit nothing is posted, and the next try posts it once")
    func beforeCommit() async throws {
        let books = try MadeUpBooks()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = books.path as String] in
            try Moment.beforeCommit.post(to: path)
        }
        try check(books, .beforeCommit, isPosted: false)
    }

    @Test("After the commit it is posted, and the next try finds it")
    func afterCommit() async throws {
        let books = try MadeUpBooks()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = books.path as String] in
            try Moment.afterCommit.post(to: path)
        }
        try check(books, .afterCommit, isPosted: true)
    }
}
