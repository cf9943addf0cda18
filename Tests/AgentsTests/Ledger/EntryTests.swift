import Foundation
import SwarmWorker
import Testing

@testable import LedgerAgent

@Suite("Entries of a ledger")
struct EntryTests {
    private let books: MadeUpBooks

    init() throws { books = try MadeUpBooks() }

    private func post(_ arguments: PostEntry.Arguments, call: String) throws -> PostEntry.Result {
        try PostEntry().run(arguments, call: call)
    }

    private func get(_ id: Int64) throws -> GetEntry.Result {
        try GetEntry().run(GetEntry.Arguments(ledger: books.path, entry: id))
    }

    private func balances() throws -> String {
        try books.ask("SELECT number || '=' || cents FROM balance ORDER BY number")
    }

    @Test("An entry is posted once for each idempotency key, whatever comes in between")
    func once() throws {
        let first = try post(books.fee(), call: "r_1/post[0]")
        #expect(first == .init(entry: 2, date: "2026-10-31", memo: "fee", cents: 250))
        #expect(try post(books.fee(99), call: "r_1/post[1]").entry == 3)
        #expect(try post(books.fee(), call: "r_1/post[0]") == first)
        #expect(try books.ask("SELECT count(*), sum(cents) FROM line") == "6|0")
        #expect(try balances() == "1000=11551\n4000=-11900\n6850=349")
    }

    @Test("A key that was used for another entry is a conflict, and posts nothing")
    func otherEntry() throws {
        _ = try post(books.fee(), call: "r_1/post")
        #expect(
            throws: LedgerError.conflict(
                "entry 2 was posted under this key and says something else"
            )
        ) {
            try post(books.fee(251), call: "r_1/post")
        }
        _ = try post(books.fee(7, key: "B-9"), call: "r_1/a")
        #expect(throws: LedgerError.self) { try post(books.fee(8, key: "B-9"), call: "r_2/a") }
        #expect(try books.ask("SELECT count(*) FROM entry") == "3")
    }

    @Test("Two calls about the same business post one entry; after its reversal another may follow")
    func businessKey() throws {
        let first = try post(books.fee(key: "B-9"), call: "r_1/post")
        #expect(try post(books.fee(key: "B-9"), call: "r_2/post") == first)
        _ = try ReverseEntry().run(.init(ledger: books.path, entry: first.entry))
        // The calls that posted it stay done; a late copy of one must not post it anew.
        for call in ["r_1/post", "r_2/post"] {
            #expect(throws: LedgerError.self) { try post(books.fee(key: "B-9"), call: call) }
        }
        #expect(try post(books.fee(key: "B-9"), call: "r_3/post").entry == 4)
    }

    @Test("A reversal restores every balance, comes once, and cannot be reversed")
    func reversal() throws {
        let before = try balances()
        let entry = try post(books.fee(), call: "r_1/post").entry
        #expect(try balances() != before)
        let arguments = ReverseEntry.Arguments(ledger: books.path, entry: entry)
        let reversal = try ReverseEntry().run(arguments)
        #expect(reversal == .init(entry: 3, reverses: 2))
        #expect(try ReverseEntry().run(arguments) == reversal)
        #expect(try balances() == before)
        #expect(
            try books.ask("SELECT posted_on, memo FROM entry WHERE id = 3")
                == "2026-10-31|reverses entry 2"
        )
        #expect(throws: LedgerError.invalid("entry: 3 is itself the reversal of 2")) {
            try ReverseEntry().run(.init(ledger: books.path, entry: 3))
        }
        #expect(throws: LedgerError.noSuchEntry(99)) {
            try ReverseEntry().run(.init(ledger: books.path, entry: 99))
        }
        #expect(try get(2).reversedBy == 3)
        #expect(try get(3).reversedBy == nil)
    }

    @Test("Whether a call has happened is answered from the books, by its key and its arguments")
    func inDoubt() throws {
        func ask(_ key: String, _ arguments: PostEntry.Arguments) throws -> GetEntry.Result {
            try GetEntry().run(GetEntry.Arguments(key: key, arguments: arguments))
        }
        #expect(try ask("r_1/post", books.fee()).happened == false)
        let posted = try post(books.fee(key: "B-9"), call: "r_1/post")
        let found = try ask("r_1/post", books.fee(key: "B-9"))
        #expect(found.happened)
        #expect(found.result == posted)
        #expect(found.lines == books.fee().lines)
        // Posted by another call, about the same business.
        #expect(try ask("r_2/post", books.fee(key: "B-9")).result == posted)
        #expect(try ask("r_2/post", books.fee()).happened == false)
        #expect(try get(1).result?.memo == "invoice 17")
        #expect(try get(99) == .init(happened: false, lines: []))
        #expect(throws: LedgerError.self) { try GetEntry().run(.init(key: "r_1/post")) }
    }

    @Test(
        "What is no entry is refused with the place and the reason, and leaves the books alone",
        arguments: [
            ("2026-02-29", "m", [("1000", 1), ("4000", -1)], "date: a day such as"),
            ("2026-13-01", "m", [("1000", 1), ("4000", -1)], "date: a day such as"),
            ("26-01-01", "m", [("1000", 1), ("4000", -1)], "date: a day such as"),
            ("2026-1-01", "m", [("1000", 1), ("4000", -1)], "date: a day such as"),
            ("2024-02-29", "", [("1000", 1), ("4000", -1)], "memo: has 1 to 500 bytes, not 0"),
            ("2024-02-29", "a\nb", [("1000", 1), ("4000", -1)], "memo: control characters"),
            ("2024-02-29", "m", [("1000", 1)], "lines: an entry has 2 to 200 lines, not 1"),
            ("2024-02-29", "m", [("1000", 0), ("4000", 0)], "lines[0].cents: from 1 to"),
            ("2024-02-29", "m", [("1000", 2), ("4000", -1)], "they differ by 1 cents"),
            ("2024-02-29", "m", [("1000", Int64.min), ("4000", .max)], "lines[0].cents: from 1"),
            ("2024-02-29", "m", [("1000", 1), ("9", -1)], "lines[1].account: there is no account"),
        ] as [(String, String, [(String, Int64)], String)]
    )
    func refusals(date: String, memo: String, lines: [(String, Int64)], sentence: String) throws {
        let before = try books.digest()
        let arguments = PostEntry.Arguments(
            ledger: books.path,
            date: date,
            memo: memo,
            lines: lines.map { Entry.Line(account: $0.0, cents: $0.1) }
        )
        let error = #expect(throws: LedgerError.self) { try post(arguments, call: "r_1/post") }
        #expect(error?.failure.message.contains(sentence) == true, "\(String(describing: error))")
        #expect(error?.failure.kind == .validation)
        #expect(error?.failure.retryable == false)
        #expect(try books.digest() == before)
    }

    @Test("A file that is no ledger is never written to, and a missing one is not found")
    func foreignFiles() throws {
        let other = books.scratch.at("other.db")
        _ = try Command(
            "/usr/bin/sqlite3",
            [other, "CREATE TABLE entry (id); PRAGMA user_version=1"]
        )
        let text = try books.scratch.write(
            "no database at all, but long enough to look",
            to: "text"
        )
        var arguments = books.fee()
        arguments.ledger = other
        #expect(throws: LedgerError.notALedger(other)) { try post(arguments, call: "r_1/post") }
        arguments.ledger = text
        let garbage = #expect(throws: SQLiteError.self) { try post(arguments, call: "r_1/post") }
        #expect(garbage?.failure.kind == .validation)
        arguments.ledger = books.scratch.at("missing.db")
        let missing = #expect(throws: SQLiteError.self) { try post(arguments, call: "r_1/post") }
        #expect(missing?.failure.kind == .notFound)
        #expect(!FileManager.default.fileExists(atPath: arguments.ledger))
    }

    @Test("Writers at the same time wait for each other, and each entry is there once")
    func writers() async throws {
        let books = books
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0..<10 {
                        // Every entry is asked for by two of them.
                        let call = "r_\(writer / 2)/post[\(number)]"
                        _ = try PostEntry().run(books.fee(Int64(number + 1)), call: call)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try books.ask("SELECT count(*) FROM request") == "20")
        #expect(try books.ask("SELECT count(*), sum(cents) FROM line") == "42|0")
    }

    @Test("A ledger is made once and whole, of books that add up")
    func opening() throws {
        let arguments = OpenLedger.Arguments(
            ledger: books.scratch.at("new/books.db"),
            books: books.scratch.at("books.json")
        )
        let made = try OpenLedger().run(arguments)
        #expect((made.accounts, made.entries, made.lines, made.statementLines) == (3, 1, 2, 7))
        _ = try PostEntry().run(
            PostEntry.Arguments(
                ledger: arguments.ledger,
                date: "2026-10-31",
                memo: "fee",
                lines: books.fee().lines
            ),
            call: "r_1/post"
        )
        #expect(try OpenLedger().run(arguments).entries == 2)
        let folder = try FileManager.default.contentsOfDirectory(atPath: books.scratch.at("new"))
        #expect(folder.filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") } == ["books.db"])

        let wrong = try books.scratch.write(
            #"{"accounts":[],"statement":[],"entries":[{"date":"2026-10-01","memo":"m","lines":"#
                + #"[{"account":"1","cents":1},{"account":"2","cents":-1}]}]}"#,
            to: "wrong.json"
        )
        let place = books.scratch.at("wrong.db")
        #expect(throws: LedgerError.self) {
            try OpenLedger().run(.init(ledger: place, books: wrong))
        }
        #expect(!FileManager.default.fileExists(atPath: place))
    }
}
