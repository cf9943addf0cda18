import Foundation
import SwarmWorker
import Testing

@testable import LedgerAgent

@Suite("Cleaning up bank statements")
struct CleanupTests {
    private let books: MadeUpBooks

    init() throws { books = try MadeUpBooks() }

    private func cleanup(
        dry: Bool? = nil,
        plan: String? = nil,
        _ reason: String? = nil,
        call: String = "r_1/tidy"
    ) throws -> Cleanup.Result {
        try Cleanup().run(
            Cleanup.Arguments(ledger: books.path, isDryRun: dry, plan: plan, reason: reason),
            call: call
        )
    }

    private func rows() throws -> String { try books.ask("SELECT id FROM statement ORDER BY id") }

    @Test("A dry run changes nothing; its plan removes exactly what it named, and nothing similar")
    func plan() throws {
        let before = try books.digest()
        let dry = try cleanup(dry: true)
        // 3 repeats 2, 6 and 7 repeat 1. 4 has another reference, 5 one more space.
        #expect((dry.rows, dry.cleanup) == (3, nil))
        #expect(try books.digest() == before)
        #expect(try cleanup(dry: true, call: "r_2/tidy") == dry)
        let done = try cleanup(plan: dry.plan)
        #expect((done.rows, done.cleanup) == (3, 1))
        #expect(try rows() == "1\n2\n4\n5")
        #expect(try cleanup(plan: dry.plan) == done)
    }

    @Test("Without a plan, or with one that no longer fits, nothing is removed")
    func withoutPlan() throws {
        let before = try books.digest()
        let plan = try cleanup(dry: true).plan
        let missing = #expect(throws: LedgerError.self) { try cleanup() }
        #expect(missing?.failure.kind == .validation)
        #expect(missing?.failure.message.hasPrefix("plan: missing") == true)
        #expect(throws: LedgerError.self) { try cleanup(plan: "0") }
        #expect(throws: LedgerError.self) { try cleanup(dry: true, plan: plan) }
        #expect(try books.digest() == before)
        // One more duplicate, and the plan names too little.
        _ = try books.ask(
            """
            INSERT INTO statement (account, booked_on, cents, reference, text)
            SELECT account, booked_on, cents, reference, text FROM statement WHERE id = 1
            """
        )
        let stale = #expect(throws: LedgerError.self) { try cleanup(plan: plan) }
        #expect(stale?.failure.message.contains("the 4 rows") == true)
        #expect(try rows() == "1\n2\n3\n4\n5\n6\n7\n8")
        // A plan is of one ledger: an equal one elsewhere does not take it.
        let other = try MadeUpBooks()
        #expect(throws: LedgerError.self) {
            try Cleanup().run(.init(ledger: other.path, plan: plan), call: "r_1/tidy")
        }
    }

    @Test("A plan works once, in whatever words it is asked again")
    func onlyOnce() throws {
        let plan = try cleanup(dry: true).plan
        _ = try cleanup(plan: plan, "remove what was imported twice")
        let after = try books.digest()
        let again = #expect(throws: LedgerError.self) {
            try cleanup(plan: plan, "please finish the clean-up", call: "r_1/tidy/2")
        }
        #expect(again?.failure.message.contains("the 0 rows") == true)
        #expect(try books.digest() == after)
    }

    @Test("What was removed comes back under its own numbers, and the books are what they were")
    func restoring() throws {
        let before = try books.digest()
        let dump = try books.ask(".dump statement")
        let sequence = try books.ask("SELECT seq FROM sqlite_sequence WHERE name = 'statement'")
        let done = try cleanup(plan: try cleanup(dry: true).plan)
        #expect(try books.digest() != before)
        let undo = RestoreCleanup.Arguments(ledger: books.path, cleanup: done.cleanup)
        #expect(try RestoreCleanup().run(undo).restored == 3)
        #expect(try books.digest() == before)
        #expect(try books.ask(".dump statement") == dump)
        #expect(
            try books.ask("SELECT seq FROM sqlite_sequence WHERE name = 'statement'") == sequence
        )
        #expect(try RestoreCleanup().run(undo).restored == 3)
        #expect(try books.digest() == before)
        // A late copy of the call must not remove anew what was put back.
        #expect(throws: LedgerError.self) { try cleanup(plan: done.plan) }
        #expect(try books.digest() == before)
    }

    @Test("Putting back has its limits: nothing after a dry run, nothing unknown, nothing taken")
    func restoringOtherwise() throws {
        #expect(try RestoreCleanup().run(.init(ledger: books.path, cleanup: nil)).restored == 0)
        #expect(throws: LedgerError.noSuchCleanup(9)) {
            try RestoreCleanup().run(.init(ledger: books.path, cleanup: 9))
        }
        let done = try cleanup(plan: try cleanup(dry: true).plan)
        _ = try books.ask(
            "INSERT INTO statement VALUES (6, '1000', '2026-10-09', 1, 'B-7', 'somebody else')"
        )
        #expect(throws: LedgerError.self) {
            try RestoreCleanup().run(.init(ledger: books.path, cleanup: done.cleanup))
        }
        #expect(try rows() == "1\n2\n4\n5\n6")
    }

    @Test("Whether a cleanup has happened is answered by its key")
    func inDoubt() throws {
        let plan = try cleanup(dry: true).plan
        let asked = Cleanup.Arguments(ledger: books.path, plan: plan)
        let question = GetCleanup.Arguments(key: "r_1/tidy", arguments: asked)
        #expect(try GetCleanup().run(question) == .init(happened: false))
        let done = try cleanup(plan: plan)
        #expect(try GetCleanup().run(question) == .init(happened: true, result: done))
    }

    @Test("The result of a dry run says null where the number of a cleanup would be")
    func nullIsWritten() throws {
        let json = try JSONEncoder().encode(try cleanup(dry: true))
        let object = try JSONSerialization.jsonObject(with: json) as? [String: Any]
        #expect(object?["cleanup"] is NSNull)
    }
}
